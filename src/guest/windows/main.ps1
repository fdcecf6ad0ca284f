# main.ps1: what is done when cloudbase-init or an unattend file runs the script, and when the task does. It uses all other files.

# The SMBIOS UUID, which is the virtual machine's own, or an empty string if WMI does not answer.
function Get-MachineId {
    for ($attempt = 1; $attempt -le 6; $attempt++) {
        $id = try { [string] (Get-CimInstance -ClassName Win32_ComputerSystemProduct).UUID } catch { '' }
        if ($id) {
            return $id
        }
        Start-Sleep -Seconds 5
    }
    return ''
}

# Removes what an earlier run has set, and returns whether there was anything.
function Remove-Role {
    $hadToken = Remove-Token
    $hadVariables = Write-MachineVariable (New-Object PSObject)
    return $hadToken -or $hadVariables
}

# Whether this is another machine than the one that had the role: a clone, or one from an image. Its role is of the
# disk that it was given, and not of the image.
function Test-OtherMachine([string] $Id) {
    $known = [string] (Get-Record 'Machine')
    return $known -and $Id -and $known -ne $Id
}

# Keeps the settings of a disk for this boot and for later ones without a disk, and whose they are.
function Save-Setting([string] $Id, [string] $Encoded) {
    if ($Id) {
        Save-Record 'Machine' 'String' $Id
    }
    Save-Record 'Settings' 'String' $Encoded
    Save-BootValue 'Settings' $Encoded
}

# Takes the role of another machine away.
function Clear-OtherRole {
    if (Remove-Role) {
        Write-Event 'Warning' 8 ('The AWS role here was of another virtual machine: its variables and its ' +
            'token are removed, and services of LocalSystem keep the variables until the next restart. The ' +
            'cloud-init disk or sysprep CD of this virtual machine gives it its own role.')
    }
}

# Removes what an earlier boot has set.
function Clear-Role {
    if (Remove-Role) {
        Write-Event 'Warning' 4 ('The attached cloud-init disk or sysprep CD names no AWS role: this VM has none any more. ' +
            'Services of LocalSystem keep the variables until the next restart.')
    }
}

# The settings that a script carries.
function Read-Setting([string] $Encoded) {
    $json = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($Encoded))
    # PowerShell 7 makes a date of a text that looks like one, unless it is told not to.
    $options = @{}
    if ((Get-Command ConvertFrom-Json).Parameters.ContainsKey('DateKind')) { $options.DateKind = 'String' }
    $settings = ConvertFrom-Json $json @options
    # Another format is possible when today's script could not be installed: this one is then older.
    if ($settings.format -ne $settingsFormat) {
        throw "The settings have the format $($settings.format), which this script does not know."
    }
    return $settings
}

# Brings the guest to its settings, and keeps it there; with -Once for a minute at most.
function Use-Setting($Settings, [switch] $Once) {
    if (Write-MachineVariable $Settings.variables) {
        Write-Event 'Warning' 6 ('The AWS role or another variable has changed. Programs that start from now on ' +
            'see it, and services of LocalSystem after the next restart: restart the machine, or wait for it.')
    }
    if (Test-GreedyService) {
        Write-Event 'Warning' 11 ('The service VirtioFsSvc runs and names no tag: it takes the first virtio-fs ' +
            "device, which may be the token's. Stop it, and set its start type to manual.")
    }
    Watch-Token $Settings -Once:$Once
}

# Installs the script and its task. cloudbase-init does not run this a second time.
function Install-Task([string[]] $Lines) {
    $why = (Install-ScriptPatiently $Lines).Why
    if ($why -and -not [IO.File]::Exists($installed)) {
        Write-Event 'Error' 10 ("The script could not be installed: $why Nothing keeps the token fresh, and the next " +
            'boots change nothing. Repeat the first run: remove the value UserDataPlugin below HKLM:\SOFTWARE\' +
            'Cloudbase Solutions\Cloudbase-Init\INSTANCE-ID\Plugins, and restart the machine; or, without ' +
            'cloudbase-init, run eks-irsa-sidecar.ps1 on the sysprep CD again.')
        return
    }
    if ($why) {
        Write-Event 'Error' 10 "The script could not be installed: $why The task runs that of an earlier run."
    }
    Register-StartupTask
    Start-ScheduledTask -TaskName $product
}

