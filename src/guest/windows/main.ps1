# main.ps1: what is done when cloudbase-init runs the script, and when the task does. It uses all others.

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
