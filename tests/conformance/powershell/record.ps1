# Runs a script for Windows in PowerShell for Windows on Wine, and prints as JSON what it leaves.
#
# Real here: PowerShell, .NET, the registry with its volatile keys, the machine's variables, paths, files and their
# replacement. Stand-ins for what Wine lacks: volumes, the SMBIOS UUID, services, scheduled tasks, the event log,
# access rights, routes, time, and WinFsp's launcher.
#
# MACHINE is a JSON file:
#   fresh      whether nothing of an earlier scenario may be left in the registry
#   registry   keys below HKLM:\ that are to be there, with their values; a list of numbers is binary
#   volumes    what Get-Volume shows
#   drives     what Win32_CDROMDrive shows
#   scheduled  the names of the scheduled tasks that are there
#   arguments  the parameters of the script
#   failures   how often Get-Volume throws before that
#   uuid       the SMBIOS UUID, or nothing as long as WMI does not answer
#   running    the names of the services that run
#   owners     who made the folders that are there already
#   locked     files that another program holds open: they can be read and not replaced
#   refusals   how often the launcher refuses to start an instance
#   lingers    how often the launcher still finds an instance that was stopped
#   linked     where the mount point leads to, if it is a link: Wine deletes that, and not the link
#   routes     the routes that are there
#   offline    whether the machine has no network
#   pauses     what happens in the Nth sleep: { remove: PATH }, { move: PATH, to: PATH }, { unlock: PATH }
#   yields     whether another run goes on while this one sleeps
#   sleeps     in which sleep the machine is switched off
param([Parameter(Mandatory)] [string] $Script, [Parameter(Mandatory)] [string] $Machine,
    [Parameter(Mandatory)] [string] $StandIns)
$ErrorActionPreference = 'Stop'
# Wine's drives may come up later than its first program.
while (@([IO.DriveInfo]::GetDrives() | ForEach-Object { $_.Name }) -notcontains 'Z:\') {
    Start-Sleep -Milliseconds 100
}
Add-Type -Path $StandIns

$global:world = ConvertFrom-Json ([IO.File]::ReadAllText($Machine)) -DateKind String
$global:tasks = @()
$global:started = @()
$global:sleeps = @()
$global:launched = @()
$global:said = @()
$global:routes = @($global:world.routes)
$global:locks = @{}
$global:LASTEXITCODE = 0
$product = 'SOFTWARE\eks-irsa-sidecar'

if ($global:world.fresh) {
    $services = 'SYSTEM\CurrentControlSet\Services'
    foreach ($key in $product, 'SOFTWARE\WOW6432Node\WinFsp', "$services\VirtioFsSvc", "$services\cloudbase-init") {
        [Microsoft.Win32.Registry]::LocalMachine.DeleteSubKeyTree($key, $false)
    }
    foreach ($name in @([Environment]::GetEnvironmentVariables('Machine').Keys) -like 'AWS_*') {
        [Environment]::SetEnvironmentVariable($name, [NullString]::Value, 'Machine')
    }
}
foreach ($key in $global:world.registry.PSObject.Properties) {
    $opened = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey($key.Name)
    foreach ($value in $key.Value.PSObject.Properties) {
        if ($value.Value -is [array]) {
            $opened.SetValue($value.Name, [byte[]] $value.Value, 'Binary')
        } elseif ($value.Value -is [long]) {
            $opened.SetValue($value.Name, [int] $value.Value, 'DWord')
        } else {
            $opened.SetValue($value.Name, $value.Value)
        }
    }
    $opened.Close()
}
foreach ($folder in $global:world.owners.PSObject.Properties) {
    [RecordedFolder]::All[$folder.Name] = New-Object RecordedRights -Property @{ Owner = $folder.Value }
}
foreach ($path in $global:world.locked) {
    $global:locks[$path] = [IO.File]::Open($path, 'Open', 'Read', 'Read')
}

# Prints what the run leaves.
function global:Write-Record {
    $variables = @{}
    foreach ($variable in [Environment]::GetEnvironmentVariables('Machine').GetEnumerator()) {
        if ($variable.Key -like 'AWS_*') { $variables[$variable.Key] = $variable.Value }
    }
    # Each value of the product's key, and of its launcher class: to see what is written and of which kind.
    $registry = @{}
    $paths = @('SOFTWARE\eks-irsa-sidecar', 'SOFTWARE\eks-irsa-sidecar\ThisBoot') +
        @('eks-irsa-sidecar', 'virtiofs' | ForEach-Object { "SOFTWARE\WOW6432Node\WinFsp\Services\$_" })
    foreach ($path in $paths) {
        $key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($path)
        if ($key) {
            $registry[$path] = @{}
            foreach ($name in $key.GetValueNames()) { $registry[$path][$name] = $key.GetValue($name) }
        }
    }
    $record = ConvertTo-Json -Depth 6 -Compress @{
        variables = $variables
        registry = $registry
        events = @([RecordedEvents]::All | ForEach-Object { "$($_.Type) $($_.Id)" })
        messages = @([RecordedEvents]::All | ForEach-Object { $_.Message })
        folders = [RecordedFolder]::All
        tasks = @($global:tasks)
        launched = @($global:launched)
        started = @($global:started)
        sleeps = @($global:sleeps)
        said = @($global:said)
        routes = @($global:routes)
        exitCode = $global:LASTEXITCODE
    }
    $output = [Console]::OpenStandardOutput()
    $bytes = [Text.Encoding]::UTF8.GetBytes("$record`n")
    $output.Write($bytes, 0, $bytes.Length)
    $output.Flush()
}

