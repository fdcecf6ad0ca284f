# Runs a script for Windows in a folder that stands for the machine, with Windows itself replaced by
# recorders, and prints as JSON what the script leaves.
#
# Files are real: C:\ProgramData\... is one file with that name in the current folder. MACHINE is a JSON file:
#   volumes    what Get-Volume shows
#   registry   the keys below HKLM:\, with their values
#   variables  the machine's variables
#   owners     who made the folders that are there already
#   sleeps     how many times the script may sleep before it is ended
#
# A folder named "after N" takes the share's place in the Nth sleep.
param([Parameter(Mandatory)] [string] $Script, [Parameter(Mandatory)] [string] $Machine)
$ErrorActionPreference = 'Stop'

Add-Type -TypeDefinition @'
using System;
using System.Collections.Generic;
using System.IO;

public static class RecordedEnvironment {
    public static readonly SortedDictionary<string, string> Variables = new SortedDictionary<string, string>();
    public static string GetEnvironmentVariable(string name, string target) {
        string value;
        return Variables.TryGetValue(name, out value) ? value : null;
    }
    public static void SetEnvironmentVariable(string name, string value, string target) {
        if (target != "Machine") throw new ArgumentException("Only the machine's variables are meant.");
        if (string.IsNullOrEmpty(value)) Variables.Remove(name); else Variables[name] = value;
    }
}

public static class RecordedEvents {
    public static readonly List<string> All = new List<string>();
    public static bool SourceExists(string source) { return false; }
    public static void CreateEventSource(string source, string log) { }
    public static void WriteEntry(string source, string message, string type, int id) {
        if (!message.EndsWith("The recorder has seen enough.")) All.Add(type + " " + id);
    }
}

public class RecordedKey {
    private readonly string path;
    public RecordedKey(string path) { this.path = path; }
    public RecordedKey CreateSubKey(string name, object check, object options) {
        RecordedRegistry.Make(name, options.ToString() == "Volatile");
        return new RecordedKey(name);
    }
    public void SetValue(string name, object value) { RecordedRegistry.Keys[path][name] = value; }
    public void Close() { }
}

public static class RecordedRegistry {
    public static readonly RecordedKey LocalMachine = new RecordedKey("");
    public static readonly SortedDictionary<string, SortedDictionary<string, object>> Keys =
        new SortedDictionary<string, SortedDictionary<string, object>>(StringComparer.OrdinalIgnoreCase);
    public static readonly List<string> Volatile = new List<string>();
    public static void Make(string path, bool isVolatile) {
        if (Keys.ContainsKey(path)) return;
        string parent = path.Substring(0, path.LastIndexOf('\\'));
        if (isVolatile && !Keys.ContainsKey(parent)) throw new Exception(parent + " would be volatile too.");
        Keys[path] = new SortedDictionary<string, object>(StringComparer.OrdinalIgnoreCase);
        if (isVolatile) Volatile.Add(path);
    }
    public static void Remove(string path) {
        foreach (string key in new List<string>(Keys.Keys)) {
            string below = path + "\\";
            if ((key + "\\").StartsWith(below, StringComparison.OrdinalIgnoreCase)) Keys.Remove(key);
        }
    }
}

public class RecordedOwner {
    public string Value;
}

public class RecordedRights {
    public string Sddl = "inherited";
    public string Owner = "S-1-5-32-544";
    public bool AreAccessRulesProtected { get { return Sddl != "inherited"; } }
    public void SetSecurityDescriptorSddlForm(string sddl, string sections) { Sddl = sddl; }
    public RecordedOwner GetOwner(object type) { return new RecordedOwner { Value = Owner }; }
}

public class RecordedFolder {
    public static readonly SortedDictionary<string, RecordedRights> All =
        new SortedDictionary<string, RecordedRights>();
    public static RecordedFolder CreateDirectory(string path, RecordedRights rights) {
        if (!All.ContainsKey(path)) All[path] = rights;
        return new RecordedFolder { FullName = path };
    }
    public string FullName;
    public FileAttributes Attributes { get { return FileAttributes.Directory; } }
    public RecordedRights GetAccessControl(string sections) { return All[FullName]; }
    public void SetAccessControl(RecordedRights rights) { All[FullName] = rights; }
}
'@

