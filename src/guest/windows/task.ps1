# task.ps1: the installed script and its task. It uses names.ps1 and Write-File of files.ps1.

# Installs these lines as the script, and returns whether they are new.
function Install-Script([string[]] $Lines) {
    $text = ($Lines -join "`n") + "`n"
    # A script with a syntax error could not update itself any more.
    [ScriptBlock]::Create($text) | Out-Null
    [IO.Directory]::CreateDirectory($programFolder) | Out-Null
    Write-File $installed $text
}

# Installs these lines as the script, for a minute again and again: another program may hold the file open. Returns
# what came of it. IsNew: whether the script has changed. Why: why it could not be installed, or an empty string.
function Install-ScriptPatiently([string[]] $Lines) {
    for ($attempt = 1; $attempt -le 13; $attempt++) {
        if ($attempt -gt 1) {
            Start-Sleep -Seconds 5
        }
        try {
            return @{ IsNew = Install-Script $Lines; Why = '' }
        } catch {
            $why = [string] $_
        }
    }
    return @{ IsNew = $false; Why = $why }
}

# Runs the installed script from now on, with the rights of the machine.
function Register-StartupTask {
    $powershell = Join-Path $env:SystemRoot 'System32\WindowsPowerShell\v1.0\powershell.exe'
    $action = New-ScheduledTaskAction -Execute $powershell `
        -Argument "-NoProfile -NonInteractive -ExecutionPolicy Bypass -File `"$installed`""
    # The second one starts it again if it has ended: the scheduler's own restart is only for tasks that it
    # could not start ([MS-TSCH] 2.5.4.2).
    $triggers = @(
        New-ScheduledTaskTrigger -AtStartup
        New-ScheduledTaskTrigger -Once -At '2020-01-01' -RepetitionInterval (New-TimeSpan -Minutes 10)
    )
    # SYSTEM, whose name may be another in Windows' language.
    $principal = New-ScheduledTaskPrincipal -UserId 'S-1-5-18' -LogonType ServiceAccount -RunLevel Highest
    $options = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) `
        -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -StartWhenAvailable -MultipleInstances IgnoreNew
    Register-ScheduledTask -TaskName $product -Action $action -Trigger $triggers -Principal $principal `
        -Settings $options -Force | Out-Null
}
