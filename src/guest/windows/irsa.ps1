# Gives this guest the AWS role of its pod: sets the machine-wide variables, mounts the share of the web
# identity token through WinFsp, and publishes a copy of the token where every program can open it.
#
# cloudbase-init runs this once per instance. The script then installs itself as a task, which starts with the
# machine, updates the variables and itself from the attached cloud-init disk, and keeps the copy fresh for as
# long as the machine runs. Running it again changes nothing.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2.0

$product = 'eks-irsa-sidecar'
$firstLine = '#eks-irsa-script'
$settingsMarker = '#eks-irsa-settings: '
$settingsFormat = 1
# Only administrators can write there: the task runs as SYSTEM.
$installed = Join-Path (Join-Path $env:ProgramFiles $product) 'irsa.ps1'
$recordKey = "HKLM:\SOFTWARE\$product"

# Keeps a value until the machine's next start, which forgets volatile keys.
function Save-BootValue([string] $Name, [string] $Value) {
    # Its parent first, which would be volatile too if it came with it. Not with -Force, which empties a key.
    if (-not (Test-Path -Path $recordKey)) {
        New-Item -Path $recordKey | Out-Null
    }
    $key = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey("SOFTWARE\$product\ThisBoot",
        [Microsoft.Win32.RegistryKeyPermissionCheck]::Default, [Microsoft.Win32.RegistryOptions]::Volatile)
    $key.SetValue($Name, $Value)
    $key.Close()
}

# What was kept since the machine's last start, or nothing.
function Get-BootValue([string] $Name) {
    $found = Get-ItemProperty -Path "$recordKey\ThisBoot" -Name $Name -ErrorAction SilentlyContinue
    if ($found) { [string] $found.$Name }
}

# Writes an event, unless it says the same as the last one.
function Write-Event([string] $Type, [int] $Id, [string] $Message) {
    try {
        if ((Get-BootValue 'Said') -ceq $Message) {
            return
        }
        Write-Output "${product}: $Message"
        Save-BootValue 'Said' $Message
        if (-not [Diagnostics.EventLog]::SourceExists($product)) {
            [Diagnostics.EventLog]::CreateEventSource($product, 'Application')
        }
        [Diagnostics.EventLog]::WriteEntry($product, $Message, $Type, $Id)
    } catch {
        Write-Output "${product}: this could not be written to the event log: $Message $_"
    }
}

# The lines of our script in a file, from its first one to its settings, or nothing.
function Read-Script([string] $Path) {
    $lines = [IO.File]::ReadAllLines($Path)
    $first = [Array]::IndexOf($lines, $firstLine)
    if ($first -lt 0) {
        return
    }
    for ($last = $first; $last -lt $lines.Length; $last++) {
        if ($lines[$last].StartsWith($settingsMarker)) {
            return $lines[$first..$last]
        }
    }
}

# What stands behind the marker in our script, or an empty string if there is no script.
function Get-Setting([string[]] $Lines) {
    if ($Lines) { $Lines[-1].Substring($settingsMarker.Length) } else { '' }
}

# The lines of our script on the attached cloud-init disk, or nothing if it has none. Another program's disk may
# have the same label: the first disk with our script counts. Without any disk, those of the installed script.
function Find-TodaysScript {
    $places = @{ 'cidata' = 'user-data'; 'config-2' = 'openstack\latest\user_data' }
    # A disk may come up later than this script.
    for ($attempt = 1; $attempt -le 6; $attempt++) {
        $others = 0
        # This early, the storage service may not be there either.
        $volumes = try { @(Get-Volume -ErrorAction SilentlyContinue) } catch { @() }
        foreach ($volume in $volumes) {
            $label = [string] $volume.FileSystemLabel
            if (-not $places.ContainsKey($label)) {
                continue
            }
            $root = [string] $volume.Path
            if ([string] $volume.DriveLetter -match '^[A-Za-z]$') {
                $root = [string] $volume.DriveLetter + ':\'
            }
            try {
                $lines = @(Read-Script ($root + $places[$label]))
            } catch {
                # It cannot be read, and so says nothing of the role.
                continue
            }
            if ($lines) {
                return $lines
            }
            $others++
        }
        if ($others) {
            return
        }
        Start-Sleep -Seconds 5
    }
    Read-Script $installed
}

# The names that an earlier run has set.
function Get-Record {
    $record = Get-ItemProperty -Path $recordKey -Name Variables -ErrorAction SilentlyContinue
    if ($record) { @($record.Variables) }
}

