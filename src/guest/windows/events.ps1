# events.ps1: what is kept in the registry, and the events. It uses names.ps1.

# Keeps a value.
function Save-Record([string] $Name, [string] $Type, $Value) {
    # Not with -Force, which empties a key.
    if (-not (Test-Path -Path $recordKey)) {
        New-Item -Path $recordKey | Out-Null
    }
    New-ItemProperty -Path $recordKey -Name $Name -PropertyType $Type -Value $Value -Force | Out-Null
}

# What was kept, or nothing.
function Get-Record([string] $Name) {
    $found = Get-ItemProperty -Path $recordKey -Name $Name -ErrorAction SilentlyContinue
    if ($found) { $found.$Name }
}

# Keeps a value until the machine's next start, which forgets volatile keys.
function Save-BootValue([string] $Name, [string] $Value) {
    # Its parent first, which would be volatile too if it came with it.
    if (-not (Test-Path -Path $recordKey)) {
        New-Item -Path $recordKey | Out-Null
    }
    $key = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey("SOFTWARE\$product\ThisBoot",
        [Microsoft.Win32.RegistryKeyPermissionCheck]::Default, [Microsoft.Win32.RegistryOptions]::Volatile)
    $key.SetValue($Name, $Value)
    $key.Close()
}

# What was kept since the machine's last start, or nothing.
function Get-BootValue([string] $Name) {
    $found = Get-ItemProperty -Path "$recordKey\ThisBoot" -Name $Name -ErrorAction SilentlyContinue
    if ($found) { [string] $found.$Name }
}

# Writes an event, unless it says the same as the last one of its kind in this boot. The events on the state of
# the token are one kind: each replaces the one before. Every other event is a kind of its own.
function Write-Event([string] $Type, [int] $Id, [string] $Message) {
    $memory = if (@(1, 2, 3, 5, 12) -contains $Id) { 'Said' } else { "Said $Id" }
    try {
        if ((Get-BootValue $memory) -ceq $Message) {
            return
        }
        Write-Output "${product}: $Message"
        Save-BootValue $memory $Message
        if (-not [Diagnostics.EventLog]::SourceExists($product)) {
            [Diagnostics.EventLog]::CreateEventSource($product, 'Application')
        }
        [Diagnostics.EventLog]::WriteEntry($product, $Message, $Type, $Id)
    } catch {
        Write-Output "${product}: this could not be written to the event log: $Message $_"
    }
}
