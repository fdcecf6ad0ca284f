# disk.ps1: the search for today's script on the attached cloud-init disk or sysprep CD. It uses names.ps1.

# Where a script is on a disk, by the disk's label. KubeVirt gives the CD of a sysprep volume the label unattendCD
# (kubevirt/kubevirt pkg/config/sysprep.go).
$scriptPlaces = @{
    'cidata' = 'user-data'
    'config-2' = 'openstack\latest\user_data'
    'unattendCD' = 'eks-irsa-sidecar.ps1'
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

# The folder at the root of a volume.
function Get-VolumeRoot($Volume) {
    if ([string] $Volume.DriveLetter -match '^[A-Za-z]$') { "$($Volume.DriveLetter):\" } else { [string] $Volume.Path }
}

# Whether QEMU made the CD-ROM drive of a volume. A script of any other drive must not run as SYSTEM: every user
# may mount an image, whose drive is made by Microsoft. The registry knows the device behind a volume, also when
# WMI does not answer yet.
function Test-QemuDrive($Volume) {
    $names = @("\DosDevices\$($Volume.DriveLetter):")
    if ([string] $Volume.Path -match 'Volume\{[0-9A-Fa-f-]+\}') {
        $names = @("\??\$($Matches[0])") + $names
    }
    foreach ($name in $names) {
        $device = [Microsoft.Win32.Registry]::GetValue('HKEY_LOCAL_MACHINE\SYSTEM\MountedDevices', $name, $null)
        if ($device -is [byte[]]) {
            $path = [Text.Encoding]::Unicode.GetString($device)
            return $path -match '^\\\?\?\\[A-Z]+#CdRom(QEMU|&Ven_QEMU&|&Ven_[^&#]*&Prod_QEMU)'
        }
    }
    return $false
}

# What the attached disks say. Lines: our script, if one has it; another program's disk may have the same label, and
# the first disk with our script counts. A cloud-init disk comes first: the sidecar writes it for every start of the
# machine. HasDisk: whether a disk could be read; a sysprep CD without our file has nothing to say. PassedOver: the
# drives with such a label that QEMU did not make.
function Find-TodaysScript {
    $found = @{ Lines = @(); HasDisk = $false; PassedOver = @() }
    # A disk may come up later than this script.
    for ($attempt = 1; $attempt -le 6; $attempt++) {
        # This early, the storage service may not be there either.
        $volumes = try { @(Get-Volume -ErrorAction SilentlyContinue) } catch { @() }
        $labelled = @($volumes | Where-Object { $scriptPlaces.ContainsKey([string] $_.FileSystemLabel) })
        $ordered = @($labelled | Where-Object { $_.FileSystemLabel -ne 'unattendCD' }) +
            @($labelled | Where-Object { $_.FileSystemLabel -eq 'unattendCD' })
        foreach ($volume in $ordered) {
            $label = [string] $volume.FileSystemLabel
            $root = Get-VolumeRoot $volume
            if (-not (Test-QemuDrive $volume)) {
                if ($found.PassedOver -notcontains $root) { $found.PassedOver += $root }
                continue
            }
            try {
                $found.Lines = @(Read-Script ($root + $scriptPlaces[$label]))
            } catch {
                # It cannot be read, and so says nothing of the role.
                continue
            }
            $found.HasDisk = $true
            if ($found.Lines) {
                return $found
            }
        }
        if ($found.HasDisk) {
            return $found
        }
        Start-Sleep -Seconds 5
    }
    return $found
}
