# share.ps1: the share of the web identity token, which WinFsp's launcher mounts. It uses names.ps1.
#
# The launcher keeps one process for each instance of a class (winfsp/winfsp src/launcher/launcher.c): 'start'
# of an instance that runs is an error and an event, and virtiofs.exe runs on when its device is gone. So 'info'
# is asked first. An instance that was stopped is in the launcher's list until its process has ended.

# The folder of WinFsp, or nothing if it is not installed.
function Find-WinFsp {
    foreach ($key in 'HKLM:\SOFTWARE\WOW6432Node\WinFsp', 'HKLM:\SOFTWARE\WinFsp') {
        $found = Get-ItemProperty -Path $key -Name InstallDir -ErrorAction SilentlyContinue
        if ($found) {
            return [string] $found.InstallDir
        }
    }
}

# The command line of virtio-win's own service for virtiofs, or an empty string.
function Get-ServiceCommand {
    $service = Get-ItemProperty -Path 'HKLM:\SYSTEM\CurrentControlSet\Services\VirtioFsSvc' `
        -Name ImagePath -ErrorAction SilentlyContinue
    if ($service) { [string] $service.ImagePath } else { '' }
}

# virtiofs.exe of virtio-win: where its service says, or where its installer puts it.
function Find-VirtioDriver {
    $candidates = @()
    if ((Get-ServiceCommand) -match '^\s*(?:"([^"]+)"|(.+?\.exe)(?:\s|$))') {
        $candidates = @($Matches[1], $Matches[2] | Where-Object { $_ })
    }
    foreach ($candidate in $candidates + @(Join-Path $env:ProgramFiles 'Virtio-Win\VioFS\virtiofs.exe')) {
        # It throws at no path, as Test-Path does.
        if ([IO.File]::Exists($candidate)) {
            return $candidate
        }
    }
}

# Whether a virtiofs.exe knows -t, by its version: release 0.1.229 of virtio-win has the number 22900 in it. A file
# that tells no version is taken for new.
function Test-DriverTag([string] $Executable) {
    $build = [Diagnostics.FileVersionInfo]::GetVersionInfo($Executable).FilePrivatePart
    return $build -eq 0 -or $build -ge 22900
}

# Whether VirtioFsSvc runs and names no tag: it has the first device then, which may be the token's.
function Test-GreedyService {
    $service = Get-Service -Name VirtioFsSvc -ErrorAction SilentlyContinue
    return $service -and [string] $service.Status -eq 'Running' -and (Get-ServiceCommand) -notmatch '\s-t\s'
}

# Lets WinFsp's launcher start a virtiofs.exe for the share. The class is our own: virtio-win documents 'virtiofs' to
# operators. It is written each time, since an earlier run may have been cut short.
function Register-LauncherClass([string] $Executable) {
    $key = "HKLM:\SOFTWARE\WOW6432Node\WinFsp\Services\$product"
    if (-not (Test-Path -Path $key)) {
        New-Item -Path $key -Force | Out-Null
    }
    # Only SYSTEM and administrators may start, stop or ask it.
    $texts = @{
        Executable = $Executable
        CommandLine = '-t %1 -m %2'
        Security = 'D:P(A;;RPWPLC;;;SY)(A;;RPWPLC;;;BA)'
    }
    foreach ($name in $texts.Keys) {
        New-ItemProperty -Path $key -Name $name -PropertyType String -Value $texts[$name] -Force | Out-Null
    }
    New-ItemProperty -Path $key -Name JobControl -PropertyType DWord -Value 1 -Force | Out-Null
}

# Whether the launcher says OK to a command for the share.
function Invoke-ShareCommand([string] $WinFsp, [string] $Command, [string[]] $Arguments = @()) {
    $architecture = if ($env:PROCESSOR_ARCHITECTURE -eq 'ARM64') { 'a64' } else { 'x64' }
    $launcher = Join-Path $WinFsp "bin\launchctl-$architecture.exe"
    return [string] (& $launcher $Command $product token @Arguments) -like 'OK*'
}

# Asks the launcher to mount the share, and returns whether it says OK. It answers before the share is there.
function Mount-Share([string] $WinFsp, $Settings) {
    $folder = New-Object IO.DirectoryInfo ([string] $Settings.mountPath)
    # A machine that lost its power has kept its mount point, and WinFsp makes a new one or none
    # (winfsp/winfsp src/dll/util.c, FspCreateDirectoryFileW).
    if ($folder.Exists -and ($folder.Attributes -band [IO.FileAttributes]::ReparsePoint)) {
        $folder.Delete()
    }
    # WinFsp makes the last folder of the path alone.
    [IO.Directory]::CreateDirectory($folder.Parent.FullName) | Out-Null
    return Invoke-ShareCommand $WinFsp 'start' @([string] $Settings.mountTag, [string] $Settings.mountPath)
}

# Stops the share and mounts it again. If that takes more than 15 seconds, a later round mounts it.
function Restart-Share([string] $WinFsp, $Settings) {
    Invoke-ShareCommand $WinFsp 'stop' | Out-Null
    for ($second = 0; $second -lt 15; $second++) {
        if (-not (Invoke-ShareCommand $WinFsp 'info') -and (Mount-Share $WinFsp $Settings)) {
            return
        }
        Start-Sleep -Seconds 1
    }
}
