"""`python -m benchmarks.retention [--archived N]`: each path of people and timers, on Azurite.

Two installations have the same open work. One has no archive, and the other one has N ended jobs
with their trail and their notices. Each path runs in a process of its own, so that its time and its
memory are its own. Azure and the queues are fakes.
"""

# ruff: noqa: T201 - a benchmark prints

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from azure.data.tables import TableServiceClient

from benchmarks.retention.counting import counted
from benchmarks.retention.paths import PATHS
from benchmarks.retention.world import (
    SUBSCRIPTIONS,
    RowFiles,
    store_archive,
    store_open_work,
    world_of,
)
from sandbox.azure.azurite.launcher import Azurite
from shared.adapters.tables.account import TableName, Tables

#: goals of each path; the ratio is of the rows and requests with the archive and without
SECONDS, MEGABYTES, RATIO = 2.0, 256, 2.0

_EMPTY, _FULL = "bench0", "bench1"
_ITSELF = (sys.executable, "-m", "benchmarks.retention")
_OPEN = 100  # of each subscription
_LOADER = Path(__file__).with_name("azurite_rows.cjs")
_HEAP_MEGABYTES = 12_000
_LONGEST_LOAD = 1_800


def _peak_megabytes() -> float:
    """The largest memory of this program. `getrusage` would count what its parent had, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def _measure(connection: str, prefix: str, path: str) -> None:
    """Run one path in this process, and print what it took."""
    tables = Tables(connection_string=connection, prefix=prefix)
    world, work = world_of(tables, _OPEN), PATHS[path]
    await world.app.pauses.all()  # the connection is made
    if work.before is not None:
        await work.before(world)
    began = time.perf_counter()
    with counted() as read:
        await work.work(world)
    took, peak = time.perf_counter() - began, _peak_megabytes()
    found = {
        "seconds": took,
        "megabytes": peak,
        "requests": read.requests,
        "rows": read.returned,
        "ranges": [[table.name, query] for table, query, _ in read.ranges],
    }
    print(json.dumps(found))
    await tables.close()


def _run(connection: str, prefix: str, path: str) -> dict[str, Any] | None:
    done = subprocess.run(  # noqa: S603 - this program itself
        [*_ITSELF, "--path", path, "--prefix", prefix, "--connection", connection],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"{path} failed: {done.stderr[-1500:]}", file=sys.stderr)
        return None
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


async def _write_rows(folder: Path, archived: int) -> None:
    began = time.perf_counter()
    files = RowFiles(folder, _FULL)
    await store_archive(cast("Tables", files), archived)
    counts = ", ".join(f"{rows:,} of {name}" for name, rows in files.close().items())
    print(f"{archived:,} archived jobs; rows: {counts}; written in {_since(began)}", flush=True)


async def _open_work(connection: str) -> None:
    for prefix in (_EMPTY, _FULL):
        tables = Tables(connection_string=connection, prefix=prefix)
        await store_open_work(world_of(tables, _OPEN), _OPEN)
        await tables.close()
    print(f"{len(SUBSCRIPTIONS) * _OPEN} open jobs in each installation")


def _load(connection: str) -> None:
    """Create the tables, which loads their rows. That takes longer than the app would wait."""
    began = time.perf_counter()
    with TableServiceClient.from_connection_string(
        connection, read_timeout=_LONGEST_LOAD, retry_total=0
    ) as service:
        for prefix in (_EMPTY, _FULL):
            for name in TableName:
                service.create_table(f"{prefix}{name}")
    print(f"loaded in {_since(began)}", flush=True)


def _since(began: float) -> str:
    return f"{time.perf_counter() - began:.0f} s"


def _load_of_machine() -> str:
    return " ".join(f"{each:.1f}" for each in os.getloadavg())


def _report(connection: str) -> int:
    """Print the table; how many paths missed a goal."""
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M}, {platform.platform()}, {os.cpu_count()} cores")
    print(f"load {_load_of_machine()} at the start")
    print("| path | seconds | MB | requests | rows |")
    print("| --- | ---: | ---: | ---: | ---: |")
    missed = 0
    for name, path in PATHS.items():
        full = _run(connection, _FULL, name)
        empty = None if path.of_archive else _run(connection, _EMPTY, name)
        if full is None or (empty is None and not path.of_archive):
            missed += 1
            continue
        missed += full["seconds"] > SECONDS or full["megabytes"] > MEGABYTES
        cells = []
        for key in ("requests", "rows"):
            if empty is None:
                cells.append(f"{full[key]}")
                continue
            missed += full[key] > RATIO * empty[key]
            cells.append(f"{empty[key]} -> {full[key]}")
        alone = "" if empty is None else f"{empty['seconds']:.2f} -> "
        figures = f"{alone}{full['seconds']:.2f} | {full['megabytes']:.0f}"
        print(f"| {name} | {figures} | {' | '.join(cells)} |", flush=True)
    print(f"load {_load_of_machine()} at the end; {missed} goals missed")
    return missed


def main() -> int:
    """Print each path with its time and its memory; 1 where one misses a goal."""
    parser = argparse.ArgumentParser(prog="benchmarks.retention", description=__doc__)
    parser.add_argument("--archived", type=int, default=400_000)
    parser.add_argument("--path", choices=list(PATHS), help=argparse.SUPPRESS)
    parser.add_argument("--prefix", help=argparse.SUPPRESS)
    parser.add_argument("--connection", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.path:
        asyncio.run(_measure(given.connection, given.prefix, given.path))
        return 0
    with tempfile.TemporaryDirectory(prefix="forestall-bench-") as folder:
        asyncio.run(_write_rows(Path(folder), given.archived))
        os.environ["BENCH_ROWS"] = folder
        os.environ["NODE_OPTIONS"] = f"--max-old-space-size={_HEAP_MEGABYTES} --require {_LOADER}"
        with Azurite() as azurite:
            _load(azurite.connection_string)
            asyncio.run(_open_work(azurite.connection_string))
            return 1 if _report(azurite.connection_string) else 0


if __name__ == "__main__":
    sys.exit(main())
