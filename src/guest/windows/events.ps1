# events.ps1: what is kept until the next start of the machine, and the events. It uses names.ps1.

# Keeps a value until the machine's next start, which forgets volatile keys.
function Save-BootValue([string] $Name, [string] $Value) {
    # Its parent first, which would be volatile too if it came with it. Not with -Force, which empties a key.
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

# Writes an event, unless it says the same as the last one.
function Write-Event([string] $Type, [int] $Id, [string] $Message) {
    try {
        if ((Get-BootValue 'Said') -ceq $Message) {
            return
        }
        Write-Output "${product}: $Message"
        Save-BootValue 'Said' $Message
        if (-not [Diagnostics.EventLog]::SourceExists($product)) {
            [Diagnostics.EventLog]::CreateEventSource($product, 'Application')
        }
        [Diagnostics.EventLog]::WriteEntry($product, $Message, $Type, $Id)
    } catch {
        Write-Output "${product}: this could not be written to the event log: $Message $_"
    }
}
