"""Scripts for completion in four shells. A shell reads them once, and they start no program.

Names of machines come from a file that each successful list leaves.
"""

from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Mapping

from forestall_cli.arguments import parser_of_commands

#: commands whose argument is a machine or a job, which a machine's name stands for
NAMING = frozenset(
    {"explain", "why", "hold", "unhold", "retry", "prioritize", "reopen", "cancel", "release"}
    | {"open-window"}
)


def script_of(shell: str) -> str:
    """The script for `bash`, `zsh`, `fish` or `powershell`."""
    known = _commands()
    match shell:
        case "bash":
            return _bash(known)
        case "zsh":
            return (
                f"#compdef forestall\nautoload -U +X bashcompinit && bashcompinit\n{_bash(known)}"
            )
        case "fish":
            return _fish(known)
        case _:
            return _powershell(known)


def _commands() -> Mapping[str, list[str]]:
    """The commands, each with its options and choices."""
    parser = parser_of_commands()
    found = {}
    for action in parser._actions:  # noqa: SLF001 - argparse lists commands nowhere else
        if isinstance(action, _SubParsersAction):
            found = {name: _words(each) for name, each in action.choices.items()}
    return found


def _words(parser: ArgumentParser) -> list[str]:
    words = []
    for action in parser._actions:  # noqa: SLF001 - as above
        words += [each for each in action.option_strings if each.startswith("--")]
        if not action.option_strings and action.choices:
            words += [str(each) for each in action.choices]
    return words


def _bash(known: Mapping[str, list[str]]) -> str:
    cases = "\n".join(f'    {name}) words="{" ".join(words)}" ;;' for name, words in known.items())
    naming = "|".join(sorted(NAMING))
    return f"""_forestall() {{
  local words="" names="" file each command="" current="${{COMP_WORDS[COMP_CWORD]}}"
  for each in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$each" in {"|".join(known)}) command="$each"; break ;; esac
  done
  file="${{XDG_CACHE_HOME:-$HOME/.cache}}/forestall/machines"
  case "$command" in
    "") words="{" ".join(known)}" ;;
{cases}
  esac
  case "$command" in {naming})
    [[ -r "$file" ]] && names="$(<"$file")" ;;
  esac
  COMPREPLY=($(compgen -W "$words $names" -- "$current"))
}}
complete -F _forestall forestall
"""


def _fish(known: Mapping[str, list[str]]) -> str:
    names = " ".join(known)
    lines = [
        "function __forestall_machines",
        "  set -l folder $XDG_CACHE_HOME",
        '  test -n "$folder"; or set folder $HOME/.cache',
        "  set -l file $folder/forestall/machines",
        "  test -r $file; and while read -l name; echo $name; end < $file",
        "end",
        "complete -c forestall -f",
        f"complete -c forestall -n __fish_use_subcommand -a '{names}'",
    ]
    for name, words in known.items():
        seen = f"'__fish_seen_subcommand_from {name}'"
        for word in words:
            given = f"-l {word[2:]}" if word.startswith("--") else f"-a {word}"
            lines.append(f"complete -c forestall -n {seen} {given}")
        if name in NAMING:
            lines.append(f"complete -c forestall -n {seen} -a '(__forestall_machines)'")
    return "\n".join(lines) + "\n"


def _powershell(known: Mapping[str, list[str]]) -> str:
    table = "\n".join(
        f"    '{name}' = @({', '.join(f'{chr(39)}{word}{chr(39)}' for word in words)})"
        for name, words in known.items()
    )
    naming = ", ".join(f"'{each}'" for each in sorted(NAMING))
    return f"""Register-ArgumentCompleter -Native -CommandName forestall -ScriptBlock {{
  param($current, $line, $cursor)
  $known = @{{
{table}
  }}
  $given = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object {{ "$_" }})
  $command = $given | Where-Object {{ $known.ContainsKey($_) }} | Select-Object -First 1
  $words = if ($command) {{ $known[$command] }} else {{ $known.Keys }}
  $folder = if ($env:XDG_CACHE_HOME) {{ $env:XDG_CACHE_HOME }} else {{ $env:LOCALAPPDATA }}
  if (-not $folder) {{ $folder = "$HOME/.cache" }}
  $file = "$folder/forestall/machines"
  if ((@({naming}) -contains $command) -and (Test-Path $file)) {{ $words += Get-Content $file }}
  $words | Where-Object {{ $_ -like "$current*" }} | Sort-Object |
    ForEach-Object {{ [System.Management.Automation.CompletionResult]::new($_) }}
}}
"""
