import type { SyntaxNode } from "../install/tree_sitter_powershell.ts";

/**
 * The commands that our script may call, with the parameters that it may give them: of the modules that
 * come with Windows PowerShell 5.1 on Windows Server 2016 (MicrosoftDocs/PowerShell-Docs reference/5.1,
 * MicrosoftDocs/windows-powershell-docs docset/winserver2016-ps).
 */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  "ConvertFrom-Json": [],
  "ForEach-Object": [],
  "Get-ItemProperty": ["-Path", "-Name"],
  "Get-Volume": [],
  "Join-Path": [],
  "New-Item": ["-Path", "-ItemType", "-Force"],
  "New-ItemProperty": ["-Path", "-Name", "-PropertyType", "-Value", "-Force"],
  "New-Object": [],
  "New-ScheduledTaskAction": ["-Execute", "-Argument"],
  "New-ScheduledTaskPrincipal": ["-UserId", "-LogonType", "-RunLevel"],
  "New-ScheduledTaskSettingsSet": [
    "-ExecutionTimeLimit",
    "-AllowStartIfOnBatteries",
    "-DontStopIfGoingOnBatteries",
    "-MultipleInstances",
  ],
  "New-ScheduledTaskTrigger": ["-AtStartup", "-Once", "-At", "-RepetitionInterval"],
  "New-TimeSpan": ["-Minutes"],
  "Out-Null": [],
  "Register-ScheduledTask": [
    "-TaskName",
    "-Action",
    "-Trigger",
    "-Principal",
    "-Settings",
    "-Force",
  ],
  "Set-StrictMode": ["-Version"],
  "Sort-Object": ["-Property", "-Descending"],
  "Split-Path": [],
  "Start-ScheduledTask": ["-TaskName"],
  "Start-Sleep": ["-Seconds"],
  "Test-Path": ["-Path", "-LiteralPath"],
  "Where-Object": [],
  "Write-Output": [],
};

/** All of these commands have it (about_CommonParameters). */
const COMMON_PARAMETERS: readonly string[] = ["-ErrorAction"];

/** The static members of .NET that our script may name: they are in .NET Framework 4.6.2. */
const MEMBERS: ReadonlySet<string> = new Set([
  "[Array]::IndexOf",
  "[Convert]::FromBase64String",
  "[Diagnostics.EventLog]::CreateEventSource",
  "[Diagnostics.EventLog]::SourceExists",
  "[Diagnostics.EventLog]::WriteEntry",
  "[Environment]::GetEnvironmentVariable",
  "[Environment]::SetEnvironmentVariable",
  "[IO.Directory]::CreateDirectory",
  "[IO.File]::Delete",
  "[IO.File]::Exists",
  "[IO.File]::Move",
  "[IO.File]::ReadAllLines",
  "[IO.File]::ReadAllText",
  "[IO.File]::Replace",
  "[IO.File]::WriteAllText",
  "[IO.FileAttributes]::ReparsePoint",
  "[IO.Path]::Combine",
  "[Microsoft.Win32.Registry]::LocalMachine",
  "[Microsoft.Win32.RegistryKeyPermissionCheck]::Default",
  "[Microsoft.Win32.RegistryOptions]::Volatile",
  "[NullString]::Value",
  "[ScriptBlock]::Create",
  "[Text.Encoding]::UTF8",
  "[TimeSpan]::Zero",
]);

/** What PowerShell itself sets (about_Automatic_Variables), and what the environment has. */
const AUTOMATIC = /^\$(_|true|false|null|PSCommandPath|env:[A-Za-z_]+)$/;

/**
 * A sentence for every name in a script that Windows PowerShell 5.1 does not know, and for every function that is never
 * called.
 */
