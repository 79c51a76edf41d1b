"""Explore the models one after the other, and print how many states each has."""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.simulation.model.explore import Explored, explore
from tests.simulation.model.states import Bounds

#: name, bounds: each within a minute or two on one core
MODELS: dict[str, Bounds] = {
    "three machines, two lanes, two workers": Bounds(lanes=("a", "a", "b"), workers=2),
    "a cool-down between the lanes": Bounds(lanes=("a", "a", "b"), workers=2, cools_down=True),
    "two slots": Bounds(lanes=("a", "a", "b"), workers=2, slots=2),
    "three lanes": Bounds(lanes=("a", "b", "c"), workers=2),
    "a cap over all": Bounds(lanes=("a", "b"), workers=2, cap=1),
    "two crashes, expiry and recovery": Bounds(
        lanes=("a", "b"), workers=2, crashes=2, expires=True
    ),
    "a crash with an operator": Bounds(
        lanes=("a", "b"), workers=2, crashes=1, expires=True, cancels=True
    ),
    "three workers": Bounds(lanes=("a", "b"), workers=3),
    "a cap, a crash and recovery": Bounds(
        lanes=("a", "b"), workers=2, cap=1, crashes=1, expires=True
    ),
}


def main(arguments: list[str] | None = None) -> int:
    """0: every model is sound; 1: not, and the path that shows it is printed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.model", description=__doc__)
    parser.add_argument("--only", help="part of a model's name")
    parser.add_argument("--result", type=Path, help="write the figures to this file as JSON")
    options = parser.parse_args(arguments)
    results = {
        name: _explore_and_report(name, bounds)
        for name, bounds in MODELS.items()
        if (options.only or "") in name
    }
    if options.result:
        figures = {name: asdict(result) for name, result in results.items()}
        options.result.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0 if all(result.is_sound for result in results.values()) else 1


def _explore_and_report(name: str, bounds: Bounds) -> Explored:
    began = time.perf_counter()
    result = explore(bounds)
    seconds = time.perf_counter() - began
    status = (
        "sound" if result.is_sound else result.violation or f"{result.stuck} states lead nowhere"
    )
    sys.stdout.write(
        f"{name}: {result.states} states, {result.transitions} moves, {seconds:.1f} s: {status}\n"
    )
    for step in result.path:
        sys.stdout.write(f"    {step}\n")
    sys.stdout.flush()
    return result


if __name__ == "__main__":
    sys.exit(main())
