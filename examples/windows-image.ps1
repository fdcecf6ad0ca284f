# Prepares a Windows image for eks-irsa-sidecar, or says what such an image lacks. Run it as an administrator, in
# Windows PowerShell 5.1 or later.
#
#   windows-image.ps1 -Check
#       changes nothing and prints what is missing, a line each with its fix. Exit code: 0 if nothing is missing,
#       1 otherwise.
#   windows-image.ps1 -WinFsp winfsp.msi -VirtioWin virtio-win-gt-x64.msi -CloudbaseInit CloudbaseInitSetup.msi
#       installs what is missing, sets it up, removes what an earlier role has left, and checks the result.
#   windows-image.ps1 -Generalize
#       does the same, and if nothing is missing ends with sysprep, which shuts the machine down.
#
# -WithoutCloudbaseInit is for an image whose machines get their role from the CD of a sysprep volume.
#
# It was run by PowerShell 7 for Windows on Wine, with stand-ins for services, tasks, installers and sysprep; not on
# Windows itself.
param(
    [switch] $Check,
    [switch] $Generalize,
    [switch] $WithoutCloudbaseInit,
    [string] $WinFsp = '',
    [string] $VirtioWin = '',
    [string] $CloudbaseInit = ''
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2.0

$product = 'eks-irsa-sidecar'
$services = 'SYSTEM\CurrentControlSet\Services'
$powerKey = 'SYSTEM\CurrentControlSet\Control\Power'
$clockKey = 'SYSTEM\CurrentControlSet\Control\TimeZoneInformation'
$launcherClass = "SOFTWARE\WOW6432Node\WinFsp\Services\$product"
$folders = @((Join-Path $env:ProgramFiles $product), "C:\ProgramData\$product")
$configuration = Join-Path $env:ProgramFiles 'Cloudbase Solutions\Cloudbase-Init\conf'
$configDrive = 'cloudbaseinit.metadata.services.configdrive.ConfigDriveService'
$noCloud = 'cloudbaseinit.metadata.services.nocloudservice.NoCloudConfigDriveService'
$userData = 'cloudbaseinit.plugins.common.userdata.UserDataPlugin'

# A value below HKEY_LOCAL_MACHINE, or nothing.
function Get-MachineValue([string] $Key, [string] $Name) {
    [Microsoft.Win32.Registry]::GetValue("HKEY_LOCAL_MACHINE\$Key", $Name, $null)
}

function Set-MachineNumber([string] $Key, [string] $Name, [int] $Value) {
    [Microsoft.Win32.Registry]::SetValue("HKEY_LOCAL_MACHINE\$Key", $Name, $Value, 'DWord')
}

# The folder of WinFsp, or nothing.
function Find-WinFsp {
    foreach ($key in 'SOFTWARE\WOW6432Node\WinFsp', 'SOFTWARE\WinFsp') {
        $folder = Get-MachineValue $key 'InstallDir'
        if ($folder) {
            return [string] $folder
        }
    }
}

# virtiofs.exe, where its service says or where virtio-win's installer puts it; or nothing.
function Find-Virtiofs {
    $command = [string] (Get-MachineValue "$services\VirtioFsSvc" 'ImagePath')
    $named = if ($command -match '^\s*"([^"]+)"' -or $command -match '^\s*(.+?\.exe)(\s|$)') { $Matches[1] } else { '' }
    foreach ($path in $named, (Join-Path $env:ProgramFiles 'Virtio-Win\VioFS\virtiofs.exe')) {
        if ([IO.File]::Exists($path)) {
            return $path
        }
    }
}

# The text of a configuration file, or an empty one.
function Read-Configuration([string] $Name) {
    $path = Join-Path $configuration $Name
    if ([IO.File]::Exists($path)) { [IO.File]::ReadAllText($path) } else { '' }
}

# The value of an option with its continued lines, or nothing if the file leaves it at its default.
function Get-Option([string] $Text, [string] $Name) {
    if ($Text -match "(?m)^$Name[ \t]*=(.*(?:\r?\n[ \t]+\S.*)*)") { $Matches[1] }
}

# What of an earlier role is still here.
function Find-Leftover {
    if (Get-ScheduledTask -TaskName $product -ErrorAction SilentlyContinue) {
        "the task $product"
    }
    foreach ($folder in $folders) {
        if ([IO.Directory]::Exists($folder)) {
            "the folder $folder"
        }
    }
    foreach ($key in "SOFTWARE\$product", $launcherClass) {
        if (Test-Path -LiteralPath "HKLM:\$key") {
            "the key HKLM:\$key"
        }
    }
    foreach ($name in Find-RoleVariable) {
        "the variable $name"
    }
}

# The machine-wide variables of a role: those that the script has recorded, and those that name a role.
function Find-RoleVariable {
    $recorded = @(Get-MachineValue "SOFTWARE\$product" 'Variables' | Where-Object { $_ })
    foreach ($name in @($recorded + 'AWS_ROLE_ARN' + 'AWS_WEB_IDENTITY_TOKEN_FILE' | Sort-Object -Unique)) {
        if ([Environment]::GetEnvironmentVariable($name, 'Machine')) {
            $name
        }
    }
}

# A sentence for each thing that cloudbase-init lacks.
function Find-MissingOfCloudbaseInit {
    if ((Get-MachineValue "$services\cloudbase-init" 'Start') -ne 2) {
        'The service cloudbase-init is missing, or does not start by itself. Fix: install it with -CloudbaseInit, ' +
            'or Set-Service cloudbase-init -StartupType Automatic'
        return
    }
    $text = Read-Configuration 'cloudbase-init.conf'
    $metadata = Get-Option $text 'metadata_services'
    # Its default has the ConfigDrive, and not NoCloud (cloudbase/cloudbase-init cloudbaseinit/conf/default.py).
    if ($null -ne $metadata -and $metadata -notmatch '(?<!NoCloud)ConfigDriveService') {
        "cloudbase-init does not look at a ConfigDrive. Fix: add $configDrive to metadata_services in cloudbase-init.conf"
    }
    if ($null -eq $metadata -or $metadata -notmatch 'NoCloudConfigDriveService') {
        "cloudbase-init does not look at a NoCloud disk. Fix: add $noCloud to metadata_services in cloudbase-init.conf"
    }
    $plugins = Get-Option $text 'plugins'
    if ($null -ne $plugins -and $plugins -notmatch 'UserDataPlugin') {
        "cloudbase-init runs no user data. Fix: add $userData to plugins in cloudbase-init.conf"
    }
}

# A sentence for each thing that is missing, with its fix. It changes nothing.
function Find-Missing {
    if (-not (Find-WinFsp)) {
        'WinFsp is not installed. Fix: install it with -WinFsp'
    }
    $virtiofs = Find-Virtiofs
    if (-not $virtiofs) {
        "virtio-win's virtiofs.exe is not installed. Fix: install virtio-win with -VirtioWin"
    } else {
        # Release 0.1.229 has the number 22900 in its version; a file that tells no version is taken for new.
        $build = [Diagnostics.FileVersionInfo]::GetVersionInfo($virtiofs).FilePrivatePart
        if ($build -ne 0 -and $build -lt 22900) {
            'virtiofs.exe cannot be told which share to mount. Fix: install virtio-win 0.1.229 or later with -VirtioWin'
        }
    }
    if ((Get-MachineValue "$services\VirtioFsSvc" 'Start') -eq 2) {
        "The service VirtioFsSvc starts by itself, and may take the token's device. " +
            'Fix: Stop-Service VirtioFsSvc; Set-Service VirtioFsSvc -StartupType Manual'
    }
    $hibernates = Get-MachineValue $powerKey 'HibernateEnabled'
    if ($null -eq $hibernates) {
        $hibernates = Get-MachineValue $powerKey 'HibernateEnabledDefault'
    }
    if ($hibernates -eq 1) {
        'Hibernation is on, and so is fast startup: after a shutdown the disk is not read. Fix: powercfg /hibernate off'
    }
    if ((Get-MachineValue $clockKey 'RealTimeIsUniversal') -ne 1) {
        "Windows takes the machine's clock for local time. " +
            "Fix: Set-ItemProperty HKLM:\$clockKey RealTimeIsUniversal 1, or set clock.timezone of each VM"
    }
    if (-not $WithoutCloudbaseInit) {
        Find-MissingOfCloudbaseInit
    }
    foreach ($leftover in Find-Leftover) {
        "An earlier role has left $leftover. Fix: run this script without -Check"
    }
}

# Installs an MSI package if its path is given.
function Install-Package([string] $Path) {
    if (-not $Path) {
        return
    }
    $full = (New-Object IO.FileInfo $Path).FullName
    $process = Start-Process -FilePath 'msiexec.exe' -ArgumentList "/i `"$full`" /qn /norestart" -Wait -PassThru
    # 3010: done, and a restart is needed (Windows Installer, error codes).
    if (@(0, 3010) -notcontains $process.ExitCode) {
        throw "$full could not be installed: msiexec ended with $($process.ExitCode)."
    }
}

# Adds a value to a list in a configuration file of cloudbase-init. A missing list is made of it and of what is to
# come first.
function Add-Option([string] $File, [string] $Name, [string] $Value, [string] $First) {
    $text = Read-Configuration $File
    $present = Get-Option $text $Name
    if ($null -eq $present) {
        $line = if ($First) { "$Name=$First,$Value" } else { "$Name=$Value" }
        $changed = $text -replace '(?m)^\[DEFAULT\][ \t]*(\r?)$', "[DEFAULT]`$1`n$line`$1"
        if ($changed -ceq $text) {
            $changed = "[DEFAULT]`r`n$line`r`n$text"
        }
    } elseif ($present -notmatch "(^|[\s,])$([Regex]::Escape($Value))([\s,]|$)") {
        $changed = $text -replace "(?m)^$Name[ \t]*=[ \t]*", "$Name=$Value,"
    } else {
        return
    }
    [IO.File]::WriteAllText((Join-Path $configuration $File), $changed)
}