export function namingProblems(script: SyntaxNode): string[] {
  const functions = new Map(
    nodesOf(script, "function_statement").map((node) => [
      childText(node, "function_name"),
      nodesOf(node, "script_parameter").map((parameter) => `-${nameOf(parameter)}`),
    ]),
  );
  const commands = nodesOf(script, "command");
  const called = new Set(commands.map((node) => childText(node, "command_name")));
  return [
    ...commands.flatMap((node) => commandProblems(node, functions)),
    ...[...functions.keys()].filter((name) => !called.has(name)).map((name) =>
      `nobody calls ${name}`
    ),
    ...staticMembers(script).filter((member) => !MEMBERS.has(member)).map((member) =>
      `${member} is not among the known members`
    ),
    ...nodesOf(script, "pipeline_chain_tail").map(({ text }) => `${text} is of PowerShell 7`),
    ...variableProblems(script),
  ];
}

function commandProblems(
  command: SyntaxNode,
  functions: ReadonlyMap<string, readonly string[]>,
): string[] {
  const name = childText(command, "command_name");
  // A program or a script: `& $path`.
  if (name === "") return [];
  const known = functions.get(name) ?? COMMANDS[name];
  if (known === undefined) return [`${name} is not among the known commands`];
  const allowed = functions.has(name) ? known : [...known, ...COMMON_PARAMETERS];
  const elements = command.children.find((child) => child?.type === "command_elements");
  return (elements?.children ?? []).flatMap((element) =>
    element?.type === "command_parameter" && !allowed.includes(element.text)
      ? [`${name} has no known parameter ${element.text}`]
      : []
  );
}

function staticMembers(script: SyntaxNode): string[] {
  return ["member_access", "invokation_expression"].flatMap((type) => nodesOf(script, type))
    .flatMap((node) => {
      const [type] = node.children;
      return type?.type === "type_literal"
        ? [`${type.text}::${childText(node, "member_name")}`]
        : [];
    });
}

/** Variables that are read and never set: Set-StrictMode ends the script there. */
function variableProblems(script: SyntaxNode): string[] {
  const everywhere = assignedIn(script, false);
  const scopes = [{ scope: script, here: everywhere, name: "the script" }].concat(
    nodesOf(script, "function_statement").map((scope) => ({
      scope,
      here: new Set([...everywhere, ...assignedIn(scope, true)]),
      name: childText(scope, "function_name"),
    })),
  );
  return scopes.flatMap(({ scope, here, name }) =>
    nodesOf(scope, "variable", scope === script ? ["function_statement"] : [])
      .map(({ text }) => text.replace(/^\$\{(.*)\}$/, "$$$1"))
      .filter((variable) => !AUTOMATIC.test(variable) && !here.has(variable))
      .map((variable) => `${name} reads ${variable}, which nobody sets`)
  );
}

/** The variables that are set in a function, or outside of all functions. */
function assignedIn(scope: SyntaxNode, isFunction: boolean): Set<string> {
  const without = isFunction ? [] : ["function_statement"];
  const firstVariable = (node: SyntaxNode) => `$${nameOf(node)}`;
  return new Set([
    ...nodesOf(scope, "left_assignment_expression", without).map(({ text }) => text),
    ...nodesOf(scope, "foreach_statement", without).map(firstVariable),
    ...nodesOf(scope, "script_parameter", without).map(firstVariable),
    "$ErrorActionPreference",
  ]);
}

/** The name of the first variable below a node. */
function nameOf(node: SyntaxNode): string {
  return nodesOf(node, "variable")[0]?.text.slice(1) ?? "";
}

function childText(node: SyntaxNode, type: string): string {
  return node.children.find((child) => child?.type === type)?.text ?? "";
}

/** The nodes of one type in a tree, in order; not those below a node of the types that are left out. */
function nodesOf(node: SyntaxNode, type: string, leftOut: readonly string[] = []): SyntaxNode[] {
  return node.children.flatMap((child) => {
    if (child === null || leftOut.includes(child.type)) return [];
    return [...(child.type === type ? [child] : []), ...nodesOf(child, type, leftOut)];
  });
}