$global:tasks = @()
$global:started = @()
$global:sleeps = @()
$global:machine = ConvertFrom-Json ([IO.File]::ReadAllText($Machine))
foreach ($key in $global:machine.registry.PSObject.Properties) {
    [RecordedRegistry]::Make($key.Name, $false)
    foreach ($value in $key.Value.PSObject.Properties) {
        [RecordedRegistry]::Keys[$key.Name][$value.Name] = $value.Value
    }
}
foreach ($variable in $global:machine.variables.PSObject.Properties) {
    [RecordedEnvironment]::Variables[$variable.Name] = $variable.Value
}
foreach ($folder in $global:machine.owners.PSObject.Properties) {
    $rights = New-Object RecordedRights
    $rights.Owner = $folder.Value
    [RecordedFolder]::All[$folder.Name] = $rights
}
$env:ProgramFiles = [IO.Path]::Combine([IO.Directory]::GetCurrentDirectory(), 'Program Files')

function global:Join-Path([string] $Path, [string] $ChildPath) { "$Path/$ChildPath".Replace('\', '/') }
function global:Split-Path([string] $Path) { $Path.Substring(0, $Path.LastIndexOfAny(@([char] '\', [char] '/'))) }
function global:Get-Volume { $global:machine.volumes }
function global:Test-Path([string] $Path, [string] $LiteralPath) {
    if ($Path) { [RecordedRegistry]::Keys.ContainsKey($Path.Substring(6)) } else { [IO.File]::Exists($LiteralPath) }
}
function global:New-Item([string] $Path, [string] $ItemType, [switch] $Force) {
    if ($ItemType -eq 'Directory') {
        [IO.Directory]::CreateDirectory($Path)
        return
    }
    $key = $Path.Substring(6)
    if ([RecordedRegistry]::Keys.ContainsKey($key)) {
        if (-not $Force) { throw "$Path is there already." }
        [RecordedRegistry]::Remove($key)
    }
    [RecordedRegistry]::Make($key, $false)
}
function global:Get-ItemProperty([string] $Path, [string] $Name) {
    $key = $Path.Substring(6)
    if ([RecordedRegistry]::Keys.ContainsKey($key) -and [RecordedRegistry]::Keys[$key].ContainsKey($Name)) {
        New-Object PSObject -Property @{ $Name = [RecordedRegistry]::Keys[$key][$Name] }
    }
}
function global:New-ItemProperty([string] $Path, [string] $Name, [string] $PropertyType, $Value, [switch] $Force) {
    $key = $Path.Substring(6)
    if ([RecordedRegistry]::Keys[$key].ContainsKey($Name) -and -not $Force) { throw "$Name is there already." }
    [RecordedRegistry]::Keys[$key][$Name] = $Value
}
function global:New-ScheduledTaskAction([string] $Execute, [string] $Argument) { "$Execute $Argument" }
function global:New-ScheduledTaskTrigger(
    [switch] $AtStartup, [switch] $Once, [string] $At, [TimeSpan] $RepetitionInterval) {
    if ($AtStartup) { 'at startup' } else { "every $($RepetitionInterval.TotalMinutes) minutes" }
}
function global:New-ScheduledTaskPrincipal([string] $UserId, [string] $LogonType, [string] $RunLevel) { $UserId }
function global:New-ScheduledTaskSettingsSet([TimeSpan] $ExecutionTimeLimit,
    [switch] $AllowStartIfOnBatteries, [switch] $DontStopIfGoingOnBatteries, [string] $MultipleInstances) {
    "$($ExecutionTimeLimit.TotalSeconds) $AllowStartIfOnBatteries $DontStopIfGoingOnBatteries $MultipleInstances"
}
function global:Register-ScheduledTask(
    [string] $TaskName, $Action, $Trigger, $Principal, $Settings, [switch] $Force) {
    $global:tasks += @{
        name = $TaskName; action = $Action; triggers = @($Trigger); user = $Principal; settings = $Settings
    }
}
function global:Start-ScheduledTask([string] $TaskName) { $global:started += $TaskName }
function global:Start-Sleep([int] $Seconds) {
    $global:sleeps += $Seconds
    $next = "after $($global:sleeps.Length)"
    if ([IO.Directory]::Exists($next)) {
        [IO.Directory]::Delete('C:\aws-iam-token', $true)
        [IO.Directory]::Move($next, 'C:\aws-iam-token')
    }
    if ($global:sleeps.Length -ge $global:machine.sleeps) { throw 'The recorder has seen enough.' }
}

$said = @(& $Script)
ConvertTo-Json -Depth 6 -Compress @{
    variables = [RecordedEnvironment]::Variables
    events = [RecordedEvents]::All
    registry = [RecordedRegistry]::Keys
    volatile = [RecordedRegistry]::Volatile
    folders = [RecordedFolder]::All
    tasks = @($global:tasks)
    started = @($global:started)
    sleeps = @($global:sleeps)
    said = @($said | ForEach-Object { [string] $_ })
}
