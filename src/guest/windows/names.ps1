# Gives this guest the AWS role of its pod: sets the machine-wide variables, mounts the share of the web
# identity token through WinFsp, and publishes a copy of the token where every program can open it.
#
# cloudbase-init runs this once per instance, or an unattend file while Windows is set up. The script then installs
# itself as a task, which starts with the machine, updates the variables and itself from the attached cloud-init disk
# or sysprep CD, and keeps the copy fresh for as long as the machine runs. Running it again changes nothing.
#
# names.ps1: the names that the other files share. It uses nothing of them.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2.0

$product = 'eks-irsa-sidecar'
$firstLine = '#eks-irsa-script'
$settingsMarker = '#eks-irsa-settings: '
$settingsFormat = 1
# Only administrators can write there: the task runs as SYSTEM.
$programFolder = Join-Path $env:ProgramFiles $product
$installed = Join-Path $programFolder 'startup.ps1'
# Where release 0.1.0 installed the script.
$installedBefore = Join-Path $programFolder 'irsa.ps1'
$recordKey = "HKLM:\SOFTWARE\$product"
# What AWS_WEB_IDENTITY_TOKEN_FILE names. The sidecar cannot know this machine's $env:ProgramData, so both use
# the path that it has on practically every Windows. On others the script makes that folder.
$published = 'C:\ProgramData\eks-irsa-sidecar\token'
