"""Jobs, locks and pauses on the command line, as an operator reads them. Changes nothing."""

from collections.abc import Mapping
from typing import Any

from shared.cli.rows import cell, in_columns, in_lines


def jobs(answer: Mapping[str, Any]) -> str:
    """One line a job, in order of machine; `risk`: what people were told is in its way, with its deadline near."""
    return in_columns(
        ("state", "machine", "due", "risk", "lane", "attempts", "id", "reason"),
        (
            (
                each["state"],
                _last(each["machine"]),
                each["due"],
                each["atRisk"],
                each["lane"],
                each["attempts"],
                each["id"],
                each["reason"],
            )
            for each in answer["jobs"]
        ),
    )


def job(answer: Mapping[str, Any]) -> str:
    """One job with all that is known of it."""
    return "\n".join(in_lines(answer))


def semaphores(answer: Mapping[str, Any]) -> str:
    """One line a lock: who holds it with which token, who waits, and why nobody may start."""
    return in_columns(
        ("scope", "lane", "slots", "holders", "waiters", "halts"),
        map(_lock, answer["semaphores"]),
    )


def pauses(answer: Mapping[str, Any]) -> str:
    """One line a kill switch that is thrown."""
    if not answer["pauses"]:
        return "nothing is paused"
    columns = ("target", "by", "at", "reason")
    return in_columns(columns, ([each[name] for name in columns] for each in answer["pauses"]))


def explanation(answer: Mapping[str, Any]) -> str:
    """A machine's job, the locks it needs, and its whole trail."""
    trail = [
        f"{line['at']}  {line['event']:18} {line['by']:12} "
        + " ".join(f"{name}={cell(value)}" for name, value in line["detail"].items())
        for line in answer["trail"]
    ]
    return "\n".join([*in_lines(answer["job"]), "", semaphores(answer), "", *map(str.rstrip, trail)])


def _lock(each: Mapping[str, Any]) -> tuple[object, ...]:
    holders = [f"{one['job']}#{one['token']} until {one['expiresAt']}" for one in each["holders"]]
    halts = [
        f"{one['reason']} ({one['job']}{', others than ' + one['lane'] if one['lane'] else ''})"
        for one in each["halts"]
    ]
    waiters = [one["job"] for one in each["waiters"]]
    return each["scope"], each["lane"], each["slots"], holders, waiters, halts


def _last(machine: str) -> str:
    """A scale set's instance is told with its set, as its own name is a mere number."""
    parts = machine.split("/")
    return "/".join(parts[-3::2]) if "virtualmachinescalesets" in parts else parts[-1]
