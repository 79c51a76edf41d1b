"""One way in a process of its own: `python -m benchmarks.scan.way TASK`, which prints its cost."""

# ruff: noqa: T201 - a benchmark prints

import asyncio
import sys

import msgspec

from benchmarks.scan import others, ours
from benchmarks.scan.measuring import Task, measure

WAYS = {
    "ours, first listing": ours.first_listing,
    "ours, first look": ours.first_look,
    "ours, rescan": ours.rescan,
    "prepare": ours.prepare,
    "floor, first listing": others.floor_first,
    "floor, rescan": others.floor_rescan,
    "SDK models, listing only": others.sdk_models,
    "SDK, one view after the other": others.one_by_one,
    "SDK, 32 threads": others.threads,
}


def main() -> None:
    """Read the task from the command line, and print the cost as JSON."""
    task = msgspec.json.decode(sys.argv[1], type=Task)
    cost = asyncio.run(measure(task, WAYS[task.way]))
    print(msgspec.json.encode(cost).decode())


if __name__ == "__main__":
    main()
