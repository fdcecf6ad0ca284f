# Runs irsa.ps1 with Windows replaced by recorders, and prints the machine's variables and the events that
# it leaves as JSON. The one change to the script is the two classes of .NET that it calls by name: on
# another system than Windows the real ones keep nothing.
param([Parameter(Mandatory)] [string] $Script)
$ErrorActionPreference = 'Stop'

Add-Type -TypeDefinition @'
using System.Collections.Generic;
public static class RecordedEnvironment {
    public static readonly SortedDictionary<string, string> Variables = new SortedDictionary<string, string>();
    public static string GetEnvironmentVariable(string name, string target) {
        string value;
        return Variables.TryGetValue(name, out value) ? value : null;
    }
    public static void SetEnvironmentVariable(string name, string value, string target) {
        if (target != "Machine") throw new System.ArgumentException("Only the machine's variables are meant.");
        if (string.IsNullOrEmpty(value)) Variables.Remove(name); else Variables[name] = value;
    }
}
public static class RecordedEvents {
    public static readonly List<int> Ids = new List<int>();
    public static bool SourceExists(string source) { return true; }
    public static void WriteEntry(string source, string message, string type, int id) { Ids.Add(id); }
}
'@

$env:ProgramFiles = 'C:\Program Files'
$global:registry = @{}
$global:tasks = @()
function global:Join-Path([string] $Path, [string] $ChildPath) { "$Path\$ChildPath" }
function global:Split-Path([string] $Path) { $Path.Substring(0, $Path.LastIndexOf('\')) }
function global:Get-Volume { }
function global:New-Item { }
function global:Copy-Item { }
# The token is there, so that nothing is mounted.
function global:Test-Path { $true }
function global:Get-ItemProperty([string] $Path, [string] $Name) {
    if ($global:registry.ContainsKey("$Path|$Name")) {
        New-Object PSObject -Property @{ $Name = $global:registry["$Path|$Name"] }
    }
}
function global:New-ItemProperty([string] $Path, [string] $Name, [string] $PropertyType, $Value, [switch] $Force) {
    $global:registry["$Path|$Name"] = $Value
}
function global:New-ScheduledTaskAction { 'action' }
function global:New-ScheduledTaskTrigger { 'trigger' }
function global:New-ScheduledTaskPrincipal { 'principal' }
function global:Register-ScheduledTask([string] $TaskName) { $global:tasks += $TaskName }

$text = [IO.File]::ReadAllText($Script)
$text = $text.Replace('[Environment]::', '[RecordedEnvironment]::')
$text = $text.Replace('[Diagnostics.EventLog]::', '[RecordedEvents]::')
$recorded = "$Script.recorded.ps1"
[IO.File]::WriteAllText($recorded, $text)
# Twice: the second run, with the first one's record, changes nothing.
$said = @(& $recorded) + @(& $recorded)
ConvertTo-Json -Depth 4 -Compress @{
    variables = [RecordedEnvironment]::Variables
    events = @([RecordedEvents]::Ids)
    tasks = @($global:tasks)
    said = @($said | ForEach-Object { [string] $_ })
}