# What cloudbase-init runs, or an unattend file: this file has what is on the disk.
function Invoke-FirstRun {
    $lines = @(Read-Script $PSCommandPath)
    $id = Get-MachineId
    if (Test-OtherMachine $id) {
        Clear-OtherRole
    }
    $encoded = Get-Setting $lines
    Save-Setting $id $encoded
    try {
        Use-Setting (Read-Setting $encoded) -Once
    } finally {
        # After an error the task tries again.
        Install-Task $lines
    }
}

# What the task of release 0.1.0 runs once that release has updated its script to this one.
function Invoke-TakeOver {
    if ((Install-ScriptPatiently (Read-Script $PSCommandPath)).Why) {
        # The next start tries again; until then this file does its work.
        Invoke-Startup
        return
    }
    Register-StartupTask
    [IO.File]::Delete($installedBefore)
    & $installed
}

# Keeps the settings that hold for this boot, and says where they are not those of a disk. Without a disk they are those
# of the last boot, and another machine has none.
function Save-Boot($Today, [string] $Id, [bool] $IsOther) {
    if ($Today.PassedOver) {
        Write-Event 'Warning' 9 ("The label of a cloud-init disk or sysprep CD is on $($Today.PassedOver -join ' and on '), which " +
            'is no CD-ROM drive of the virtual machine: it is not read.')
    }
    if ($Today.HasDisk) {
        Save-Setting $Id (Get-Setting $Today.Lines)
        return
    }
    $last = Get-Record 'Settings'
    if ($null -eq $last) {
        # Release 0.1.0 has kept them in its script alone.
        $last = Get-Setting @(Read-Script $installed)
    }
    Save-BootValue 'Settings' $(if ($IsOther) { '' } else { $last })
    $outcome = if ($IsOther) { 'this virtual machine has no AWS role' } else { 'the settings of the last boot stay' }
    Write-Event 'Warning' 7 ("No cloud-init disk can be read, and no sysprep CD has the script: $outcome. Windows " +
        'mounts both only from a CD-ROM drive: the disk of the volume needs cdrom: {bus: sata}.')
}

# What the task runs.
function Invoke-Startup {
    # Once in a boot: what a later start of the task finds is not what the machine was started with.
    if ($null -eq (Get-BootValue 'Settings')) {
        $id = Get-MachineId
        $isOther = Test-OtherMachine $id
        if ($isOther) {
            Clear-OtherRole
        }
        $today = Find-TodaysScript
        Save-Boot $today $id $isOther
        if ($today.Lines) {
            $result = Install-ScriptPatiently $today.Lines
            if ($result.IsNew) {
                # It finds the settings kept, and so asks no disk again.
                & $installed
                return
            }
            if ($result.Why) {
                Write-Event 'Error' 10 ("Today's script could not be installed: $($result.Why) That of an earlier " +
                    "boot brings the guest to today's settings.")
            }
        }
    }
    $encoded = Get-BootValue 'Settings'
    if ($encoded) {
        Use-Setting (Read-Setting $encoded)
    } else {
        Clear-Role
    }
}

try {
    switch ($PSCommandPath) {
        $installed { Invoke-Startup }
        $installedBefore { Invoke-TakeOver }
        default { Invoke-FirstRun }
    }
} catch {
    Write-Event 'Error' 5 "The AWS role could not be set up: $_"
}
# An exit code of 1001 to 1003 would ask cloudbase-init for a reboot: that is for the VM's own user data.
exit 0
