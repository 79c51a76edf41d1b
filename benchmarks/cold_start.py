"""`python -m benchmarks.cold_start [--runs N] [--package FILE]`.

How long a fresh Python takes to import the app.

Compares the deployment package with the same package without bytecode, with the same app and every
SDK imported (what lazy imports save), and with azure.functions alone, which every app needs. All
are run in rotation, several times, and their medians are compared. Trust the ratios of one run; the
seconds depend on the machine. It measures imports only: not the platform's allocation of an
instance, nor the host's start.
"""

# ruff: noqa: T201 - a benchmark prints

import argparse
import os
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from toolchain.package import SITE_PACKAGES, build
from toolchain.prepare.places import HERE

_PATH = f"import sys; sys.path[:0] = ['{SITE_PACKAGES}', '.']; "
_EVERY_SDK = (
    "import azure.data.tables.aio, azure.identity.aio, azure.mgmt.compute.aio, "
    "azure.servicebus.aio, aiohttp"
)

#: what is measured: which copy of the package, and what is imported there
CASES = {
    "azure.functions alone": ("with bytecode", "import azure.functions"),
    "the app": ("with bytecode", "import function_app"),
    "the app and every SDK together": ("with bytecode", f"import function_app; {_EVERY_SDK}"),
    "the app, no bytecode": ("without bytecode", "import function_app"),
    "the app and every SDK, no bytecode": (
        "without bytecode",
        f"import function_app; {_EVERY_SDK}",
    ),
}
BASELINE = "azure.functions alone"


def unpack(package: Path, folder: Path) -> dict[str, Path]:
    """The package as deployed, and once more without its bytecode."""
    copies = {name: folder / name for name in ("with bytecode", "without bytecode")}
    for copy in copies.values():
        with zipfile.ZipFile(package) as archive:
            archive.extractall(copy)
    for bytecode in copies["without bytecode"].rglob("*.pyc"):
        bytecode.unlink()
    return copies


def measure(copies: Mapping[str, Path], runs: int) -> dict[str, list[float]]:
    """Seconds of each case and run, the interpreter's own start included.

    The first round warms the disk and is dropped.
    """
    seconds: dict[str, list[float]] = {case: [] for case in CASES}
    for _ in range(runs + 1):
        for case, (copy, imports) in CASES.items():
            seconds[case].append(_time(copies[copy], imports))
    return {case: taken[1:] for case, taken in seconds.items()}


def _time(folder: Path, imports: str) -> float:
    command = [sys.executable, "-S", "-E", "-B", "-c", _PATH + imports]
    started = time.perf_counter()
    # The command is our own.
    subprocess.run(command, cwd=folder, check=True, env={"PATH": os.environ["PATH"]})  # noqa: S603
    return time.perf_counter() - started


def table(seconds: Mapping[str, Sequence[float]]) -> list[str]:
    """One line for each case: median, quickest, and how many times the baseline."""
    baseline = statistics.median(seconds[BASELINE])
    lines = [f"{'import':36} {'median':>9} {'quickest':>9} {'x baseline':>11}"]
    for case, taken in seconds.items():
        median = statistics.median(taken)
        lines.append(
            f"{case:36} {median * 1000:6.0f} ms {min(taken) * 1000:6.0f} ms "
            f"{median / baseline:11.2f}"
        )
    return lines


def savings(seconds: Mapping[str, Sequence[float]]) -> list[str]:
    """What lazy imports and shipped bytecode save, as ratios of medians."""
    median = {case: statistics.median(taken) for case, taken in seconds.items()}
    lazy = median["the app and every SDK together"] / median["the app"]
    bytecode = median["the app, no bytecode"] / median["the app"]
    return [
        f"lazy imports: {lazy:.1f} times quicker",
        f"shipped bytecode: {bytecode:.1f} times quicker",
    ]


def main(arguments: Sequence[str]) -> int:
    """Print package size and table; exit code 0."""
    parser = argparse.ArgumentParser(prog="benchmarks.cold_start", description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument(
        "--package", type=Path, help="one that was built; without it, one is built now"
    )
    options = parser.parse_args(arguments)
    with TemporaryDirectory() as place:
        package = options.package or build(HERE, Path(place) / "forestall.zip")
        copies = unpack(package, Path(place))
        size = sum(
            file.stat().st_size for file in copies["with bytecode"].rglob("*") if file.is_file()
        )
        print(
            f"package: {package.stat().st_size / 1e6:.1f} MB packed, {size / 1e6:.1f} MB unpacked"
        )
        seconds = measure(copies, options.runs)
        print("\n".join([*table(seconds), *savings(seconds)]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
