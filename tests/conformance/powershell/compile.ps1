# Makes a library of stand_ins.cs, and says which PowerShell this is.
param([Parameter(Mandatory)] [string] $Source, [Parameter(Mandatory)] [string] $Library)
$ErrorActionPreference = 'Stop'
Add-Type -TypeDefinition ([IO.File]::ReadAllText($Source)) -OutputAssembly $Library
[string] $PSVersionTable.PSVersion
