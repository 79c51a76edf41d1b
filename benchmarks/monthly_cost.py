"""`python -m benchmarks.monthly_cost [--measure FOLDER]`.

What an installation costs a month, from counts and list prices.

The counts are those of a real run of the demo: how often each function ran and how long, how much
was read and logged. They are kept in monthly_cost.json; `--measure out` takes them again from the
folder that `make run` wrote. What a run cannot tell (how often there is maintenance, how many
machines share a subscription) is an assumption, and named. It asks no price of anybody: PRICES are
list prices in US dollars, to be checked on Azure's price pages before use.
"""

# ruff: noqa: T201 - a benchmark prints

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COUNTS = Path(__file__).with_suffix(".json")
SIZES = (100, 1_000, 10_000, 100_000)

#: List prices, US dollars, pay as you go, in an inexpensive region; noted in November 2026. Each
#: from price guides and memory, not from an invoice: UNCONFIRMED(prices).
PRICES = {
    "functions_gb_second": 0.000026,
    "functions_free_gb_seconds": 100_000,
    "functions_million_executions": 0.40,
    "functions_free_executions": 250_000,
    "service_bus_base": 9.81,
    "service_bus_free_operations": 13_000_000,
    "service_bus_million_operations": 0.80,
    "service_bus_premium_unit": 677.0,
    "storage_million_table_operations": 0.036,
    "storage_gb": 0.056,
    "logs_gb": 2.30,
    "logs_free_gb": 5,
    "alert_rules": 3 * 0.50 + 3 * 0.10,
    "private_endpoints": 3 * 7.30,
    "nat_gateway_and_address": 32.85 + 3.65,
}

#: what no run can tell
ASSUMED = {
    "minutes between two scans": 15,
    "machines of one subscription": 100,
    "waves that reach a machine in a year": 2,
    "GB of memory of an instance": 2,
    "bytes billed for a line of the log": 1_000,
    "operations of Service Bus for a message": 3,
    "operations of Service Bus while idle, a month": 300_000,
    "table operations of a step": 12,
    "table operations of a recovery, without pages": 4,
    "jobs kept for a machine": 2,
    "KB stored for a machine": 10,
}
_HOURS = 730
_RECOVERIES = _HOURS * 12
#: the rows of one page of Table Storage
_PAGE = 1_000
#: of Flex Consumption, for each time that an instance works
_SHORTEST_BILLED = 1.0
_WHOLE = (
    "machines moved",
    "reads of Resource Manager",
    "executions",
    "GB-seconds",
    "Service Bus operations",
    "table operations",
)


def measured(folder: Path) -> dict[str, float]:
    """What one machine costs in a scan and in a wave, from a run's log and report.

    Raises ValueError for another folder.
    """
    log = (folder / "logs/app.log").read_text(encoding="utf-8")
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    ran = re.findall(r"Executed function=(\w+) .*duration_ms=(\d+)", log)
    scanned = sum(int(each) for each in re.findall(r"subscription\.scanned .*machines=(\d+)", log))
    maintained = report["figures"]["maintained"]
    if not scanned or not maintained:
        raise ValueError(
            f"{folder} shows no scan, or no machine that was maintained: run the demo to its end"
        )
    scans = [int(duration) / 1000 for function, duration in ran if function == "scan_one"]
    steps = [int(duration) / 1000 for function, duration in ran if function == "redeploy_step"]
    lines = _lines_by_function(log)
    return {
        "machines maintained": maintained,
        "scans": len(scans),
        "machines scanned": scanned,
        "seconds of a scan for a machine": round(sum(scans) / scanned, 4),
        "instance views of a wave for a machine": round(
            (report["figures"]["instance_view_reads"] - scanned) / maintained, 2
        ),
        "steps of a wave for a machine": round(len(steps) / maintained, 2),
        "seconds of a step": round(sum(steps) / len(steps), 4),
        "lines of the log for a scan": round(lines["scan_one"] / len(scans), 2),
        "lines of the log for a step": round(lines["redeploy_step"] / len(steps), 2),
    }


def _lines_by_function(log: str) -> dict[str, int]:
    """Lines of each function's invocations.

    The host's own two, and what the function said in between.
    """
    started = dict(re.findall(r"Executing function=(\w+) id=(\w{8})", log))
    of_invocation = {
        prefix: function
        for function, prefix in re.findall(r"Executing function=(\w+) id=(\w{8})", log)
    }
    counts = dict.fromkeys(started, 0)
    for line in log.splitlines():
        mention = re.search(r"(?:\[|id=)(\w{8})", line)
        if mention and mention[1] in of_invocation:
            counts[of_invocation[mention[1]]] += 1
    return counts


