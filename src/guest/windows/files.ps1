# files.ps1: files that are written whole or not at all. It uses nothing of the others.

# Writes a text to a file, at once or not at all, and returns whether the file has changed.
function Write-File([string] $Path, [string] $Text) {
    $there = [IO.File]::Exists($Path)
    if ($there -and [IO.File]::ReadAllText($Path) -ceq $Text) {
        return $false
    }
    [IO.File]::WriteAllText("$Path.new", $Text)
    if ($there) {
        # PowerShell turns $null into an empty path.
        [IO.File]::Replace("$Path.new", $Path, [NullString]::Value)
    } else {
        [IO.File]::Move("$Path.new", $Path)
    }
    return $true
}