function global:Get-Volume {
    if ($global:world.failures -gt 0) {
        $global:world.failures--
        throw 'The storage service is not there yet.'
    }
    $global:world.volumes
}
function global:Get-CimInstance([string] $ClassName) {
    if ($ClassName -eq 'Win32_CDROMDrive') { return $global:world.drives }
    if ($ClassName -ne 'Win32_ComputerSystemProduct') { throw "$ClassName is not known here." }
    if (-not $global:world.uuid) { throw 'WMI is not there yet.' }
    New-Object PSObject -Property @{ UUID = $global:world.uuid }
}
# In the fields and in the errors of NetTCPIP's own.
function global:Get-NetRoute {
    # For -ErrorAction.
    [CmdletBinding()] param([string] $DestinationPrefix)
    $found = @($global:routes | Where-Object { $_.DestinationPrefix -eq $DestinationPrefix })
    if ($found.Length -eq 0) { Microsoft.PowerShell.Utility\Write-Error 'No route matches.' }
    $found
}
function global:Find-NetRoute([string] $RemoteIPAddress) {
    if ($global:world.offline) { throw 'The network location cannot be reached.' }
    New-Object PSObject -Property @{ IPAddress = '10.0.2.2'; InterfaceIndex = 7 }
    New-Object PSObject -Property @{ DestinationPrefix = '10.0.2.0/24'; NextHop = '0.0.0.0'; InterfaceIndex = 7 }
}
function global:New-NetRoute(
    [string] $DestinationPrefix, [string] $NextHop, [int] $InterfaceIndex, [string] $PolicyStore) {
    if ($PolicyStore -ne 'ActiveStore') { throw "$PolicyStore would outlive a restart." }
    $global:routes += New-Object PSObject -Property @{
        DestinationPrefix = $DestinationPrefix; NextHop = $NextHop; InterfaceIndex = $InterfaceIndex
    }
}
function global:Get-Service([string] $Name) {
    if (@($global:world.running) -contains $Name) { New-Object PSObject -Property @{ Name = $Name; Status = 'Running' } }
}
# Windows PowerShell 5.1 throws at a path with such a character, and 7 says that there is none.
function global:Test-Path([string] $Path, [string] $LiteralPath) {
    if ("$Path$LiteralPath" -match '["<>|]') { throw 'Illegal characters in path.' }
    if ($LiteralPath) {
        Microsoft.PowerShell.Management\Test-Path -LiteralPath $LiteralPath
    } else {
        Microsoft.PowerShell.Management\Test-Path -Path $Path
    }
}

function global:New-ScheduledTaskAction([string] $Execute, [string] $Argument) { "$Execute $Argument" }
function global:New-ScheduledTaskTrigger(
    [switch] $AtStartup, [switch] $Once, [string] $At, [TimeSpan] $RepetitionInterval) {
    if ($AtStartup) { 'at startup' } else { "every $($RepetitionInterval.TotalMinutes) minutes" }
}
function global:New-ScheduledTaskPrincipal([string] $UserId, [string] $LogonType, [string] $RunLevel) { $UserId }
function global:New-ScheduledTaskSettingsSet([TimeSpan] $ExecutionTimeLimit,
    [switch] $AllowStartIfOnBatteries, [switch] $DontStopIfGoingOnBatteries, [switch] $StartWhenAvailable,
    [string] $MultipleInstances) {
    "$($ExecutionTimeLimit.TotalSeconds) $AllowStartIfOnBatteries $DontStopIfGoingOnBatteries " +
        "$StartWhenAvailable $MultipleInstances"
}
function global:Register-ScheduledTask(
    [string] $TaskName, $Action, $Trigger, $Principal, $Settings, [switch] $Force) {
    $global:tasks += @{
        name = $TaskName; action = $Action; triggers = @($Trigger); user = $Principal; settings = $Settings
    }
}
function global:Get-ScheduledTask([string] $TaskName) {
    if (@($global:world.scheduled) -contains $TaskName) { New-Object PSObject -Property @{ TaskName = $TaskName } }
}
function global:Stop-ScheduledTask([string] $TaskName) { }
function global:Unregister-ScheduledTask([string] $TaskName, [switch] $Confirm) {
    if ($Confirm) { throw 'Nobody is there to confirm it.' }
    $global:world.scheduled = @($global:world.scheduled | Where-Object { $_ -ne $TaskName })
}
function global:Stop-Service([string] $Name) { }
function global:Set-Service([string] $Name, [string] $StartupType) {
    if ($StartupType -ne 'Manual') { throw "$StartupType is not known here." }
    Set-ItemProperty -LiteralPath "HKLM:\SYSTEM\CurrentControlSet\Services\$Name" -Name Start -Value 3
}
# What an installer or sysprep is asked: nothing is installed.
function global:Start-Process([string] $FilePath, [string] $ArgumentList, [switch] $Wait, [switch] $PassThru) {
    $global:launched += "$FilePath $ArgumentList"
    if ($PassThru) { New-Object PSObject -Property @{ ExitCode = 3010 } }
}
function global:Invoke-Powercfg {
    $global:launched += "powercfg $args"
    Set-ItemProperty -LiteralPath 'HKLM:\SYSTEM\CurrentControlSet\Control\Power' -Name HibernateEnabled -Value 0
}
Set-Alias -Name (Join-Path $env:SystemRoot 'System32\powercfg.exe') -Value Invoke-Powercfg -Scope Global
function global:Start-ScheduledTask([string] $TaskName) { $global:started += $TaskName }

