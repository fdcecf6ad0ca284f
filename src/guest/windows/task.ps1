# task.ps1: the installed script and its task. It uses names.ps1 and Write-File of files.ps1.

# Installs these lines as the script, and returns whether they are new.
function Install-Script([string[]] $Lines) {
    $text = ($Lines -join "`n") + "`n"
    # A script with a syntax error could not update itself any more.
    [ScriptBlock]::Create($text) | Out-Null
    New-Item -ItemType Directory -Path (Split-Path $installed) -Force | Out-Null
    Write-File $installed $text
}

# Runs the installed script from now on, with the rights of the machine.
function Register-StartupTask {
    $action = New-ScheduledTaskAction -Execute 'powershell.exe' `
        -Argument "-NoProfile -NonInteractive -ExecutionPolicy Bypass -File `"$installed`""
    # The second one starts it again if it has ended: the scheduler's own restart is only for tasks that it
    # could not start ([MS-TSCH] 2.5.4.2).
    $triggers = @(
        New-ScheduledTaskTrigger -AtStartup
        New-ScheduledTaskTrigger -Once -At '2020-01-01' -RepetitionInterval (New-TimeSpan -Minutes 10)
    )
    $principal = New-ScheduledTaskPrincipal -UserId 'SYSTEM' -LogonType ServiceAccount -RunLevel Highest
    $options = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) `
        -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -MultipleInstances IgnoreNew
    Register-ScheduledTask -TaskName $product -Action $action -Trigger $triggers -Principal $principal `
        -Settings $options -Force | Out-Null
    Start-ScheduledTask -TaskName $product
}