# Removes what an earlier role has left.
function Remove-Leftover {
    if (Get-ScheduledTask -TaskName $product -ErrorAction SilentlyContinue) {
        Stop-ScheduledTask -TaskName $product
        Unregister-ScheduledTask -TaskName $product -Confirm:$false
    }
    $winfsp = Find-WinFsp
    if ($winfsp -and (Test-Path -LiteralPath "HKLM:\$launcherClass")) {
        # It says KO where nothing is mounted.
        & (Join-Path $winfsp 'bin\launchctl-x64.exe') stop $product token | Out-Null
    }
    foreach ($name in Find-RoleVariable) {
        [Environment]::SetEnvironmentVariable($name, [NullString]::Value, 'Machine')
    }
    foreach ($path in $folders + @("HKLM:\SOFTWARE\$product", "HKLM:\$launcherClass")) {
        if (Test-Path -LiteralPath $path) {
            Remove-Item -LiteralPath $path -Recurse -Force
        }
    }
}

# Sets the image up. WinFsp comes before the driver that needs it.
function Set-Image {
    foreach ($package in $WinFsp, $VirtioWin, $CloudbaseInit) {
        Install-Package $package
    }
    if (Get-Service -Name VirtioFsSvc -ErrorAction SilentlyContinue) {
        Stop-Service -Name VirtioFsSvc
        Set-Service -Name VirtioFsSvc -StartupType Manual
    }
    & (Join-Path $env:SystemRoot 'System32\powercfg.exe') /hibernate off
    Set-MachineNumber $clockKey 'RealTimeIsUniversal' 1
    if (-not $WithoutCloudbaseInit) {
        # The second one is for the run during sysprep's setup, if that file of the installer is there.
        foreach ($file in 'cloudbase-init.conf', 'cloudbase-init-unattend.conf') {
            if ([IO.File]::Exists((Join-Path $configuration $file))) {
                Add-Option $file 'metadata_services' $noCloud $configDrive
                Add-Option $file 'metadata_services' $configDrive ''
            }
        }
        if ($null -ne (Get-Option (Read-Configuration 'cloudbase-init.conf') 'plugins')) {
            Add-Option 'cloudbase-init.conf' 'plugins' $userData ''
        }
    }
    Remove-Leftover
}

# Ends with sysprep. cloudbase-init's own answer file runs it while the next machine is set up.
function Start-Sysprep {
    $arguments = '/generalize /oobe /shutdown /quiet'
    $answers = Join-Path $configuration 'Unattend.xml'
    if (-not $WithoutCloudbaseInit -and [IO.File]::Exists($answers)) {
        $arguments += " `"/unattend:$answers`""
    }
    Start-Process -FilePath (Join-Path $env:SystemRoot 'System32\Sysprep\sysprep.exe') -ArgumentList $arguments -Wait
}

if (-not $Check) {
    Set-Image
}
$missing = @(Find-Missing)
foreach ($sentence in $missing) {
    Write-Output $sentence
}
if ($missing.Length -gt 0) {
    exit 1
}
if ($Generalize -and -not $Check) {
    Start-Sysprep
}
exit 0
