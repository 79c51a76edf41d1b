"""`python -m benchmarks.log_bytes [--machines 50]`.

How much the app logs for one step of a job: lines, and bytes of their text.

One wave of machines without a set, on virtual time and in memory. Each machine is redeployed and
verified, and nothing fails. Azure bills the columns beside the text too, and the host has a row of
its own for each invocation; neither is counted here.
"""

# ruff: noqa: T201 - a benchmark prints

import argparse
import asyncio
import logging
from collections import Counter
from dataclasses import dataclass

from shared.domain.messages import Queue
from tests.support.app_harness import AppHarness
from tests.support.fleets import standalone_vm


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What one wave logged, by the name of the event, and how many steps it took."""

    steps: int
    lines: Counter[str]
    text: Counter[str]

    @property
    def bytes_of_a_step(self) -> float:
        """Bytes of text for one step, everything else of the wave included."""
        return self.text.total() / self.steps


class _Counting(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: Counter[str] = Counter()
        self.text: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage()
        event = line.partition(" ")[0]
        self.lines[event] += 1
        self.text[event] += len(line.encode())


async def wave(machines: int) -> Logged:
    """Play one wave of so many machines, and count what is logged."""
    counting, log = _Counting(), logging.getLogger("forestall")
    before, was_off = log.level, log.disabled
    log.setLevel(logging.INFO)
    log.disabled = False
    log.addHandler(counting)
    try:
        harness = AppHarness(*(standalone_vm(f"vm-{n:04}") for n in range(machines)))
        sent = 0
        put = harness.queues.send_step

        async def send_step(*args: object, **named: object) -> None:
            nonlocal sent
            sent += 1
            await put(*args, **named)  # type: ignore[arg-type]

        harness.queues.send_step = send_step  # type: ignore[method-assign]
        await harness.run_wave()
    finally:
        log.removeHandler(counting)
        log.setLevel(before)
        log.disabled = was_off
    return Logged(steps=sent, lines=counting.lines, text=counting.text)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.log_bytes", description=__doc__)
    parser.add_argument("--machines", type=int, default=50)
    found = asyncio.run(wave(parser.parse_args().machines))
    for event, number in found.lines.most_common():
        print(f"{event:24} {number:6} lines {found.text[event]:8} bytes")
    print(
        f"{found.steps} messages of {Queue.REDEPLOYS}, and for each"
        f" {found.lines.total() / found.steps:.1f} lines with {found.bytes_of_a_step:.0f} bytes"
    )


if __name__ == "__main__":
    main()
