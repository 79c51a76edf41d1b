"""Writing to standard output and standard error: a terminal, a pipe, a file, or nothing."""

import contextlib
import os
import sys
from typing import TextIO

#: for a stream that has no such signs
_PLAIN = str.maketrans(
    {"━": "=", "╸": "-", "●": "*", "○": "o", "◔": "~", "◑": "~", "◕": "~", "✕": "x", "‖": "|"}
    | {"\u2013": "-", "·": ".", "…": "..."}
)


class OutputFailed(Exception):
    """Standard output takes nothing: a full disk, for example."""


def encoding_of(stream: TextIO) -> str:
    """How a stream writes letters. A stream without an encoding takes all of them."""
    return getattr(stream, "encoding", None) or "utf-8"


def takes_unicode(stream: TextIO) -> bool:
    """Whether a stream takes every letter."""
    return encoding_of(stream).lower().replace("-", "").replace("_", "").startswith("utf")


def fitted(text: str, stream: TextIO) -> str:
    """The text in letters that the stream has. Signs become ASCII, and other letters `?`."""
    encoding = encoding_of(stream)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = text if takes_unicode(stream) else text.translate(_PLAIN)
        return plain.encode(encoding, errors="replace").decode(encoding)
    except LookupError:
        return text.encode("ascii", errors="replace").decode()
    return text


def write(text: str) -> bool:
    """Write a text. False: the reader has seen enough, as in `... | head`.

    OutputFailed where the output takes nothing for another reason.
    """
    stream = sys.stdout
    if stream is None:
        raise OutputFailed("standard output is closed")
    try:
        stream.write(fitted(text, stream))
        stream.flush()
    except (BrokenPipeError, ConnectionResetError):
        close_output()
        return False
    except OSError as fault:
        close_output()
        raise OutputFailed(f"the output cannot be written: {fault.strerror}") from fault
    return True


def close_output() -> None:
    """Let nothing more be written: at its end the interpreter would try once more."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(text: str) -> None:
    """One line on standard error. It is left out where nobody takes it."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError):
        sys.stderr.write(fitted(text, sys.stderr) + "\n")
        sys.stderr.flush()


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sees the stream."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False
