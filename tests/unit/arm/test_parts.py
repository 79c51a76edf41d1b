"""The small parts: ids, times, routes, faults, tokens, the event log."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.azure.arm.event_log import EventLog
from sandbox.azure.arm.faults import Fault, FaultKind, Faults, RequestGroup, parse_fault
from sandbox.azure.arm.http.routes import Match, NoMatch
from sandbox.azure.arm.http.table import TABLE
from sandbox.azure.arm.identities import InvalidToken, issue, may, verify
from sandbox.azure.arm.shapes.times import in_seconds, precise
from sandbox.azure.fleets.fleet import COLLEAGUE, FORESTALL, Identity
from sandbox.azure.fleets.ids import parse_id
from sandbox.azure.fleets.times import Range, When
from tests.unit.arm.fleets import GROUP, START, UNIFORM
from tests.unit.arm.simulator_setup import dice


def test_an_id_is_taken_apart_in_its_own_casing() -> None:
    parsed = parse_id(f"{UNIFORM}/virtualMachines/7")
    assert (parsed.resource_group, parsed.name, parsed.parent_name) == ("RG-Shop", "7", "front")
    assert parsed.kind == "virtualmachinescalesets/virtualmachines"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/subscriptions/s",
        f"{GROUP}/virtualMachines",
        f"{GROUP}/virtualMachines//x/",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/x",
    ],
)
def test_what_is_no_compute_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no Compute resource id"):
        parse_id(text)


@pytest.mark.parametrize(
    "text", ["PT35M", "P35D", "P1DT2H3M4.5S", "PT0.8S", "PT0S", "2026-12-01T08:00:00Z"]
)
def test_a_time_is_written_as_it_was_read(text: str) -> None:
    assert str(When.parse(text)) == text


@pytest.mark.parametrize("text", ["35 minutes", "", "2026-12-01", "-PT5S", "2026-12-01T08:00:00"])
def test_an_unclear_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"neither a length|no time zone|negative"):
        When.parse(text)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers())
def test_a_drawn_length_lies_in_its_range(low: int, more: int, seed: int) -> None:
    chosen = Range(timedelta(seconds=low), timedelta(seconds=low + more))
    assert chosen.shortest <= chosen.draw(dice(seed)) <= chosen.longest


def test_azures_times_have_seven_digits_and_an_offset() -> None:
    moment = datetime(2026, 12, 1, 8, 0, 0, 251707, tzinfo=UTC)
    assert precise(moment) == "2026-12-01T08:00:00.2517075+00:00"
    assert in_seconds(moment) == "2026-12-01T08:00:00+00:00"


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        (
            "GET",
            "/subscriptions/s/providers/Microsoft.Compute/virtualMachines",
            "Microsoft.Compute/virtualMachines/read",
        ),
        (
            "POST",
            f"{GROUP}/VIRTUALMACHINES/x/performmaintenance",
            "Microsoft.Compute/virtualMachines/performMaintenance/action",
        ),
        (
            "POST",
            f"{UNIFORM}/virtualmachines/0/redeploy",
            "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/redeploy/action",
        ),
        (
            "GET",
            f"{UNIFORM}/virtualMachines/0/instanceView",
            "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read",
        ),
    ],
)
def test_a_path_leads_to_its_permission(method: str, path: str, action: str) -> None:
    match = TABLE.find(method, path)
    assert isinstance(match, Match)
    assert match.route.action == action


def test_a_known_path_with_another_method_names_the_right_one() -> None:
    assert TABLE.find("DELETE", f"{GROUP}/virtualMachines/x") == NoMatch(methods=frozenset({"GET"}))


def test_a_counted_fault_goes_off_by_itself() -> None:
    faults = Faults([Fault(kind=FaultKind.LATENCY, times=2)], dice())
    triggered = [
        faults.trigger(FaultKind.LATENCY, RequestGroup.LISTS) is not None for _ in range(3)
    ]
    assert triggered == [True, True, False]


def test_a_fault_strikes_with_its_chance() -> None:
    faults = Faults([Fault(kind=FaultKind.LATENCY, chance=0.25)], dice())
    triggered = sum(
        faults.trigger(FaultKind.LATENCY, RequestGroup.LISTS) is not None for _ in range(1000)
    )
    assert 200 < triggered < 300


def test_faults_are_switched_off_by_kind_or_all() -> None:
    faults = Faults([Fault(kind=FaultKind.LATENCY), Fault(kind=FaultKind.LOST_RESPONSE)], dice())
    assert faults.switch_off(FaultKind.LATENCY) == 1
    assert faults.trigger(FaultKind.LATENCY, RequestGroup.LISTS) is None
    assert faults.switch_off(None) == 1


def test_a_fault_is_read_from_the_command_line() -> None:
    fault = parse_fault("server-error:status=502,on=actions,times=3,chance=0.5")
    assert fault == Fault(
        kind=FaultKind.SERVER_ERROR, status=502, on=RequestGroup.ACTIONS, times=3, chance=0.5
    )


@pytest.mark.parametrize(
    "text",
    [
        "earthquake",
        "latency:sconds=3",
        "latency:seconds",
        "server-error:status=418",
        "latency:chance=2",
        "throttle-compute:body=round",
    ],
)
def test_a_wrong_fault_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="example"):
        parse_fault(text)


def test_a_token_names_its_identity_until_it_expires() -> None:
    token = issue(COLLEAGUE, "https://management.azure.com", START)
    identities = (FORESTALL, COLLEAGUE)
    assert verify(token.text, identities, START) == COLLEAGUE
    assert verify(token.text, identities, token.expires) is InvalidToken.EXPIRED
    assert verify(token.text, (FORESTALL,), START) is InvalidToken.INVALID
    assert verify(token.text[:-2] + "xx", identities, START) is InvalidToken.INVALID


@pytest.mark.parametrize("text", ["", "a.b.c", "....", "ä.ö.ü"])
def test_what_is_no_token_of_ours_names_nobody(text: str) -> None:
    assert verify(text, (FORESTALL,), START) is InvalidToken.INVALID


def test_an_action_is_covered_as_role_definitions_cover_it() -> None:
    reader = Identity(
        name="r", client_id="r", actions=("*/read", "Microsoft.Compute/*/performMaintenance/action")
    )
    assert may(reader, "microsoft.compute/virtualMachines/instanceView/read")
    assert may(
        reader,
        "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/performMaintenance/action",
    )
    assert not may(reader, "Microsoft.Compute/virtualMachines/redeploy/action")


def test_the_log_writes_one_json_object_a_line_and_starts_anew(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("of the last run\n", encoding="utf-8")
    log = EventLog(file)
    for number in range(3):
        log.write({"event": "x", "number": number, "name": "Zürich\n"})
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [line["number"] for line in lines] == [0, 1, 2]
    assert log.after(1) == lines[1:]
    log.close()
    log.close()
