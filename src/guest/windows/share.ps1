# share.ps1: the share of the web identity token. It uses names.ps1.

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

# Asks the launcher to mount the share. It answers before the share is there.
function Mount-Share([string] $WinFsp, $Settings) {
    $architecture = if ($env:PROCESSOR_ARCHITECTURE -eq 'ARM64') { 'a64' } else { 'x64' }
    $launcher = Join-Path $WinFsp "bin\launchctl-$architecture.exe"
    $folder = New-Object IO.DirectoryInfo ([string] $Settings.mountPath)
    # A machine that lost its power has kept its mount point, and WinFsp makes a new one or none
    # (winfsp/winfsp src/dll/util.c, FspCreateDirectoryFileW).
    if ($folder.Exists -and ($folder.Attributes -band [IO.FileAttributes]::ReparsePoint) -and
        [string] (& $launcher info virtiofs $product) -notlike 'OK*') {
        $folder.Delete()
    }
    & $launcher start virtiofs $product $Settings.mountTag $Settings.mountPath | Out-Null
}
