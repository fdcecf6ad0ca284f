# token.ps1: the copy of the web identity token. It uses names.ps1, Write-Event of events.ps1, share.ps1, and
# Write-File of files.ps1.
#
# Why a copy: the kubelet's token is a link to ..data/token. virtiofs.exe passes the link on with its slash
# (virtio-win/kvm-guest-drivers-windows viofs/svc/virtiofs.cpp, SubmitReadLinkRequest). WinFsp knows only
# backslashes (winfsp/winfsp src/dll/fsop.c), so that no program can open the link.

# The token's text, or nothing as long as it cannot be read. No link is followed: the kubelet keeps the file
# in a dated folder (kubernetes/kubernetes pkg/volume/util/atomic_writer.go), and the names sort by date.
function Read-Token($Settings) {
    $share = New-Object IO.DirectoryInfo ([string] $Settings.mountPath)
    try {
        $dated = @($share.GetDirectories() | Where-Object {
                $_.Name -match '^\.\.[0-9]' -and -not ($_.Attributes -band [IO.FileAttributes]::ReparsePoint)
            } | Sort-Object -Property Name -Descending | ForEach-Object { $_.FullName })
    } catch {
        # Nothing is mounted.
        return
    }
    foreach ($folder in $dated + @($share.FullName)) {
        try {
            $token = [IO.File]::ReadAllText([IO.Path]::Combine($folder, $Settings.tokenName))
        } catch {
            # The kubelet makes this folder, or has just removed it.
            continue
        }
        if ($token) {
            return $token
        }
    }
}

# Makes the folder of the published token: everyone may read there, and only administrators may write. In an
# ordinary folder below ProgramData every user could write.
function Protect-TokenFolder {
    $rights = New-Object Security.AccessControl.DirectorySecurity
    # SYSTEM and Administrators: all. Everyone: read. Nothing is inherited.
    $rights.SetSecurityDescriptorSddlForm(
        'O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;WD)', 'Owner, Access')
    $folder = [IO.Directory]::CreateDirectory((Split-Path $published), $rights)
    $found = $folder.GetAccessControl('Owner, Access')
    $owner = $found.GetOwner([Security.Principal.SecurityIdentifier]).Value
    # SYSTEM and Administrators by their well-known identifiers. A user may have made the folder before.
    if (($folder.Attributes -band [IO.FileAttributes]::ReparsePoint) -or
        @('S-1-5-18', 'S-1-5-32-544') -notcontains $owner) {
        throw "$($folder.FullName) is not the administrators' own: remove it."
    }
    if (-not $found.AreAccessRulesProtected) {
        $folder.SetAccessControl($rights)
    }
}

# Updates the published token, mounts the share if it is not mounted, and returns the event that says so.
function Publish-Token($Settings) {
    try {
        $token = Read-Token $Settings
        if ($token) {
            Protect-TokenFolder
            Write-File $published $token | Out-Null
            return @{ Type = 'Information'; Id = 1; Message = "The web identity token is at $published." }
        }
        $winfsp = Find-WinFsp
        $virtiofs = Find-VirtioDriver
        if (-not $winfsp -or -not $virtiofs) {
            return @{ Type = 'Error'; Id = 2; Message = 'WinFsp or the virtio-fs driver is missing, so that ' +
                'the web identity token cannot be reached: install WinFsp and virtio-win.' }
        }
        Register-LauncherClass $virtiofs
        Mount-Share $winfsp $Settings
        return @{ Type = 'Error'; Id = 3; Message = "The share $($Settings.mountTag) shows no token at " +
            "$($Settings.mountPath): the virtual machine has no such device, or the path is taken." }
    } catch {
        return @{ Type = 'Error'; Id = 5; Message = "The web identity token cannot be published: $_" }
    }
}

# Keeps the published token fresh for as long as the machine runs. With -Once it returns when the token is
# published, and after a minute at most.
function Watch-Token($Settings, [switch] $Once) {
    $failures = 0
    while ($true) {
        $state = Publish-Token $Settings
        $failures = if ($state.Id -eq 1) { 0 } else { $failures + 1 }
        # The device or its driver may come up later than this script. Waiting installs nothing.
        if ($failures -eq 0 -or $failures -ge 12 -or $state.Id -eq 2) {
            Write-Event $state.Type $state.Id $state.Message
            if ($Once) {
                return
            }
        }
        Start-Sleep -Seconds $(if ($failures -gt 0 -and $failures -lt 12) { 5 } else { 30 })
    }
}
