# variables.ps1: the machine-wide variables. It uses Save-Record and Get-Record of events.ps1.

# Sets the machine's variables to those of today, and removes those of an earlier run. Returns whether that
# changes what an earlier run had set.
function Write-MachineVariable($Variables) {
    $names = @($Variables.PSObject.Properties | ForEach-Object { $_.Name } |
        Where-Object { $_ -cmatch '^AWS_[A-Z0-9_]+$' })
    $known = @(Get-Record 'Variables')
    $changes = 0
    foreach ($name in $known) {
        if ($names -notcontains $name) {
            # PowerShell turns $null into an empty text, which .NET 9 and later keep as the value.
            [Environment]::SetEnvironmentVariable($name, [NullString]::Value, 'Machine')
            $changes++
        }
    }
    foreach ($name in $names) {
        $value = [string] $Variables.$name
        # Each change is announced to every window of the machine, which takes a while.
        if ([Environment]::GetEnvironmentVariable($name, 'Machine') -cne $value) {
            [Environment]::SetEnvironmentVariable($name, $value, 'Machine')
            $changes++
        }
    }
    Save-Record 'Variables' 'MultiString' $names
    return $known.Length -gt 0 -and $changes -gt 0
}