# Sets the machine's variables to those of today, and removes those of an earlier boot.
function Write-MachineVariable($Variables) {
    $names = @($Variables.PSObject.Properties | ForEach-Object { $_.Name } |
        Where-Object { $_ -cmatch '^AWS_[A-Z0-9_]+$' })
    foreach ($name in @(Get-Record)) {
        if ($names -notcontains $name) {
            [Environment]::SetEnvironmentVariable($name, $null, 'Machine')
        }
    }
    foreach ($name in $names) {
        $value = [string] $Variables.$name
        # Each change is announced to every window of the machine, which takes a while.
        if ([Environment]::GetEnvironmentVariable($name, 'Machine') -cne $value) {
            [Environment]::SetEnvironmentVariable($name, $value, 'Machine')
        }
    }
    New-ItemProperty -Path $recordKey -Name Variables -PropertyType MultiString -Value $names -Force |
        Out-Null
}

# Writes a text to a file, at once or not at all, and returns whether the file has changed.
function Write-File([string] $Path, [string] $Text) {
    $there = [IO.File]::Exists($Path)
    if ($there -and [IO.File]::ReadAllText($Path) -ceq $Text) {
        return $false
    }
    [IO.File]::WriteAllText("$Path.new", $Text)
    if ($there) {
        # PowerShell turns $null into an empty path.
        [IO.File]::Replace("$Path.new", $Path, [NullString]::Value)
    } else {
        [IO.File]::Move("$Path.new", $Path)
    }
    return $true
}

# Installs these lines as the script, and returns whether they are new.
function Install-Script([string[]] $Lines) {
    $text = ($Lines -join "`n") + "`n"
    # A script with a syntax error could not update itself any more.
    [ScriptBlock]::Create($text) | Out-Null
    New-Item -ItemType Directory -Path (Split-Path $installed) -Force | Out-Null
    Write-File $installed $text
}

# Runs the installed script from now on, with the rights of the machine.
function Register-StartupTask {
    $action = New-ScheduledTaskAction -Execute 'powershell.exe' `
        -Argument "-NoProfile -NonInteractive -ExecutionPolicy Bypass -File `"$installed`""
    # The second one starts it again if it has ended: the scheduler's own restart is only for tasks that it
    # could not start ([MS-TSCH] 2.5.4.2).
    $triggers = @(
        New-ScheduledTaskTrigger -AtStartup
        New-ScheduledTaskTrigger -Once -At '2020-01-01' -RepetitionInterval (New-TimeSpan -Minutes 10)
    )
    $principal = New-ScheduledTaskPrincipal -UserId 'SYSTEM' -LogonType ServiceAccount -RunLevel Highest
    $options = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) `
        -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -MultipleInstances IgnoreNew
    Register-ScheduledTask -TaskName $product -Action $action -Trigger $triggers -Principal $principal `
        -Settings $options -Force | Out-Null
    Start-ScheduledTask -TaskName $product
}

# Removes what an earlier boot has set.
function Clear-Role {
    Write-MachineVariable (New-Object PSObject)
    if ([IO.File]::Exists($published)) {
        [IO.File]::Delete($published)
    }
    Write-Event 'Warning' 4 'The attached cloud-init disk names no AWS role: this VM has none any more.'
}

try {
    if ($PSCommandPath -ne $installed) {
        # What cloudbase-init has just read from the disk.
        $lines = @(Read-Script $PSCommandPath)
        Save-BootValue 'Settings' (Get-Setting $lines)
    } elseif ($null -eq (Get-BootValue 'Settings')) {
        # Once in a boot, before anybody logs in: later, any user may mount an image with such a label.
        $lines = @(Find-TodaysScript)
        Save-BootValue 'Settings' (Get-Setting $lines)
        if ($lines -and (Install-Script $lines)) {
            # It finds the settings kept, and so asks no disk again.
            & $installed
            exit 0
        }
    }
    $encoded = Get-BootValue 'Settings'
    if (-not $encoded) {
        Clear-Role
    } else {
        $json = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($encoded))
        $settings = ConvertFrom-Json $json
        # Another format is possible when today's script could not be installed: this one is then older.
        if ($settings.format -ne $settingsFormat) {
            throw "The settings have the format $($settings.format), which this script does not know."
        }
        if ($PSCommandPath -eq $installed) {
            Write-MachineVariable $settings.variables
            Watch-Token $settings
        } else {
            try {
                Write-MachineVariable $settings.variables
                Watch-Token $settings -Once
            } finally {
                # cloudbase-init does not run this a second time. After an error the task tries again.
                Install-Script $lines | Out-Null
                Register-StartupTask
            }
        }
    }
} catch {
    Write-Event 'Error' 5 "The AWS role could not be set up: $_"
}
# An exit code of 1001 to 1003 would ask cloudbase-init for a reboot: that is for the VM's own user data.
exit 0
