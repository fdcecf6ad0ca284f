# Reads scripts with PowerShell's own parser, and prints as JSON what is to be said of each: what the parser does not
# read, what Windows PowerShell 5.1 would not read, and the names that it uses.
#
# SCRIPTS is a JSON file: a list of { name, text }.
param([Parameter(Mandatory)] [string] $Scripts)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2.0

# The nodes of a type below a node, in order; without those of the functions in it where they are left out.
function Find-Node($Tree, [type] $Type, [switch] $WithoutFunctions) {
    foreach ($node in $Tree.FindAll({ param($candidate) $candidate -is $Type }, $true)) {
        if ($WithoutFunctions -and (Get-Function $node $Tree)) { continue }
        $node
    }
}

# The innermost function that a node is in, below a tree.
function Get-Function($Node, $Tree) {
    for ($parent = $Node; $parent -and $parent -ne $Tree; $parent = $parent.Parent) {
        if ($parent -is [Management.Automation.Language.FunctionDefinitionAst]) { return $parent }
    }
}

# The places with syntax that 5.1 refuses and this parser takes.
function Find-NewerSyntax($Tree) {
    $newer = foreach ($node in $Tree.FindAll({ $true }, $true)) {
        $kind = $node.GetType().Name
        if ($kind -eq 'TernaryExpressionAst' -or $kind -eq 'PipelineChainAst') {
            $node
        } elseif ($kind -eq 'BinaryExpressionAst' -and $node.Operator -eq 'QuestionQuestion') {
            $node
        } elseif ($kind -eq 'AssignmentStatementAst' -and $node.Operator -eq 'QuestionQuestionEquals') {
            $node
        } elseif ('MemberExpressionAst', 'InvokeMemberExpressionAst', 'IndexExpressionAst' -contains $kind -and
            $node.NullConditional) {
            $node
        } elseif ($kind -eq 'ScriptBlockAst' -and $node.CleanBlock) {
            $node.CleanBlock
        } elseif ($kind -eq 'PipelineAst' -and $node.Background) {
            $node
        } elseif ($kind -eq 'CommandParameterAst' -and $node.ParameterName -like 'Pa*' -and
            'ForEach-Object', 'foreach', '%' -contains $node.Parent.GetCommandName()) {
            $node
        }
    }
    @($newer | ForEach-Object { "line $($_.Extent.StartLineNumber): $($_.Extent.Text)" })
}

# The names of the variables that a function sets, or the script outside of its functions.
function Find-Assigned($Tree, [switch] $WithoutFunctions) {
    foreach ($node in Find-Node $Tree ([Management.Automation.Language.AssignmentStatementAst]) -WithoutFunctions:$WithoutFunctions) {
        foreach ($variable in Find-Node $node.Left ([Management.Automation.Language.VariableExpressionAst])) {
            $variable.VariablePath.UserPath
        }
    }
    foreach ($node in Find-Node $Tree ([Management.Automation.Language.ForEachStatementAst]) -WithoutFunctions:$WithoutFunctions) {
        $node.Variable.VariablePath.UserPath
    }
    foreach ($node in Find-Node $Tree ([Management.Automation.Language.ParameterAst]) -WithoutFunctions:$WithoutFunctions) {
        $node.Name.VariablePath.UserPath
    }
}

# A sentence for each variable that is read and that nobody has set: Set-StrictMode ends the script there.
function Find-Unset($Tree, $Functions) {
    $known = '_', 'true', 'false', 'null', 'Matches', 'PID', 'PSCommandPath', 'PSVersionTable', 'ErrorActionPreference'
    $everywhere = @(Find-Assigned $Tree -WithoutFunctions) + $known
    foreach ($scope in @($Tree) + @($Functions)) {
        $isScript = $scope -eq $Tree
        $set = $everywhere
        if (-not $isScript) { $set += @(Find-Assigned $scope) }
        foreach ($node in Find-Node $scope ([Management.Automation.Language.VariableExpressionAst]) -WithoutFunctions:$isScript) {
            $name = $node.VariablePath.UserPath
            if ($name -like 'env:*' -or $set -contains $name) { continue }
            "line $($node.Extent.StartLineNumber) reads `$$name, which nobody sets"
        }
    }
}

$found = foreach ($script in ConvertFrom-Json ([IO.File]::ReadAllText($Scripts))) {
    $tokens = $null
    $errors = $null
    $tree = [Management.Automation.Language.Parser]::ParseInput($script.text, [ref] $tokens, [ref] $errors)
    $functions = @(Find-Node $tree ([Management.Automation.Language.FunctionDefinitionAst]))
    $commands = @(Find-Node $tree ([Management.Automation.Language.CommandAst]))
    @{
        name = $script.name
        errors = @($errors | ForEach-Object { "line $($_.Extent.StartLineNumber): $($_.Message)" })
        newer = @(Find-NewerSyntax $tree)
        unset = @(Find-Unset $tree $functions | Select-Object -Unique)
        functions = @($functions | ForEach-Object {
                $parameters = @($_.Parameters) + @(if ($_.Body.ParamBlock) { $_.Body.ParamBlock.Parameters })
                @{ name = $_.Name; parameters = @($parameters | Where-Object { $_ } | ForEach-Object { $_.Name.VariablePath.UserPath }) }
            })
        # A command without a name is a program or a script: & $path.
        commands = @($commands | Where-Object { $_.GetCommandName() } | ForEach-Object {
                $given = @($_.CommandElements | Where-Object { $_ -is [Management.Automation.Language.CommandParameterAst] })
                @{ name = $_.GetCommandName(); parameters = @($given | ForEach-Object { $_.ParameterName }) }
            })
        # What New-Object makes, with its argument's type.
        types = @($commands | Where-Object { $_.GetCommandName() -eq 'New-Object' } | ForEach-Object { $_.CommandElements[1].Extent.Text })
        members = @(Find-Node $tree ([Management.Automation.Language.MemberExpressionAst]) | Where-Object {
                $_.Static -and $_.Expression -is [Management.Automation.Language.TypeExpressionAst]
            } | ForEach-Object { "$($_.Expression.Extent.Text)::$($_.Member.Extent.Text)" })
    }
}
$bytes = [Text.Encoding]::UTF8.GetBytes((ConvertTo-Json -Depth 6 -Compress @($found)))
$output = [Console]::OpenStandardOutput()
$output.Write($bytes, 0, $bytes.Length)
$output.Flush()
