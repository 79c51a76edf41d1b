"""Zones and paired regions on hand-made logs.

For each bound one log that keeps it and one that breaks it.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.checks import zones_and_regions
from sandbox.audit.rules import Limits, Rules, Timing
from tests.unit.audit.logs import COLLEAGUE, Log


def sentences(log: Log, **limits: Any) -> Sequence[str]:
    usual: dict[str, Any] = {"cool_down": timedelta(seconds=5)}
    rules = Rules(limits=Limits(**(usual | limits)), timing=Timing(bake_time=timedelta(0)))
    return [each.sentence for each in zones_and_regions.violations(log.history(), rules, FORESTALL)]


def in_zones(*zones: str, location: str = "westeurope") -> Log:
    log = Log()
    for name, zone in zip("abc", zones, strict=False):
        log.load(name, None, placement=None, zone=zone, location=location)
    return log


def in_regions(*regions: str) -> Log:
    log = Log()
    for name, region in zip("abc", regions, strict=False):
        log.load(name, None, placement=None, location=region)
    return log


def test_two_zones_one_after_the_other_with_the_cool_down_between_are_clean() -> None:
    log = in_zones("1", "2")
    log.move(10, "a", takes=2)
    log.move(17, "b", takes=2)
    assert sentences(log) == []


def test_two_zones_in_flight_together_are_a_violation() -> None:
    log = in_zones("1", "2")
    log.move(10, "a", takes=4)
    log.move(13, "b", takes=4)
    assert sentences(log) == ["called in zone 2 while a of zone 1 was in flight"]
    assert sentences(log, per_zone=None) == []


def test_a_cool_down_between_two_zones_that_was_cut_short_is_a_violation() -> None:
    log = in_zones("1", "2")
    log.move(10, "a", takes=2)
    log.move(14, "b")
    assert sentences(log) == [
        "called in zone 2 2.000 s after a of zone 1 was back; the cool-down is 5 s"
    ]


def test_of_one_zone_no_more_than_its_limit_may_be_in_flight() -> None:
    log = in_zones("1", "1")
    log.move(10, "a", takes=4)
    log.move(12, "b", takes=4)
    assert sentences(log) == []
    assert sentences(log, per_zone=1) == ["1 in flight already in zone 1, where 1 are allowed"]


def test_zones_of_two_regions_do_not_take_turns() -> None:
    log = Log()
    log.load("a", None, placement=None, zone="1", location="eastus")
    log.load("b", None, placement=None, zone="2", location="swedencentral")
    log.move(10, "a", takes=4)
    log.move(12, "b", takes=4)
    assert sentences(log) == []


def test_paired_regions_take_turns_and_others_do_not() -> None:
    paired, strangers = (
        in_regions("westeurope", "northeurope"),
        in_regions("westeurope", "polandcentral"),
    )
    for log in (paired, strangers):
        log.move(10, "a", takes=4)
        log.move(12, "b", takes=4)
    assert sentences(paired) == ["called in northeurope while a of westeurope was in flight"]
    assert sentences(paired, per_region=None) == []
    assert sentences(strangers) == []


def test_what_others_start_in_another_zone_is_not_held_against_us() -> None:
    log = in_zones("1", "2")
    log.move(10, "a", takes=4, by=COLLEAGUE)
    log.move(12, "b", takes=4)
    assert sentences(log) == []
