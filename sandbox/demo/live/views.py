"""The two ways of showing a run: a live screen on a terminal, or plain lines anywhere.

Both get the same.
"""

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live

from sandbox.demo.live.screen import screen, tally
from sandbox.demo.live.snapshot import Snapshot

_TALLY_EVERY = 5.0  # seconds between two lines of counts


class View(Protocol):
    """A view of a run; entered before it and left after it, however it ends."""

    def __enter__(self) -> Self:
        """Take the terminal."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Give it back."""
        ...

    def print_line(self, line: str) -> None:
        """Show one line of news."""
        ...

    def show(self, snapshot: Snapshot) -> None:
        """Show how things stand now."""
        ...


class Plain:
    """Every news as a line, and the counts every few seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next_tally = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        pass

    def print_line(self, line: str) -> None:
        """Print it."""
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def show(self, snapshot: Snapshot) -> None:
        """Print the counts when it is time."""
        if snapshot.fleet.machines and snapshot.elapsed >= self._next_tally:
            self._next_tally = snapshot.elapsed + _TALLY_EVERY
            self.print_line(f"-- {snapshot.elapsed:5.1f} s  {tally(snapshot)}  ({snapshot.app})")


class Screen:
    """The live screen, on the terminal's second page.

    The first is as it was when the run is over.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._live.stop()

    def print_line(self, line: str) -> None:
        """Nothing: the picture's ticker has it."""

    def show(self, snapshot: Snapshot) -> None:
        """Draw it."""
        self._live.update(screen(snapshot, self._console.height), refresh=True)
