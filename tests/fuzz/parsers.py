"""`python -m tests.fuzz.parsers --inputs 1000000`.

Send mutated samples to every parser of untrusted input.

By atheris, guided by coverage, where it is installed (`make fuzz` brings it into an environment of
its own); otherwise by hypothesis. A failure, an input that takes longer than 5 s, or more than 1 GB
of memory ends it with an exit code.
"""

import argparse
import resource
import sys
import tempfile
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

LONGEST_INPUT = 64 * 1024
SECONDS_EACH = 5
MEGABYTES = 1024


def main() -> None:
    """Run the campaign and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=20261123)
    options = parser.parse_args()
    if find_spec("atheris") is not None:
        by_coverage(options.inputs, options.seed)
    else:
        by_hypothesis(options.inputs, options.seed)


def by_coverage(inputs: int, seed: int) -> None:
    """With libFuzzer's own limits; it prints its figures, and a failing input, by itself."""
    atheris = import_module("atheris")  # not everywhere, and without types

    with atheris.instrument_imports(include=["shared"]):
        # Must be imported under instrumentation.
        from tests.fuzz.targets import feed, seeds  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        for number, each in enumerate(seeds()):
            (Path(folder) / f"{number:05d}").write_bytes(each)
        limits = [
            f"-timeout={SECONDS_EACH}",
            f"-rss_limit_mb={MEGABYTES}",
            f"-max_len={LONGEST_INPUT}",
        ]
        atheris.Setup(
            [
                sys.argv[0],
                f"-runs={inputs}",
                f"-seed={seed}",
                "-print_final_stats=1",
                *limits,
                folder,
            ],
            feed,
        )
        atheris.Fuzz()


def by_hypothesis(inputs: int, seed: int) -> None:
    """Seeds with edits that hypothesis chooses.

    The slowest input and the memory at the end are measured.
    """
    # The other engine needs none of it.
    from hypothesis import HealthCheck, Phase, given, settings  # noqa: PLC0415
    from hypothesis import seed as seeded  # noqa: PLC0415 - as above

    from tests.fuzz.edits import edited_samples  # noqa: PLC0415 - as above
    from tests.fuzz.targets import feed  # noqa: PLC0415 - as above

    slowest = [0.0, 0.0]

    @seeded(seed)
    @settings(
        max_examples=inputs,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(edited_samples())
    def thrown(data: bytes) -> None:
        start = time.perf_counter()
        feed(data)
        slowest[0] = max(slowest[0], time.perf_counter() - start)
        slowest[1] += 1

    start = time.perf_counter()
    thrown()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = time.perf_counter() - start
    print(  # noqa: T201 - a command's output
        f"{slowest[1]:.0f} inputs in {seconds:.0f} s, none failed; "
        f"slowest {slowest[0] * 1000:.0f} ms; most memory {megabytes:.0f} MB"
    )
    if slowest[0] > SECONDS_EACH or megabytes > MEGABYTES:
        sys.exit("too slow, or too much memory")


if __name__ == "__main__":
    main()
