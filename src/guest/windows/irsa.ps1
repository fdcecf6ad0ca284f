# Gives this guest the AWS role of its pod: sets the machine-wide variables and mounts the share of the web
# identity token through WinFsp.
#
# cloudbase-init runs this once per instance. It then leaves itself behind as a start-up task, which on every
# boot reads the settings from the attached cloud-init disk, which is today's; those carried below are the
# fallback. Running it again changes nothing.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2.0

$product = 'eks-irsa-sidecar'
# Only administrators can write there: the start-up task runs as SYSTEM.
$installed = Join-Path (Join-Path $env:ProgramFiles $product) 'irsa.ps1'
$recordKey = "HKLM:\SOFTWARE\$product"

function Write-Event([string] $Type, [int] $Id, [string] $Message) {
    Write-Output "${product}: $Message"
    try {
        if (-not [Diagnostics.EventLog]::SourceExists($product)) {
            [Diagnostics.EventLog]::CreateEventSource($product, 'Application')
        }
        [Diagnostics.EventLog]::WriteEntry($product, $Message, $Type, $Id)
    } catch {
        Write-Output "${product}: the event log cannot be written: $_"
    }
}

# What stands behind the settings' marker in a file, or nothing.
function Find-Setting([string] $Path) {
    foreach ($line in [IO.File]::ReadAllLines($Path)) {
        if ($line.StartsWith('#eks-irsa-settings: ')) {
            return $line.Substring('#eks-irsa-settings: '.Length)
        }
    }
}

# The user data on the attached cloud-init disk, as a path, or nothing if there is no such disk.
function Find-UserData {
    $places = @{ 'cidata' = 'user-data'; 'config-2' = 'openstack\latest\user_data' }
    foreach ($volume in @(Get-Volume -ErrorAction SilentlyContinue)) {
        $label = [string] $volume.FileSystemLabel
        if ($places.ContainsKey($label)) {
            $path = [string] $volume.Path + $places[$label]
            if ($volume.DriveLetter) {
                $path = [string] $volume.DriveLetter + ':\' + $places[$label]
            }
            if (Test-Path -LiteralPath $path) {
                return $path
            }
        }
    }
}

# The names that an earlier run has set.
function Get-Record {
    $record = Get-ItemProperty -Path $recordKey -Name Variables -ErrorAction SilentlyContinue
    if ($record) { @($record.Variables) } else { @() }
}

# Makes the machine's variables those of today and forgets those of an earlier day.
function Write-MachineVariable($Variables) {
    $names = @($Variables.PSObject.Properties | ForEach-Object { $_.Name })
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
    New-Item -Path $recordKey -Force | Out-Null
    New-ItemProperty -Path $recordKey -Name Variables -PropertyType MultiString -Value $names -Force |
        Out-Null
}

# The folder of WinFsp, or nothing if it is not installed.
function Find-WinFsp {
    foreach ($key in 'HKLM:\SOFTWARE\WOW6432Node\WinFsp', 'HKLM:\SOFTWARE\WinFsp') {
        $found = Get-ItemProperty -Path $key -Name InstallDir -ErrorAction SilentlyContinue
        if ($found) {
            return [string] $found.InstallDir
        }
    }
}

