# What azd runs on Windows: the same hook by the sh of Git for Windows, so that there is one version.
#   with_sh.ps1 HOOK
param([Parameter(Mandatory = $true)][string]$Hook)
$ErrorActionPreference = 'Stop'

$git = Get-Command git -ErrorAction SilentlyContinue
$shells = @()
if ($git) {
  $root = Split-Path (Split-Path $git.Source)
  $shells += Join-Path $root 'bin\sh.exe'
  $shells += Join-Path $root 'usr\bin\sh.exe'
}
$sh = $shells | Where-Object { Test-Path $_ } | Select-Object -First 1
if (-not $sh) {
  Write-Error 'The hooks need the sh of Git for Windows: install it, then run azd again.'
  exit 1
}
# Resource ids begin with a slash, and must not become paths of Windows.
$env:MSYS_NO_PATHCONV = '1'
$env:TMPDIR = '.'
& $sh $Hook
exit $LASTEXITCODE
