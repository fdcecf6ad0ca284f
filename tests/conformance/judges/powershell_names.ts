/** What parse.ps1 finds in a script. */
export interface ScriptNames {
  readonly name: string;
  /** What the parser cannot read. */
  readonly errors: readonly string[];
  /** What only PowerShell 7 reads. */
  readonly newer: readonly string[];
  /** What reads variables that nobody sets. */
  readonly unset: readonly string[];
  readonly functions: readonly Called[];
  readonly commands: readonly Called[];
  readonly types: readonly string[];
  readonly members: readonly string[];
}

interface Called {
  readonly name: string;
  readonly parameters: readonly string[];
}

/**
 * The commands that our scripts may call, with the parameters that it may give them: of the modules that
 * come with Windows PowerShell 5.1 on Windows Server 2016 (MicrosoftDocs/PowerShell-Docs reference/5.1,
 * MicrosoftDocs/windows-powershell-docs docset/winserver2016-ps).
 */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  "ConvertFrom-Json": [],
  "Find-NetRoute": ["RemoteIPAddress"],
  "ForEach-Object": [],
  "Get-CimInstance": ["ClassName"],
  "Get-Command": [],
  "Get-ItemProperty": ["Path", "Name"],
  "Get-NetRoute": ["DestinationPrefix"],
  "Get-ScheduledTask": ["TaskName"],
  "Get-Service": ["Name"],
  "Get-Volume": [],
  "Join-Path": [],
  "New-Item": ["Path", "ItemType", "Force"],
  "New-ItemProperty": ["Path", "Name", "PropertyType", "Value", "Force"],
  "New-NetRoute": ["DestinationPrefix", "NextHop", "InterfaceIndex", "PolicyStore"],
  "New-Object": [],
  "New-ScheduledTaskAction": ["Execute", "Argument"],
  "New-ScheduledTaskPrincipal": ["UserId", "LogonType", "RunLevel"],
  "New-ScheduledTaskSettingsSet": [
    "ExecutionTimeLimit",
    "AllowStartIfOnBatteries",
    "DontStopIfGoingOnBatteries",
    "MultipleInstances",
    "StartWhenAvailable",
  ],
  "New-ScheduledTaskTrigger": ["AtStartup", "Once", "At", "RepetitionInterval"],
  "New-TimeSpan": ["Minutes"],
  "Out-Null": [],
  "Register-ScheduledTask": [
    "TaskName",
    "Action",
    "Trigger",
    "Principal",
    "Settings",
    "Force",
  ],
  "Remove-Item": ["LiteralPath", "Recurse", "Force"],
  "Set-Service": ["Name", "StartupType"],
  "Set-StrictMode": ["Version"],
  "Sort-Object": ["Property", "Descending", "Unique"],
  "Split-Path": [],
  "Start-Process": ["FilePath", "ArgumentList", "Wait", "PassThru"],
  "Start-ScheduledTask": ["TaskName"],
  "Start-Sleep": ["Seconds"],
  "Stop-ScheduledTask": ["TaskName"],
  "Stop-Service": ["Name"],
  "Test-Path": ["Path", "LiteralPath"],
  "Unregister-ScheduledTask": ["TaskName", "Confirm"],
  "Where-Object": [],
  "Write-Output": [],
  "Write-Verbose": [],
};

/** Every one of the commands above has it (about_CommonParameters). */
const COMMON_PARAMETERS: readonly string[] = ["ErrorAction"];

/** The static members of .NET that our script may name: they are in .NET Framework 4.6.2. */
const MEMBERS: ReadonlySet<string> = new Set([
  "[Array]::IndexOf",
  "[Convert]::FromBase64String",
  "[DateTime]::UtcNow",
  "[Diagnostics.EventLog]::CreateEventSource",
  "[Diagnostics.EventLog]::SourceExists",
  "[Diagnostics.EventLog]::WriteEntry",
  "[Diagnostics.FileVersionInfo]::GetVersionInfo",
  "[Environment]::GetEnvironmentVariable",
  "[Environment]::SetEnvironmentVariable",
  "[IO.Directory]::CreateDirectory",
  "[IO.Directory]::Exists",
  "[IO.FileAttributes]::ReparsePoint",
  "[IO.File]::Delete",
  "[IO.File]::Exists",
  "[IO.File]::Move",
  "[IO.File]::ReadAllLines",
  "[IO.File]::ReadAllText",
  "[IO.File]::Replace",
  "[IO.File]::WriteAllText",
  "[IO.Path]::Combine",
  "[Math]::Ceiling",
  "[Math]::Min",
  "[Microsoft.Win32.RegistryKeyPermissionCheck]::Default",
  "[Microsoft.Win32.RegistryOptions]::Volatile",
  "[Microsoft.Win32.Registry]::GetValue",
  "[Microsoft.Win32.Registry]::LocalMachine",
  "[Microsoft.Win32.Registry]::SetValue",
  "[NullString]::Value",
  "[Regex]::Escape",
  "[ScriptBlock]::Create",
  "[Text.Encoding]::UTF8",
  "[Text.Encoding]::Unicode",
  "[TimeSpan]::Zero",
]);

/** The types that it may make by New-Object, of the same .NET. */
const TYPES: ReadonlySet<string> = new Set([
  "DateTime",
  "IO.DirectoryInfo",
  "IO.FileInfo",
  "PSObject",
  "Security.AccessControl.DirectorySecurity",
]);

/**
 * A sentence for every name in a script that Windows PowerShell 5.1 would not know, for every function that
 * nobody calls, and for every variable that nobody sets.
 */
export function namingProblems(script: ScriptNames): string[] {
  const { functions, commands, types, members, unset } = script;
  const called = new Set(commands.map(({ name }) => name));
  return [
    ...commands.flatMap((command) => commandProblems(command, functions)),
    ...functions.filter(({ name }) => !called.has(name)).map(({ name }) => `nobody calls ${name}`),
    ...members.filter((member) => !MEMBERS.has(member)).map((member) =>
      `${member} is not among the known members`
    ),
    ...types.filter((type) => !TYPES.has(type)).map((type) =>
      `${type} is not among the known types`
    ),
    ...unset,
  ];
}

function commandProblems({ name, parameters }: Called, functions: readonly Called[]): string[] {
  const own = functions.find((one) => one.name === name)?.parameters;
  const known = own ?? COMMANDS[name];
  if (known === undefined) return [`${name} is not among the known commands`];
  const allowed = own === undefined ? [...known, ...COMMON_PARAMETERS] : known;
  return parameters.filter((parameter) => !allowed.includes(parameter)).map((parameter) =>
    `${name} has no known parameter -${parameter}`
  );
}