def quantities(machines: int, counts: dict[str, float]) -> dict[str, float]:
    """What is used in a month."""
    scans_a_month = _HOURS * 60 / ASSUMED["minutes between two scans"]
    subscriptions = max(1, machines / ASSUMED["machines of one subscription"])
    scans = scans_a_month * subscriptions
    machine_reads = scans_a_month * machines
    moved = machines * ASSUMED["waves that reach a machine in a year"] / 12
    steps = moved * counts["steps of a wave for a machine"]
    timers = scans_a_month * (1 + ASSUMED["minutes between two scans"] / 5)
    seconds = machine_reads * counts["seconds of a scan for a machine"] + steps * max(
        _SHORTEST_BILLED, counts["seconds of a step"]
    )
    # Recovery goes through the jobs twice, for late ones and for waiting ones, and once through the
    # locks.
    pages = machines * (2 * ASSUMED["jobs kept for a machine"] + 1) / _PAGE
    recoveries = _RECOVERIES * (ASSUMED["table operations of a recovery, without pages"] + pages)
    lines = (
        scans * counts["lines of the log for a scan"]
        + steps * counts["lines of the log for a step"]
    )
    return {
        "machines moved": moved,
        "reads of Resource Manager": machine_reads
        + moved * counts["instance views of a wave for a machine"],
        "executions": scans + steps + timers,
        "GB-seconds": (seconds + timers) * ASSUMED["GB of memory of an instance"],
        "Service Bus operations": (scans + steps)
        * ASSUMED["operations of Service Bus for a message"]
        + ASSUMED["operations of Service Bus while idle, a month"],
        "table operations": machine_reads
        + steps * ASSUMED["table operations of a step"]
        + recoveries,
        "GB of logs": (lines + 2 * timers) * ASSUMED["bytes billed for a line of the log"] / 1e9,
        "GB of tables": machines * ASSUMED["KB stored for a machine"] / 1e6,
    }


def costs(used: dict[str, float]) -> dict[str, float]:
    """US dollars a month, by what they are for."""
    functions = (
        _beyond(used["GB-seconds"], "functions_free_gb_seconds") * PRICES["functions_gb_second"]
        + _beyond(used["executions"], "functions_free_executions")
        / 1e6
        * PRICES["functions_million_executions"]
    )
    operations = _beyond(used["Service Bus operations"], "service_bus_free_operations")
    return {
        "Functions": functions,
        "Service Bus": PRICES["service_bus_base"]
        + operations / 1e6 * PRICES["service_bus_million_operations"],
        "storage": used["table operations"] / 1e6 * PRICES["storage_million_table_operations"]
        + used["GB of tables"] * PRICES["storage_gb"],
        "logs": _beyond(used["GB of logs"], "logs_free_gb") * PRICES["logs_gb"],
        "alerts": PRICES["alert_rules"],
    }


def _beyond(quantity: float, free: str) -> float:
    return max(0.0, quantity - PRICES[free])


def private_network() -> float:
    """The additional cost of a private network, at any size.

    Premium instead of Standard, endpoints, a way out.
    """
    premium = PRICES["service_bus_premium_unit"] - PRICES["service_bus_base"]
    return premium + PRICES["private_endpoints"] + PRICES["nat_gateway_and_address"]


def table(counts: dict[str, float]) -> str:
    """The table of docs/deploy.md, in Markdown."""
    used = [quantities(size, counts) for size in SIZES]
    paid = [costs(each) for each in used]
    return "\n".join(
        [
            _row("machines", [f"{size:,}" for size in SIZES]),
            _row("---", ["---:"] * len(SIZES)),
            *(_row(name, [f"{each[name]:,.0f}" for each in used]) for name in _WHOLE),
            _row("GB of logs", [f"{each['GB of logs']:.2f}" for each in used]),
            *(_row(f"{name}, $", [f"{each[name]:,.2f}" for each in paid]) for name in paid[0]),
            _row("**a month, $**", [f"**{sum(each.values()):,.0f}**" for each in paid]),
        ]
    )


def _row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(cells)} |"


def main(arguments: Sequence[str]) -> int:
    """Print counts, assumptions and table.

    Exit code 0, or 2 where the folder is no finished run's.
    """
    parser = argparse.ArgumentParser(prog="benchmarks.monthly_cost", description=__doc__)
    parser.add_argument(
        "--measure",
        type=Path,
        metavar="FOLDER",
        help="take the counts again from a run of the demo",
    )
    folder: Path | None = parser.parse_args(arguments).measure
    if folder is not None:
        try:
            COUNTS.write_text(json.dumps(measured(folder), indent=2) + "\n", encoding="utf-8")
        except (OSError, ValueError, KeyError) as fault:
            print(f"monthly_cost: {fault}", file=sys.stderr)
            return 2
    counts: dict[str, Any] = json.loads(COUNTS.read_text(encoding="utf-8"))
    for name, value in (*counts.items(), *ASSUMED.items()):
        print(f"{name:48} {value}" + (" (assumed)" if name in ASSUMED else ""))
    print(f"\n{table(counts)}\n\na private network costs ${private_network():,.0f} a month more")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
