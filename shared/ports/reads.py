"""What the reads of Azure in a task are for, and the tokens that were taken for them beforehand.

The context of the task carries it, and so do tasks that it starts. The same functions read for a
scan and for a step, and reads share Azure's request limits by what they are for.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from shared.domain.quota.level import ReadPurpose


@dataclass(slots=True)
class Reads:
    """The reads of one piece of work."""

    purpose: ReadPurpose = ReadPurpose.STEP
    #: tokens that only these reads may use, by the key of their bucket
    reserved: Counter[str] = field(default_factory=Counter)


_READS: ContextVar[Reads | None] = ContextVar("reads of Azure", default=None)


def present_reads() -> Reads:
    """Those of the present task; where nothing was said, reads are for a step."""
    return _READS.get() or Reads()


@contextmanager
def reads_for(purpose: ReadPurpose) -> Iterator[Reads]:
    """Say what the reads in this block are for. Tokens reserved in it are void behind it."""
    reads = Reads(purpose=purpose)
    token = _READS.set(reads)
    try:
        yield reads
    finally:
        _READS.reset(token)
        reads.reserved.clear()
