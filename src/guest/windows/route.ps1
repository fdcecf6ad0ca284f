# route.ps1: the route to the agent of EKS Pod Identity. It uses nothing of the others.

# Gives the machine the route of its settings, until its next start: a link-local route or another default route
# would hide the agent. Returns why it cannot, or an empty string.
function Set-AgentRoute($Settings) {
    # Only the settings of a VM that needs it have it.
    if (-not $Settings.PSObject.Properties['agentRoute']) {
        return ''
    }
    $route = $Settings.agentRoute
    $destination = "$($route.address)/32"
    try {
        $there = Get-NetRoute -DestinationPrefix $destination -ErrorAction SilentlyContinue |
            Where-Object { $_.NextHop -eq $route.gateway }
        if (-not $there) {
            # It answers with the address and with the route by which Windows reaches the gateway.
            $way = @(Find-NetRoute -RemoteIPAddress $route.gateway)[0]
            New-NetRoute -DestinationPrefix $destination -NextHop $route.gateway -InterfaceIndex $way.InterfaceIndex `
                -PolicyStore ActiveStore | Out-Null
        }
        return ''
    } catch {
        return "$_"
    }
}
