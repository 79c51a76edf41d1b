"""`python -m tests.chaos` (`make chaos`).

The command line, the figures on the screen, and chaos.json.
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from sandbox.azure.azurite.launcher import AzuriteNotStarted
from sandbox.demo.processes.child import ChildFailed
from tests.chaos.campaign import CampaignOutcome, run
from tests.chaos.figures import lines_of
from tests.chaos.options import Options, read_options

HELD, BROKEN, NOT_RUN, INTERRUPTED = 0, 1, 2, 130
_SHOWN = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a campaign; returns the exit code that docs/chaos.md lists."""
    options = read_options(arguments)
    _print(
        f"Chaos: {options.kills} kills among {options.workers} hosts, seed {options.seed}, "
        f"at most {options.minutes:g} min under faults."
    )
    outcome: CampaignOutcome | None = None
    code = NOT_RUN
    try:
        outcome = asyncio.run(run(options, _print))
    except* (ChildFailed, AzuriteNotStarted, OSError) as failed:
        _print("\n".join(sentences_of(failed)))
    except* KeyboardInterrupt:
        _print("Stopped; everything that was started has ended.")
        code = INTERRUPTED
    if outcome is None:
        return code
    _report(options, outcome)
    return BROKEN if outcome.broken_guarantees else HELD


def _report(options: Options, outcome: CampaignOutcome) -> None:
    document = {
        "ok": not outcome.broken_guarantees,
        "broken_guarantees": outcome.broken_guarantees,
        "figures": outcome.figures,
    }
    (options.out / "chaos.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(document), indent=2)
    )
    _print("\n".join(lines_of(outcome.figures)))
    for line in outcome.broken_guarantees[:_SHOWN]:
        _print(f"BROKEN: {line}")
    if len(outcome.broken_guarantees) > _SHOWN:
        _print(
            f"... and {len(outcome.broken_guarantees) - _SHOWN} more in "
            f"{options.out / 'chaos.json'}"
        )
    _print("Broken." if outcome.broken_guarantees else "Everything held.")


def sentences_of(failed: BaseException) -> list[str]:
    """What went wrong, one sentence each, however deep the tasks had nested it."""
    if isinstance(failed, BaseExceptionGroup):
        return [sentence for each in failed.exceptions for sentence in sentences_of(each)]
    return [str(failed)]


def _print(line: str) -> None:
    sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