function global:Start-Sleep([int] $Seconds) {
    $global:sleeps += $Seconds
    foreach ($pause in @($global:world.pauses.PSObject.Properties | Where-Object { $_.Name -eq $global:sleeps.Length })) {
        foreach ($event in $pause.Value) {
            $names = @($event.PSObject.Properties | ForEach-Object { $_.Name })
            if ($names -contains 'remove') {
                Remove-Item -LiteralPath $event.remove -Recurse -Force
            } elseif ($names -contains 'unlock') {
                $global:locks[$event.unlock].Close()
            } else {
                # Wine's .NET cannot delete a folder with links in it.
                if ([IO.Directory]::Exists($event.to)) {
                    [IO.Directory]::Move($event.to, "C:\elsewhere\moved away $([Guid]::NewGuid())")
                }
                [IO.Directory]::Move($event.move, $event.to)
            }
        }
    }
    if ($global:sleeps.Length -ge $global:world.sleeps) {
        Write-Record
        # As a machine that is switched off: nothing of the script runs any more.
        [Environment]::Exit(0)
    }
    # Gives another run its turn.
    if ($global:world.yields) { Microsoft.PowerShell.Utility\Start-Sleep -Milliseconds 200 }
}

# WinFsp's launcher with one instance. It keeps what runs until the machine is switched off, and mounts what is to be
# mounted, unless the mount point is taken. After 'stop' an instance leaves the list when it has ended.
$global:running = 'C:\launcher\running'
[IO.Directory]::CreateDirectory('C:\launcher') | Out-Null
function global:Invoke-Launcher {
    $global:launched += $args -join ' '
    $runs = [IO.File]::Exists($global:running)
    if ($args[0] -eq 'start') {
        if ($runs) { return 'KO', 'launcher error 183' }
        if ($global:world.refusals -gt 0) {
            $global:world.refusals--
            return 'KO', 'launcher error 2'
        }
        [IO.File]::WriteAllText($global:running, $args[4])
        if ([IO.Directory]::Exists('C:\to be mounted') -and -not [IO.Directory]::Exists($args[4])) {
            $target = if ($global:world.linked) { $global:world.linked } else { $args[4] }
            [IO.Directory]::Move('C:\to be mounted', $target)
        }
        return 'OK'
    }
    if (-not $runs) { return 'KO', 'launcher error 2' }
    if ($args[0] -eq 'stop') {
        $global:stopping = $true
    } elseif ($global:stopping) {
        if ($global:world.lingers -gt 0) {
            $global:world.lingers--
        } else {
            $mounted = [IO.File]::ReadAllText($global:running)
            if ([IO.Directory]::Exists($mounted)) {
                [IO.Directory]::Move($mounted, "C:\elsewhere\moved away $([Guid]::NewGuid())")
            }
            [IO.File]::Delete($global:running)
            $global:stopping = $false
            return 'KO', 'launcher error 2'
        }
    }
    'OK'
}
$global:stopping = $false
Set-Alias -Name 'C:\Program Files (x86)\WinFsp\bin\launchctl-x64.exe' -Value Invoke-Launcher -Scope Global

$arguments = @{}
foreach ($argument in $global:world.arguments.PSObject.Properties) { $arguments[$argument.Name] = $argument.Value }
& $Script @arguments | ForEach-Object { $global:said += [string] $_ }
Write-Record
