// Runs one script in PowerShell for Windows, without the console that pwsh.exe asks for and Wine does not have.
//
//     powershell-host SCRIPT [ARGUMENT...]
//
// What the script says goes to stdout, its errors to stderr; the exit code is 1 if an error has ended it.
// Built by one command, in this folder (the project's own CI does not try it):
//
//     dotnet publish powershell-host.csproj -r win-x64 --self-contained true -o FOLDER
using System;
using System.IO;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text;

static class Host {
    static int Main(string[] arguments) {
        using var output = Utf8(Console.OpenStandardOutput());
        using var errors = Utf8(Console.OpenStandardError());
        if (arguments.Length == 0) {
            errors.WriteLine("usage: powershell-host SCRIPT [ARGUMENT...]");
            return 2;
        }
        var state = InitialSessionState.CreateDefault();
        state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        using var runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        shell.AddCommand(arguments[0]);
        foreach (var argument in arguments[1..]) shell.AddArgument(argument);
        var said = new PSDataCollection<PSObject>();
        said.DataAdded += (_, added) => output.WriteLine(said[added.Index]);
        shell.Streams.Error.DataAdded += (_, added) => errors.WriteLine(shell.Streams.Error[added.Index]);
        try {
            shell.Invoke<object, PSObject>(null, said, null);
            return 0;
        } catch (RuntimeException end) {
            errors.WriteLine($"{end.ErrorRecord}\n{end.ErrorRecord.ScriptStackTrace}");
            return 1;
        }
    }

    static StreamWriter Utf8(Stream stream) =>
        new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true };
}
