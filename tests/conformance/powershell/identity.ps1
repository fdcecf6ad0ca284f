# Asks STS, through AWS's SDK for .NET, which role a program has that starts now on this machine.
param([Parameter(Mandatory)] [string] $Sdk, [Parameter(Mandatory)] [string] $Endpoint)
$ErrorActionPreference = 'Stop'
Add-Type -Path (Join-Path $Sdk 'AWSSDK.Core.dll'), (Join-Path $Sdk 'AWSSDK.SecurityToken.dll')
# Windows gives a new program the machine's variables, and Wine those that it had at its own start.
foreach ($variable in [Environment]::GetEnvironmentVariables('Machine').GetEnumerator()) {
    if ($variable.Key -like 'AWS_*') { [Environment]::SetEnvironmentVariable($variable.Key, $variable.Value) }
}
# The SDK takes the endpoint of the token's exchange from here, and that of the question from the configuration.
$env:AWS_ENDPOINT_URL_STS = $Endpoint
$configuration = New-Object Amazon.SecurityToken.AmazonSecurityTokenServiceConfig
$configuration.ServiceURL = $Endpoint
$configuration.AuthenticationRegion = $env:AWS_REGION
$client = New-Object Amazon.SecurityToken.AmazonSecurityTokenServiceClient $configuration
$question = New-Object Amazon.SecurityToken.Model.GetCallerIdentityRequest
$client.GetCallerIdentityAsync($question).GetAwaiter().GetResult().Arn
