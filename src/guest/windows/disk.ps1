# disk.ps1: the search for today's script on the attached cloud-init disk. It uses names.ps1.

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
