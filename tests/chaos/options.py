"""The campaign's command line: how many kills, among how many hosts, for how long at most."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a campaign is to be; `out` is absolute."""

    kills: int
    workers: int
    #: the faults end after this long, whether the kills are done or not; then the campaign has
    #: failed
    minutes: float
    seed: int
    out: Path
    #: how many of the fleet's parks take part
    segments: int = 3
    #: seconds between two faults at most: the hosts must get somewhere in between
    longest_pause: float = 4.0

    @property
    def logs(self) -> Path:
        """Where the hosts' output goes."""
        return self.out / "logs"

    @property
    def events(self) -> Path:
        """The simulator's log."""
        return self.out / "events.jsonl"


def read_options(arguments: Sequence[str] | None) -> Options:
    """The options; argparse ends the process on unusable ones, with 2."""
    given = _parser().parse_args(arguments)
    return Options(
        kills=given.kills,
        workers=given.workers,
        minutes=given.minutes,
        seed=given.seed,
        out=given.out.resolve(),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description=(
            "Kill, stop and cut off hosts of the app while waves come and go; "
            "audit what truly happened."
        ),
        epilog=(
            "Exit codes: 0 everything held; 1 it did not; "
            "2 the campaign could not be run; 130 Ctrl-C."
        ),
    )
    parser.add_argument(
        "--kills",
        type=_count,
        default=200,
        help="SIGKILLs before the faults end (default: %(default)s)",
    )
    parser.add_argument(
        "--workers", type=_count, default=3, help="hosts of the app at once (default: %(default)s)"
    )
    parser.add_argument(
        "--minutes",
        type=_length,
        default=30.0,
        help="at most this long under faults (default: %(default)g)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        help=(
            "the same seed draws the same faults; "
            "when they hit is up to the machine (default: %(default)s)"
        ),
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("out/chaos"),
        help="folder for chaos.json, log (default: %(default)s)",
    )
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def _length(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = nan
    if not 0 < number < inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return number
