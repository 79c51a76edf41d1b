"""The parts of a timer's work: each fails alone, within its share of the time.

One that hangs or breaks costs the others nothing but the time that it was given.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.errors import SettingsError, Unavailable
from shared.telemetry import log_failure, log_warning

#: for all parts of one run; well under `functionTimeout` of host.json
TIME_BUDGET = timedelta(seconds=150)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a timer's work. It must bear being cut off anywhere, as a crash would."""

    name: str
    work: Callable[[], Awaitable[object]]


async def run_parts(parts: Sequence[Part], budget: timedelta = TIME_BUDGET) -> tuple[str, ...]:
    """Run each part; the names of those that did not finish. Raises nothing.

    A part may take an equal share of what is left of the budget when it begins.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + budget.total_seconds()
    failed = []
    for number, part in enumerate(parts):
        share = max(0.0, end - loop.time()) / (len(parts) - number)
        if not await _finishes(part, share):
            failed.append(part.name)
    return tuple(failed)


async def _finishes(part: Part, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await part.work()
    except (Unavailable, SettingsError) as outage:
        log_warning("timer.part_failed", part=part.name, reason=outage)
    except TimeoutError:
        log_warning("timer.part_failed", part=part.name, reason=f"not done within {seconds:.0f} s")
    except Exception as bug:  # noqa: BLE001 - the log has its traceback, and the others their turn
        log_failure("timer.part_broken", bug, part=part.name)
    else:
        return True
    return False
