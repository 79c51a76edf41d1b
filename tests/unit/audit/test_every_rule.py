"""A clean log has no violation under a full policy; one corruption for each rule breaks that rule.

The rules come from the policy's text, as an audit of a report reads them.
"""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import msgspec
import pytest

from sandbox.audit import checks
from sandbox.audit.auditor import CHECKS, FORESTALL, audit
from sandbox.audit.region_pairs import REGIONS, paired_with
from sandbox.audit.rules import read_rules
from shared.domain.machine import region_pairs
from tests.unit.audit.logs import COLLEAGUE, Log

POLICY: dict[str, Any] = {
    "timing": {
        "expected_duration": "PT20S",
        "bake_time": "PT10S",
        "grace_period": "PT10S",
        "operation_timeout": "PT60S",
        "verify_timeout": "PT20S",
    },
    "error_budgets": {"group": {"failures": 1}, "subscription": {"failures": 2}},
    "limits": {
        "slots": 1,
        "cool_down": "PT20S",
        "spacing": "PT5S",
        "per_zone": 2,
        "per_region": 3,
        "per_subscription": 5,
        "total": 6,
        "max_attempts": 2,
    },
    "canary": {"machines": 1, "soak": "PT60S"},
}
#: a place for each machine, so that only one rule keeps two of them apart
ALONE: dict[str, Any] = {"placement": None, "location": "swedencentral", "subscription": "s9"}


def clean() -> Log:
    """A set with its canary first, and machines with tags, zones and regions."""
    log = Log(closes=3000)
    log.load("canary", 0, tags={"Forestall-Canary": "On"})
    log.load("a", 0)
    log.load("b", 1)
    log.load("off", None, **ALONE | {"tags": {"forestall": "off"}})
    for name in ("g1", "g2"):
        log.load(name, None, **ALONE | {"subscription": "s2", "tags": {"forestall-group": "Db"}})
    for name, zone in (("z1", "1"), ("z2", "2")):
        log.load(name, None, **ALONE | {"subscription": "s3", "zone": zone})
    for name, location in (("r1", "UK South"), ("r2", "ukwest"), ("r3", "uksouth")):
        log.load(name, None, **ALONE | {"subscription": "s4", "location": location})
    log.load("refused", None, **ALONE | {"subscription": "s5", "eligible": False})
    log.load("lands", None, **ALONE | {"subscription": "s6"})
    for name in ("p1", "p2", "p3"):
        log.load(name, None, **ALONE | {"subscription": "s7"})
    log.move(10, "canary")
    log.move(90, "a")
    log.move(200, "b")
    log.move(300, "g1")
    log.move(400, "g2")
    log.move(500, "z1")
    log.move(600, "z2")
    log.move(700, "r1")
    log.move(800, "r2")
    log.move(900, "r3")
    log.move(920, "p1")
    log.move(930, "p2")
    log.move(960, "p3")
    log.read(1000, "refused")
    not_eligible = "The subscription of this VM is not eligible."
    log.call(1000.1, "refused", accepted=False, message=not_eligible)
    return log


def broken(log: Log, policy: dict[str, Any] = POLICY) -> set[str]:
    """Which modules find a violation."""
    history, rules = log.history(), read_rules(msgspec.json.encode(policy))
    found = {
        each.__name__.rpartition(".")[2]
        for each in CHECKS
        if list(each.violations(history, rules, FORESTALL))
    }
    assert bool(found) is bool(audit(history, rules))
    return found


def shifted(log: Log, name: str, by: float) -> None:
    """Everything of a machine's redeploy at another time."""
    machine = f"/{name}"
    log.entries = [
        (
            seconds + by if str(entry["machine"]).endswith(machine) and seconds > 5 else seconds,
            entry,
        )
        for seconds, entry in log.entries
    ]


def changed(log: Log, name: str, event: str, **more: Any) -> None:
    for _, entry in log.entries:
        if str(entry["machine"]).endswith(f"/{name}") and entry["event"] == event:
            entry.update(more)


def called_twice(log: Log) -> None:
    log.read(1100, "refused")
    log.call(1100.1, "refused", accepted=False)


def moved_twice(log: Log) -> None:
    log.move(1200, "lands")
    log.call(1300, "lands")


def never_back(*names: str) -> Callable[[Log], object]:
    """Machines whose agents are never ready again, and a last call 100 s after their own."""

    def corrupt(log: Log) -> None:
        log.entries = [
            each
            for each in log.entries
            if not (
                each[1]["event"] == "agent.ready"
                and str(each[1]["machine"]).endswith(tuple(f"/{name}" for name in names))
            )
        ]
        shifted(log, "p3", 100)
        shifted(log, "g2", 10)

    return corrupt


def without_reading(log: Log) -> None:
    log.entries = [
        each
        for each in log.entries
        if not (each[1]["event"] == "instance_view.read" and str(each[1]["machine"]).endswith("/a"))
    ]


