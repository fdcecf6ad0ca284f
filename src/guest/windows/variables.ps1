# variables.ps1: the machine-wide variables. It uses names.ps1.

# The names that an earlier run has set.
function Get-Record {
    $record = Get-ItemProperty -Path $recordKey -Name Variables -ErrorAction SilentlyContinue
    if ($record) { @($record.Variables) }
}

# Sets the machine's variables to those of today, and removes those of an earlier boot.
function Write-MachineVariable($Variables) {
    $names = @($Variables.PSObject.Properties | ForEach-Object { $_.Name } |
        Where-Object { $_ -cmatch '^AWS_[A-Z0-9_]+$' })
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
    New-ItemProperty -Path $recordKey -Name Variables -PropertyType MultiString -Value $names -Force |
        Out-Null
}
