"""Plays `make run` on a terminal and writes docs/run.svg from it.

`python -m toolchain.generate.recording` does so.

The picture has the command, one frame of the live screen, and what the command prints at its end.
The frame is the one with the most machines on the way. Takes as long as `make run`; Linux and
macOS.
"""

import argparse
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

from toolchain.prepare.places import HERE

COMMAND = ("make", "run")
PICTURE = HERE.root / "docs" / "run.svg"
COLUMNS, LINES = 120, 30

_ENTERS_SCREEN, _LEAVES_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
_HOME = "\x1b[H"
_ON_THE_WAY = re.compile(r"(\d+) on the way")
_CHUNK = 65536
_SHOWN = 1000
#: rich's own template loads fonts from another host; our pages load nothing
_FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<!-- Recorded by `python -m toolchain.generate.recording`; do not edit it by hand. -->
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
<rect fill="{background}" x="0" y="0" width="{width}" height="{height}" rx="8" />
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
_FORMAT = _FORMAT.replace("{background}", "#292929")


class NotRecorded(Exception):
    """The command failed, or did not draw on the terminal; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a terminal got: the frames of the live screen, and the text after it."""

    frames: Sequence[str]
    end: str

    @property
    def busiest(self) -> str:
        """The frame with the most machines on the way, the first of them."""
        return max(self.frames, key=_on_the_way)


def read_recording(written: str) -> Recording:
    """Split what a program wrote to a terminal. Raises NotRecorded without a live screen."""
    _, entered, rest = written.partition(_ENTERS_SCREEN)
    drawn, left, end = rest.partition(_LEAVES_SCREEN)
    frames = [each for each in drawn.split(_HOME) if Text.from_ansi(each).plain.strip()]
    if not (entered and left and frames):
        raise NotRecorded("the command drew no live screen; it needs a terminal")
    return Recording(frames=frames, end=end)


def _on_the_way(frame: str) -> int:
    found = _ON_THE_WAY.search(Text.from_ansi(frame).plain)
    return int(found[1]) if found else 0


def record(command: Sequence[str]) -> str:
    """Run a command on a terminal of its own; returns all that it wrote there.

    Paths are relative to the checkout. Raises NotRecorded if it ends with another exit code than 0.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=HERE.root, env=environment
    ) as process:
        os.close(theirs)
        written = b"".join(_chunks(ours))
    os.close(ours)
    # A terminal gets CR LF; rich takes a CR for the start of the line again.
    text = written.decode("utf-8", errors="replace").replace("\r\n", "\n")
    text = text.replace(f"{HERE.root}/", "")
    if process.returncode:
        last = Text.from_ansi(text).plain.strip()[-_SHOWN:]
        raise NotRecorded(
            f"{' '.join(command)} ended with exit code {process.returncode}. It wrote:\n{last}"
        )
    return text


def _chunks(terminal: int) -> Sequence[bytes]:
    chunks: list[bytes] = []
    while True:
        try:
            chunk = os.read(terminal, _CHUNK)
        except OSError:  # Linux answers EIO when the last program has closed the terminal
            return chunks
        if not chunk:
            return chunks
        chunks.append(chunk)


def draw(recording: Recording, command: Sequence[str]) -> str:
    """The picture as SVG: the command, the busiest frame, and the end."""
    console = Console(
        record=True, width=COLUMNS, file=StringIO(), force_terminal=True, legacy_windows=False
    )
    console.print(Text(f"$ {' '.join(command)}", style="bold"))
    for part in (recording.busiest, recording.end):
        lines = _lines(part)
        console.print(Text("\n").join(lines), no_wrap=True, overflow="crop")
        console.print()
    return console.export_svg(theme=SVG_EXPORT_THEME, code_format=_FORMAT, unique_id="run")


def _lines(part: str) -> list[Text]:
    """The lines of a part without the blank ones around it."""
    lines = list(Text.from_ansi(part).split("\n"))
    while lines and not lines[0].plain.strip():
        lines.pop(0)
    while lines and not lines[-1].plain.strip():
        lines.pop()
    return lines


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 if the picture was written, 1 if the command failed."""
    parser = argparse.ArgumentParser(
        prog="python -m toolchain.generate.recording", description=__doc__
    )
    parser.add_argument("--out", type=Path, default=PICTURE, help="the SVG file to write")
    parser.add_argument("--raw", type=Path, help="also keep what the terminal got in this file")
    options = parser.parse_args(arguments)
    try:
        written = record(COMMAND)
        if options.raw:
            options.raw.write_text(written, encoding="utf-8")
        picture = draw(read_recording(written), COMMAND)
    except NotRecorded as fault:
        print(fault, file=sys.stderr)
        return 1
    options.out.write_text(picture, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
