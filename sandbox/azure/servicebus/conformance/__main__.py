"""python -m sandbox.azure.servicebus.conformance: prepare, run, judge.

The exit status is the verdict.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sandbox.azure.servicebus.conformance.environment import DEFAULT_FOLDER, SDK_VERSION, prepare
from sandbox.azure.servicebus.conformance.expectations import compare, load_expectations
from sandbox.azure.servicebus.conformance.run import SUITES, run_tests

_NOT_AS_EXPECTED, _NO_RUN = 1, 2
_QUICK_TESTS = Path(__file__).resolve().parent / "quick.txt"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if every test has its expected outcome, 1 if not, 2 if the tests could not run."""
    options = _options(arguments)
    began = time.monotonic()
    try:
        environment = prepare(options.folder)
        outcomes = run_tests(environment, options.folder, _tests(options), options.processes)
    except (subprocess.CalledProcessError, OSError, RuntimeError) as bad:
        print(
            f"The live tests of azure-servicebus {SDK_VERSION} could not be run: {bad}",
            file=sys.stderr,
        )
        return _NO_RUN
    result = compare(
        outcomes, load_expectations(), whole_suite=not (options.quick or options.tests)
    )
    print(
        "\n"
        f"Live tests of azure-servicebus {SDK_VERSION} against the stand-in, "
        f"{time.monotonic() - began:.0f} s:"
    )
    print(result)
    return 0 if result.is_as_expected else _NOT_AS_EXPECTED


def _tests(options: argparse.Namespace) -> list[str]:
    if options.tests:
        return list(options.tests)
    return _QUICK_TESTS.read_text(encoding="utf-8").split() if options.quick else list(SUITES)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.azure.servicebus.conformance",
        description=(
            "Microsoft's own live tests of azure-servicebus against the stand-in for Service Bus."
        ),
    )
    parser.add_argument("tests", nargs="*", help="files or test names as for pytest (default: all)")
    parser.add_argument(
        "--quick", action="store_true", help="only the tests of quick.txt, about a minute"
    )
    parser.add_argument(
        "--processes",
        type=int,
        default=8,
        help="concurrent processes; they mostly wait (default: 8)",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=DEFAULT_FOLDER,
        help="where the tests and their Python are kept",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