CORRUPTIONS: list[tuple[str, str, Callable[[Log], object]]] = [
    ("bake time and cool-down", "one_lane", lambda log: shifted(log, "b", -83)),
    ("bake time of the same domain", "one_lane", lambda log: shifted(log, "a", -77)),
    ("a group by tag", "one_lane", lambda log: shifted(log, "g2", -91)),
    ("a group's spacing", "spacing", lambda log: shifted(log, "g2", -98)),
    ("two zones", "zones_and_regions", lambda log: shifted(log, "z2", -80)),
    ("a region pair", "zones_and_regions", lambda log: shifted(log, "r2", -80)),
    ("a pair written with a blank", "zones_and_regions", lambda log: shifted(log, "r3", -80)),
    ("the canary's soak", "canary", lambda log: shifted(log, "a", -40)),
    ("the tagged canary", "canary", lambda log: shifted(log, "canary", 140)),
    ("an opt-out", "opt_out", lambda log: log.move(1500, "off")),
    ("the verb", "verb", lambda log: changed(log, "a", "redeploy.requested", verb="redeploy")),
    ("called again where refused", "refused_before", called_twice),
    ("called again in the wave", "once_per_wave", moved_twice),
    ("the error budget of a group", "error_budget", never_back("g1")),
    ("the error budget of a placement", "error_budget", never_back("canary")),
    ("the error budget of a subscription", "error_budget", never_back("p1", "p2")),
    ("no reading", "fresh_instance_view", without_reading),
    ("after the phase", "in_window", lambda log: shifted(log, "r3", 2500)),
]


def test_the_clean_log_is_clean() -> None:
    assert broken(clean()) == set()


@pytest.mark.parametrize(
    ("rule", "corrupt"),
    [each[1:] for each in CORRUPTIONS],
    ids=[each[0] for each in CORRUPTIONS],
)
def test_one_corruption_breaks_its_rule(rule: str, corrupt: Callable[[Log], object]) -> None:
    log = clean()
    corrupt(log)

    assert rule in broken(log)


def test_the_auditor_asks_every_module_with_a_rule() -> None:
    modules = [
        import_module(f"{checks.__name__}.{each.name}") for each in iter_modules(checks.__path__)
    ]

    assert {each for each in modules if hasattr(each, "violations")} == set(CHECKS)


def test_every_rule_has_a_corruption() -> None:
    assert {each[1] for each in CORRUPTIONS} == {
        each.__name__.rpartition(".")[2] for each in CHECKS
    }


@pytest.mark.parametrize(
    ("part", "rule", "corrupt"),
    [
        ({"timing": {"bake_time": "PT0S"}}, "one_lane", lambda log: shifted(log, "a", -77)),
        ({"limits": {"spacing": "PT0S"}}, "spacing", lambda log: shifted(log, "g2", -98)),
        ({"canary": {"machines": 0}}, "canary", lambda log: shifted(log, "a", -40)),
        ({"limits": {"per_zone": None}}, "zones_and_regions", lambda log: shifted(log, "z2", -80)),
        (
            {"limits": {"per_region": None}},
            "zones_and_regions",
            lambda log: shifted(log, "r2", -80),
        ),
        ({"error_budgets": {"subscription": {"failures": 3}}}, "error_budget",
         never_back("p1", "p2")),
        ({"timing": {"operation_timeout": "PT9M"}}, "error_budget", never_back("g1")),
        ({"tags": {"control": "mine"}}, "opt_out", lambda log: log.move(1500, "off")),
        ({"tags": {"group": "mine"}}, "spacing", lambda log: shifted(log, "g2", -98)),
    ],
)  # fmt: skip
def test_a_rule_that_the_policy_leaves_out_is_not_judged(
    part: dict[str, Any], rule: str, corrupt: Callable[[Log], object]
) -> None:
    log = clean()
    corrupt(log)
    policy = {key: {**POLICY.get(key, {}), **part.get(key, {})} for key in (*POLICY, *part)}

    assert rule not in broken(log, policy)


def test_the_error_budget_counts_machines_that_are_down_and_no_others() -> None:
    assert "error_budget" not in broken(_with(never_back("p1")))
    assert "error_budget" in broken(_with(never_back("p1", "p2")))
    # Their owner has taken one of them, so it is not down by our doing any more.
    log = _with(never_back("p1", "p2"))
    log.write(950, "machine.changed", "p1", by="azure", change="deleted")
    assert "error_budget" not in broken(log)


def test_a_share_of_the_machines_is_a_budget_too() -> None:
    share: dict[str, Any] = {"error_budgets": {"subscription": {"percent": 60}}}
    assert "error_budget" in broken(_with(never_back("p1", "p2")), POLICY | share)
    assert "error_budget" not in broken(_with(never_back("p1")), POLICY | share)


def _with(corrupt: Callable[[Log], object]) -> Log:
    log = clean()
    corrupt(log)
    return log


def test_what_others_do_is_not_held_against_us() -> None:
    log = clean()
    log.read(1500, "off", by=COLLEAGUE)
    log.call(1500.1, "off", by=COLLEAGUE, verb="redeploy")

    assert broken(log) == set()


def test_the_auditor_pairs_the_same_regions_as_the_app() -> None:
    assert set(REGIONS) == {region for pair in region_pairs._PAIRED for region in pair}
    for region in REGIONS:
        assert paired_with(region) == region_pairs.paired_with(region)
