"""What a run is made of before it starts, and when it is over: policy, settings, launches, end."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.events import read_events
from sandbox.audit.rules import Rules, read_rules
from sandbox.audit.windows import open_until
from sandbox.demo.command import policy_for
from sandbox.demo.end import End, Patience, end_of
from sandbox.demo.live.fleet_state import FleetState
from sandbox.demo.live.responses import Job
from sandbox.demo.options import GivenPolicy, read_options
from sandbox.demo.policy import rehearsal_policy
from sandbox.demo.report.document import report_on
from sandbox.demo.report.outcomes import Outcome
from sandbox.demo.settings import app_settings, bare_environment
from shared.domain.policy.parsing import read_policy
from shared.settings.settings import Settings
from tests.unit.audit.logs import Log, vm

NOW = datetime(
    2026, 11, 23, 18, 29, 30, tzinfo=UTC
)  # half a minute before midnight in the policy's zone


@given(
    st.datetimes(
        datetime(2026, 1, 1),  # noqa: DTZ001
        datetime(2027, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    st.integers(1, 1439),
)
def test_the_window_of_a_rehearsal_is_open_now_and_for_as_long_as_asked(
    now: datetime, minutes: int
) -> None:
    rules = read_rules(json.dumps(rehearsal_policy(now, timedelta(minutes=minutes))))
    closes = open_until(rules.change_windows, now)
    wanted = now + timedelta(minutes=min(minutes, 1439))
    assert closes is not None
    assert wanted - timedelta(seconds=1) <= closes <= wanted


def test_the_app_reads_the_policy_of_a_rehearsal_as_the_auditor_does() -> None:
    text = policy_for(read_options([], is_terminal=False), None, NOW).text
    policy, rules = read_policy(text), read_rules(text)
    opens = policy.change_windows.next_opening(NOW, policy.timing.expected_duration)
    assert opens == NOW
    assert policy.change_windows.fits(NOW, timedelta(minutes=9))
    assert not policy.change_windows.fits(NOW, timedelta(minutes=11))
    assert rules.limits.cool_down == policy.limits.cool_down


def test_a_served_rehearsal_is_open_for_a_day_and_a_users_policy_is_never_touched() -> None:
    served = read_options(["--serve"], is_terminal=False)
    rules = read_rules(policy_for(served, None, NOW).effective)
    assert open_until(rules.change_windows, NOW + timedelta(hours=23)) is not None
    own = GivenPolicy(text="{}", effective="{ }")
    assert policy_for(served, own, NOW) is own


def test_the_app_accepts_the_settings_of_a_rehearsal() -> None:
    settings = Settings.from_env(
        app_settings(
            storage="UseDevelopmentStorage=true",
            service_bus=(
                "Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=n;SharedAccessKey=k;"
                "UseDevelopmentEmulator=true;"
            ),
            arm="http://127.0.0.1:8181",
            identity_header="secret",
            policy=policy_for(read_options([], is_terminal=False), None, NOW).text,
        )
    )
    assert settings.mode.value == "act"
    assert settings.subscriptions == ()


def test_nothing_of_the_users_own_azure_reaches_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "AZURE_CLIENT_ID",
        "IDENTITY_ENDPOINT",
        "FORESTALL_ARM_ENDPOINT",
        "StateStorage",
        "ServiceBusConnection",
    ):
        monkeypatch.setenv(name, "the user's own")
    assert "the user's own" not in bare_environment().values()
    assert "PATH" in bare_environment()


def board(*, maintained: bool, in_flight: bool = False) -> FleetState:
    log = Log()
    log.load("a")
    log.load("b")
    log.move(10, "a")
    if maintained:
        log.move(20, "b")
    elif in_flight:
        log.call(20, "b")
    folded = FleetState()
    folded.apply(read_events(log.lines()))
    return folded


def jobs(*states: str) -> Sequence[Job]:
    names = ("a", "b")
    return [
        Job(id=state, machine=vm(name), state=state)
        for name, state in zip(names, states, strict=False)
    ]


@pytest.mark.parametrize(
    ("seen", "states", "quiet", "end"),
    [
        (board(maintained=True), ["succeeded", "succeeded"], 0.0, End.SETTLED),
        (board(maintained=True), ["succeeded", "verifying"], 9.0, None),
        (board(maintained=True), ["succeeded", "verifying"], 10.0, End.SETTLED),
        (board(maintained=False), ["succeeded", "deferred"], 100.0, None),
        (board(maintained=False), ["succeeded", "failed"], 14.0, None),
        (board(maintained=False), ["succeeded", "failed"], 15.0, End.STUCK),
        (board(maintained=False, in_flight=True), ["succeeded", "parked"], 15.0, None),
        (board(maintained=False), [], 44.0, None),
        (board(maintained=False), [], 45.0, End.STUCK),
        (FleetState(), [], 100.0, None),
    ],
)
def test_a_run_is_over_when_all_is_settled_or_nothing_will_move(
    seen: FleetState, states: list[str], quiet: float, end: End | None
) -> None:
    assert (
        end_of(seen, jobs(*states), elapsed=120, quiet=quiet, patience=Patience(limit=300)) is end
    )


def test_a_run_is_over_when_its_time_is_up() -> None:
    seen = board(maintained=False)
    assert end_of(seen, [], elapsed=300, quiet=0, patience=Patience(limit=300)) is End.TIME


def waiting(scope: str = "", reason: str = "", due: datetime | None = None) -> Job:
    return Job(id="j", machine=vm("b"), state="deferred", scope=scope, reason=reason, due=due)


LOCK = "avset:x: another lane is in flight; s1~vm-1 in ud:0"


@pytest.mark.parametrize(
    ("job", "halted", "quiet", "end"),
    [
        # behind its own scope's halt, and behind one that its reason names
        (waiting(scope="avset:x"), {"avset:x"}, 15, End.STUCK),
        (waiting(reason="group:s/g: halted"), {"group:s/g"}, 15, End.STUCK),
        (waiting(scope="avset:x"), {"avset:y"}, 15, None),
        # outside the change window until after the limit, and until before it
        (waiting(due=NOW + timedelta(hours=1)), (), 15, End.STUCK),
        (waiting(due=NOW + timedelta(minutes=4)), (), 200, None),
        # a lock wakes its waiter, not the clock; the cool-down has to end first
        (waiting(reason=LOCK, due=NOW + timedelta(days=9)), (), 34, None),
        (waiting(reason=LOCK), (), 35, End.STUCK),
    ],
)  # fmt: skip
def test_nothing_waits_for_the_limit_where_nothing_can_move(
    job: Job, halted: Collection[str], quiet: float, end: End | None
) -> None:
    patience = Patience(limit=300, between_starts=20, until=NOW + timedelta(minutes=5))
    seen = board(maintained=False)
    assert end_of(seen, [job], halted, elapsed=120, quiet=quiet, patience=patience) is end


def folded(log: Log) -> FleetState:
    state = FleetState()
    state.apply(read_events(log.lines()))
    return state


def test_a_wave_that_azure_moves_settles_nothing() -> None:
    log = Log()
    log.load("a")
    log.write(20, "maintenance.cancelled", "a", by="azure", wave="w", moved=True)
    (moved,) = report_on(log.history(), Rules(), app_identity=FORESTALL).machines
    assert not folded(log).is_settled
    assert moved.outcome is Outcome.NOT_ANNOUNCED

    log.announce("a", opens=30)
    assert [each.name for each in folded(log).unsettled] == ["a"]


def test_a_wave_that_azure_withdraws_settles_its_machines_until_another_comes() -> None:
    log = Log()
    log.load("a")
    log.write(20, "maintenance.cancelled", "a", by="azure", wave="w")
    assert folded(log).is_settled

    log.announce("a", opens=30)
    assert not folded(log).is_settled


@pytest.mark.parametrize("event", ["maintenance.closed", "maintenance.cleared"])
def test_what_azure_takes_out_of_the_phase_is_not_waited_for(event: str) -> None:
    log = Log()
    log.load("a")
    log.write(20, event, "a", by="azure", wave="w")
    patience = Patience(limit=300)

    assert end_of(folded(log), [], elapsed=60, quiet=15, patience=patience) is End.STUCK
