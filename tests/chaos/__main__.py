"""`python -m tests.chaos` (`make chaos`): the command line, the figures on the screen, and chaos.json."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from sandbox.azure.azurite.launcher import AzuriteNotStarted
from sandbox.demo.processes.child import ChildFailed
from tests.chaos.campaign import Outcome, run
from tests.chaos.figures import lines_of
from tests.chaos.options import Options, read_options

HELD, BROKEN, NOT_RUN, INTERRUPTED = 0, 1, 2, 130
_SHOWN = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a campaign; returns the exit code that docs/chaos.md lists."""
    options = read_options(arguments)
    _say(
        f"Chaos: {options.kills} kills among {options.workers} hosts, seed {options.seed}, "
        f"at most {options.minutes:g} min under faults."
    )
    outcome: Outcome | None = None
    code = NOT_RUN
    try:
        outcome = asyncio.run(run(options, _say))
    except* (ChildFailed, AzuriteNotStarted, OSError) as failed:
        _say("\n".join(sentences_of(failed)))
    except* KeyboardInterrupt:
        _say("Stopped; everything that was started has ended.")
        code = INTERRUPTED
    if outcome is None:
        return code
    _report(options, outcome)
    return BROKEN if outcome.broken else HELD


def _report(options: Options, outcome: Outcome) -> None:
    document = {"ok": not outcome.broken, "broken": outcome.broken, "figures": outcome.figures}
    (options.out / "chaos.json").write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2))
    _say("\n".join(lines_of(outcome.figures)))
    for line in outcome.broken[:_SHOWN]:
        _say(f"BROKEN: {line}")
    if len(outcome.broken) > _SHOWN:
        _say(f"... and {len(outcome.broken) - _SHOWN} more in {options.out / 'chaos.json'}")
    _say("Broken." if outcome.broken else "Everything held.")


def sentences_of(failed: BaseException) -> list[str]:
    """What went wrong, one sentence each, however deep the tasks had nested it."""
    if isinstance(failed, BaseExceptionGroup):
        return [sentence for each in failed.exceptions for sentence in sentences_of(each)]
    return [str(failed)]


def _say(line: str) -> None:
    sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
