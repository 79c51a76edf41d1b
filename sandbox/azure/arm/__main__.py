"""Starts the simulator from the command line.

    python -m sandbox.azure.arm --fleet FILE --port N --events FILE [--seed N]
                                [--fault KIND[:key=value,...]] [--wave all] [--hold]

Exit code 0 after SIGTERM, SIGINT or POST /sim/stop, 2 for input that cannot be used.
docs/sandbox/arm.md tells more.
"""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from sandbox.azure.arm.faults import parse_fault
from sandbox.azure.arm.serving import serving
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.load import load, paths_of
from sandbox.azure.fleets.recorded.fleets import Waves

UNUSABLE_INPUT = 2
LARGEST_PORT = 65535


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.azure.arm",
        description="Azure's planned maintenance, rehearsable on 127.0.0.1.",
    )
    parser.add_argument(
        "--fleet",
        nargs="+",
        required=True,
        metavar="PATH",
        help="fleet file, or what az, PowerShell and the REST API printed: files and folders",
    )
    parser.add_argument(
        "--wave",
        choices=[one.value for one in Waves],
        default=Waves.AS_RECORDED.value,
        help="which machines of Azure's output a wave reaches (default: those it was recorded for)",
    )
    parser.add_argument(
        "--port", type=_port, default=0, help="0 (default): any free port, printed at the start"
    )
    parser.add_argument("--events", type=Path, help="event log to write (an old one is replaced)")
    parser.add_argument(
        "--seed", type=int, default=0, help="the same seed plays the same durations and chances"
    )
    parser.add_argument(
        "--fault", action="append", default=[], help="e.g. latency:seconds=0.2 (repeatable)"
    )
    parser.add_argument("--hold", action="store_true", help="launch no wave before POST /sim/begin")
    parser.add_argument("--identity-header", help="secret that /msi/token asks for (default: any)")
    return parser.parse_args(given)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LARGEST_PORT:
        message = f"{text!r} is no port (0 to {LARGEST_PORT})"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def main(given: list[str] | None = None) -> int:
    """Run until told to stop; returns the exit code. `given` None means the command line."""
    arguments = _arguments(given)
    try:
        simulator = Simulator(
            load(*paths_of(arguments.fleet), waves=Waves(arguments.wave)),
            seed=arguments.seed,
            events=arguments.events,
            faults=[parse_fault(text) for text in arguments.fault],
            identity_header=arguments.identity_header,
            hold=arguments.hold,
        )
        asyncio.run(_run(simulator, arguments.port))
    except (FleetError, ValueError, OSError) as error:
        print(f"sandbox.azure.arm: {error}", file=sys.stderr)
        return UNUSABLE_INPUT
    return 0


async def _run(simulator: Simulator, port: int) -> None:
    async with serving(simulator, port) as server:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stopped.set)
        print(_greeting(server.base_url, simulator), flush=True)
        await server.stopped.wait()


def _greeting(base_url: str, simulator: Simulator) -> str:
    """One line that names the URL, then what the user should know."""
    loaded = simulator.log.after(0)[0]
    lines = [
        (
            f"{base_url} plays {simulator.fleet.name}: {loaded['machines']} machines, "
            f"{loaded['eligible']} eligible"
        )
    ]
    lines += [f"note: {note}" for note in simulator.fleet.notes]
    if not loaded["eligible"]:
        lines.append(
            f"note: nothing can be moved in this rehearsal: {_reasons(loaded['not_eligible'])}"
        )
    return "\n".join(lines)


def _reasons(counts: object) -> str:
    """Why no machine is eligible, and what may help."""
    reasons = counts if isinstance(counts, dict) else {}
    told = ", ".join(f"{reason} ({count})" for reason, count in reasons.items())
    can_help = any("phase is over" in reason or "no wave" in reason for reason in reasons)
    return (
        f"{told}; --wave all puts running machines into a wave that begins now"
        if can_help
        else told
    )


if __name__ == "__main__":
    sys.exit(main())
