# token.ps1: the copy of the token. It uses names.ps1, Write-Event of events.ps1, Write-File of files.ps1, share.ps1 and
# route.ps1.
#
# Why a copy: the kubelet's token is a link to ..data/token. virtiofs.exe passes the link on with its slash
# (virtio-win/kvm-guest-drivers-windows viofs/svc/virtiofs.cpp, SubmitReadLinkRequest). WinFsp knows only
# backslashes (winfsp/winfsp src/dll/fsop.c), so that no program can open the link.

# The text of a token in a file, or nothing: a JWT is three base64url parts (RFC 7515, section 7.1). Everyone may read
# what is published, so nothing else is, whatever stands there.
function Read-TokenFile([string] $Path) {
    $file = New-Object IO.FileInfo $Path
    if (-not $file.Exists -or $file.Length -gt 64KB) {
        return
    }
    $text = [IO.File]::ReadAllText($Path)
    if ($text -cmatch '^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\z') { $text }
}

# The token in the mounted share, or nothing as long as it cannot be read. No link is followed: the kubelet keeps the
# file in a dated folder (kubernetes/kubernetes pkg/volume/util/atomic_writer.go), and the names sort by date.
function Read-Token($Settings) {
    $share = New-Object IO.DirectoryInfo ([string] $Settings.mountPath)
    try {
        $dated = @($share.GetDirectories() | Where-Object {
                $_.Name -match '^\.\.[0-9]' -and -not ($_.Attributes -band [IO.FileAttributes]::ReparsePoint)
            } | Sort-Object -Property Name -Descending | ForEach-Object { $_.FullName })
    } catch {
        # It is not there yet.
        return
    }
    foreach ($folder in $dated + @($share.FullName)) {
        try {
            $token = Read-TokenFile ([IO.Path]::Combine($folder, $Settings.tokenName))
        } catch {
            # The kubelet makes this folder, or has just removed it.
            continue
        }
        if ($token) {
            return $token
        }
    }
}

# Makes the folder of the published token and of the share: everyone may read there, and only administrators may
# write. In an ordinary folder below ProgramData every user could write, and make the share's folder first.
function Protect-OwnFolder {
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

# Removes the published token, and returns whether there was one.
function Remove-Token {
    if (-not [IO.File]::Exists($published)) {
        return $false
    }
    [IO.File]::Delete($published)
    return $true
}

# When a token ends, in UTC; nothing if it does not say (RFC 7519, section 4.1.4).
function Get-TokenEnd([string] $Token) {
    try {
        $payload = $Token.Split('.')[1].Replace('-', '+').Replace('_', '/')
        $padded = $payload.PadRight([int] [Math]::Ceiling($payload.Length / 4) * 4, '=')
        $claims = ConvertFrom-Json ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($padded)))
        (New-Object DateTime 1970, 1, 1).AddSeconds($claims.exp)
    } catch {
        return
    }
}

# Removes the published token once it has ended. Until then it stays without a share: after a reboot, services that
# start early use it.
function Remove-ExpiredToken {
    if (-not [IO.File]::Exists($published)) {
        return
    }
    $end = Get-TokenEnd ([IO.File]::ReadAllText($published))
    if ($end -and $end -lt [DateTime]::UtcNow) {
        [IO.File]::Delete($published)
    }
}

# Mounts the share if it is not mounted, publishes its token, and returns the event that says so. Share: 'mounted' if
# the launcher runs it, and it has no token to show; 'restarted' if it was mounted anew for that.
function Publish-Token($Settings, [switch] $Restart) {
    $share = 'not mounted'
    try {
        $winfsp = Find-WinFsp
        $virtiofs = Find-VirtioDriver
        if (-not $winfsp -or -not $virtiofs) {
            return @{ Type = 'Error'; Id = 2; Share = $share
                Message = 'WinFsp or the virtio-fs driver is missing, so that the web identity token cannot be ' +
                    'reached: install WinFsp and virtio-win.' }
        }
        if (-not (Test-DriverTag $virtiofs)) {
            return @{ Type = 'Error'; Id = 2; Share = $share
                Message = "The virtio-fs driver $virtiofs is too old to be told which share to mount: install " +
                    'virtio-win 0.1.229 or later.' }
        }
        Protect-OwnFolder
        Register-LauncherClass $virtiofs
        # Nothing is read while the launcher runs no share: any user may have made the folder then.
        if (Invoke-ShareCommand $winfsp 'info') {
            $token = Read-Token $Settings
            if ($token) {
                Write-File $published $token | Out-Null
                $why = Set-AgentRoute $Settings
                if ($why) {
                    return @{ Type = 'Warning'; Id = 12; Share = 'mounted'
                        Message = "The token is at $published, and the machine has no route of its own to the agent " +
                            "of EKS Pod Identity: $why" }
                }
                return @{ Type = 'Information'; Id = 1; Share = 'mounted'
                    Message = "The web identity token is at $published." }
            }
            $share = 'mounted'
            if ($Restart) {
                $share = 'restarted'
                Restart-Share $winfsp $Settings
            }
        } else {
            Mount-Share $winfsp $Settings | Out-Null
        }
        return @{ Type = 'Error'; Id = 3; Share = $share
            Message = "The share $($Settings.mountTag) shows no token at $($Settings.mountPath): the virtual " +
                'machine has no such device, another program such as VirtioFsSvc has mounted it, the path is ' +
                'taken, or what is there is no web identity token.' }
    } catch {
        return @{ Type = 'Error'; Id = 5; Share = $share
            Message = "The web identity token cannot be published: $_" }
    }
}

# Keeps the published token fresh for as long as the machine runs. With -Once it returns when the token is
# published, and after a minute at most.
function Watch-Token($Settings, [switch] $Once) {
    $failures = 0
    # For how many seconds the mounted share has shown no token.
    $empty = 0
    $longPause = 30
    while ($true) {
        $state = Publish-Token $Settings -Restart:($empty -ge 60)
        $failures = if ($state.Id -eq 1) { 0 } else { $failures + 1 }
        if ($failures -gt 0) {
            # Another program may have it open: the next round tries again.
            try { Remove-ExpiredToken } catch { Write-Verbose "$_" }
        }
        # The device or its driver may come up later than this script. Waiting installs nothing.
        if ($failures -eq 0 -or $failures -ge 12 -or $state.Id -eq 2) {
            Write-Event $state.Type $state.Id $state.Message
            if ($Once) {
                return
            }
        }
        if ($failures -eq 0) {
            $pause = 30
            $longPause = 30
        } elseif ($failures -lt 12 -or $state.Share -eq 'restarted') {
            $pause = 5
        } elseif ($state.Id -eq 3) {
            # The launcher writes an event of its own whenever it cannot mount the share.
            $pause = $longPause
            $longPause = [Math]::Min($longPause * 2, 600)
        } else {
            $pause = 30
        }
        $empty = if ($state.Id -eq 3 -and $state.Share -eq 'mounted') { $empty + $pause } else { 0 }
        Start-Sleep -Seconds $pause
    }
}