# virtiofs.exe of virtio-win: where its service says, or where its installer puts it.
function Find-VirtioDriver {
    $service = Get-ItemProperty -Path 'HKLM:\SYSTEM\CurrentControlSet\Services\VirtioFsSvc' `
        -Name ImagePath -ErrorAction SilentlyContinue
    $candidates = @(Join-Path $env:ProgramFiles 'Virtio-Win\VioFS\virtiofs.exe')
    if ($service) {
        $candidates = @(([string] $service.ImagePath).Trim('"')) + $candidates
    }
    foreach ($candidate in $candidates) {
        if (Test-Path -LiteralPath $candidate) {
            return $candidate
        }
    }
}

# Lets WinFsp's launcher start one virtiofs.exe for each share.
function Register-LauncherClass([string] $Executable) {
    $key = 'HKLM:\SOFTWARE\WOW6432Node\WinFsp\Services\virtiofs'
    if (Test-Path -Path $key) {
        return
    }
    New-Item -Path $key -Force | Out-Null
    New-ItemProperty -Path $key -Name Executable -PropertyType String -Value $Executable | Out-Null
    New-ItemProperty -Path $key -Name CommandLine -PropertyType String -Value '-t %1 -m %2' | Out-Null
    New-ItemProperty -Path $key -Name Security -PropertyType String `
        -Value 'D:P(A;;RPWPLC;;;SY)(A;;RPWPLC;;;BA)' | Out-Null
    New-ItemProperty -Path $key -Name JobControl -PropertyType DWord -Value 1 | Out-Null
}

# Mounts the share, waiting for a driver that comes up later than this script.
function Mount-Share($Settings) {
    $token = Join-Path $Settings.mountPath $Settings.tokenName
    if (Test-Path -LiteralPath $token) {
        return
    }
    $winfsp = Find-WinFsp
    $virtiofs = Find-VirtioDriver
    if (-not $winfsp -or -not $virtiofs) {
        Write-Event 'Error' 2 ('WinFsp or the virtio-fs driver is missing, so that the web identity token ' +
            'cannot be reached: install WinFsp and virtio-win, then start this machine again.')
        return
    }
    Register-LauncherClass $virtiofs
    $architecture = if ($env:PROCESSOR_ARCHITECTURE -eq 'ARM64') { 'a64' } else { 'x64' }
    $launcher = Join-Path $winfsp "bin\launchctl-$architecture.exe"
    for ($attempt = 1; $attempt -le 12; $attempt++) {
        & $launcher start virtiofs $product $Settings.mountTag $Settings.mountPath | Out-Null
        Start-Sleep -Seconds 5
        if (Test-Path -LiteralPath $token) {
            Write-Event 'Information' 1 "The web identity token is at $token."
            return
        }
    }
    Write-Event 'Error' 3 ("The share $($Settings.mountTag) could not be mounted at " +
        "$($Settings.mountPath): the virtual machine has no such device, or the path is taken.")
}

# Leaves this script behind to run at every start, with the rights of the machine.
function Install-StartupTask {
    New-Item -ItemType Directory -Path (Split-Path $installed) -Force | Out-Null
    if ($PSCommandPath -ne $installed) {
        Copy-Item -LiteralPath $PSCommandPath -Destination $installed -Force
    }
    $action = New-ScheduledTaskAction -Execute 'powershell.exe' `
        -Argument "-NoProfile -NonInteractive -ExecutionPolicy Bypass -File `"$installed`""
    $trigger = New-ScheduledTaskTrigger -AtStartup
    $principal = New-ScheduledTaskPrincipal -UserId 'SYSTEM' -LogonType ServiceAccount -RunLevel Highest
    Register-ScheduledTask -TaskName $product -Action $action -Trigger $trigger -Principal $principal `
        -Force | Out-Null
}

try {
    $userData = Find-UserData
    if ($userData) {
        $encoded = Find-Setting $userData
    } else {
        $encoded = Find-Setting $PSCommandPath
    }
    if ($encoded) {
        $json = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($encoded))
        $settings = ConvertFrom-Json $json
        Write-MachineVariable $settings.variables
        if ($PSCommandPath -ne $installed) {
            Install-StartupTask
        }
        Mount-Share $settings
    } else {
        Write-MachineVariable (New-Object PSObject)
        Write-Event 'Warning' 4 'The attached cloud-init disk names no AWS role: this VM has none any more.'
    }
} catch {
    Write-Event 'Error' 5 "The AWS role could not be set up: $_"
}
# An exit code of 1001 to 1003 would ask cloudbase-init for a reboot: that is for the VM's own user data.
exit 0
