# files.ps1: files that are written whole or not at all. It uses nothing of the others.

# Writes a text to a file, at once or not at all, and returns whether the file has changed.
function Write-File([string] $Path, [string] $Text) {
    $there = [IO.File]::Exists($Path)
    if ($there -and [IO.File]::ReadAllText($Path) -ceq $Text) {
        return $false
    }
    # A name of this process: cloudbase-init's run and the task may write at once.
    $new = "$Path.$PID.new"
    try {
        [IO.File]::WriteAllText($new, $Text)
        if ($there) {
            # PowerShell turns $null into an empty path.
            [IO.File]::Replace($new, $Path, [NullString]::Value)
        } else {
            [IO.File]::Move($new, $Path)
        }
    } finally {
        # It is there only after an error.
        [IO.File]::Delete($new)
    }
    return $true
}
