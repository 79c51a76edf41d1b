"""The reasons of jobs as operators read them, such as why a job waits, ended or is parked.

Clients and the runbook quote these texts. A test compares this file with docs/runbook.md: each text
here has a line there. Reasons that quote Azure or a health check have the quote at their end.
"""

from datetime import datetime, timedelta
from enum import StrEnum

# --- gates and change windows ---

PHASE_CLOSED = "the self-service phase has closed"
OBSERVE_MODE = "observe mode: would redeploy now"
NO_CAPACITY_BEFORE = "Azure had no capacity for it on another host"
OUTSIDE_CHANGE_WINDOW = "outside the change window"
CHANGE_WINDOW_CLOSED = "the change window has closed"
NO_CHANGE_WINDOW_FITS = "no change window is long enough"
NO_CHANGE_WINDOW_IN_TIME = "no change window opens before the self-service phase closes"


def attempts_exhausted(most: int) -> str:
    """`most`: limits.max_attempts."""
    return f"all {most} attempts are used up, and the machine is still scheduled"


def paused(target: object, by: str, why: str, until: str | None = None) -> str:
    """A pause is active; `why` is the reason of the operator `by`. `until`: when it ends."""
    end = "" if until is None else f" (until {until})"
    return f"paused ({target}) by {by}: {why}{end}"


def window_opened(until: str, by: str, why: str) -> str:
    """`why` is the reason of the operator `by`."""
    return f"it may start until {until}, outside of its windows too, by {by}: {why}"


def group_unknown(group: str) -> str:
    """The policy has no such group any more, and no scan has found the machine's new one."""
    return f"the policy has no group {group} any more, and the next scan finds the machine's group"


def no_policy(why: str) -> str:
    """No version of the policy can be read, so no rule is certain."""
    return f"no version of the policy can be read, so nothing new starts: {why}"


STATE_OF_0_1 = (
    "FORESTALL_TABLE_PREFIX: the tables have state of release 0.1, which this release cannot read."
    " Start with a new table prefix. The old tables stay as they are."
)


def state_lost(found: str) -> str:
    """Stored state was lost; `found` says what shows it. Nothing starts."""
    return f"stored state may be lost, so nothing starts until `forestall go-on`: {found}"


def rests_after_loss(until: str, by: str) -> str:
    """After `go-on` of the operator `by`, a start waits for what may be in flight unseen."""
    return f"what was in flight when state was lost may last until {until}; go-on by {by}"


MOVED_UNSEEN = (
    "stored state was lost, and the machine may have been redeployed in this wave already"
)


def waits_for_canary(machine: str, state: str) -> str:
    """A canary that its owner chose by tag has not ended."""
    return f"a canary goes first: {machine} is {state}"


def waits_for_tier(tier: str, machine: str, state: str) -> str:
    """A machine of an earlier tier of the group is not done; `state` is that of its job."""
    return f"an earlier tier goes first ({tier}): {machine} is {state}"


TIER_NOT_SCANNED = (
    "the first complete scan since it was planned is awaited, as it may find earlier tiers"
)
TIER_UNREADABLE = "a job cannot be read, so it may be of an earlier tier"

# --- the machine, right before the call ---

ANOTHER_OPERATION = "another operation on the machine is running"
SPEC_CHANGED = "the machine has changed since it was planned"
PLACEMENT_UNKNOWN = "Azure does not name its update domain or placement group now"
WORKER_DELAYED = "the worker was held up between claim and call"


def not_running(power: str) -> str:
    """The machine is stopped or deallocated."""
    return f"the machine is not running ({power})"


def not_ready(power: str, provisioning: str, agent: str) -> str:
    """The machine runs, but something of it is not ready."""
    return f"the machine is {power}, provisioning {provisioning}, agent {agent}"


def unhealthy_before_call(result: str) -> str:
    """The health check failed before the call."""
    return f"not healthy before anything was done: {result}"


def not_allowed_now(last_result: str, last_message: str) -> str:
    """The instance view does not allow the call; both texts are Azure's and may be empty."""
    said = f": {last_result} {last_message}".rstrip() if last_result else ""
    return f"Azure does not allow maintenance to be started now{said}"


def neighbour_not_found(machine: str) -> str:
    """The read of another machine of the placement got a 404."""
    return f"Azure does not find {machine} of the same placement now; it may be moving"


def neighbour_moves(machine: str) -> str:
    """Another machine of the placement moves, and no job of the app moves it."""
    return f"{machine} is being moved by someone else"


def neighbour_was_moved(machine: str) -> str:
    """The move has ended; its bake time, or the cool-down after it, has not."""
    return f"{machine} was moved by someone else; its bake time and the cool-down count"


MISSING_AGENT = (
    "its VM agent does not answer, so nothing would prove that it came back; "
    "repair the agent, or allow the kind no-agent by the machine's tag or the policy"
)

# --- a service that cannot be reached, and lost messages ---


def azure_unavailable(outage: object) -> str:
    """Azure Resource Manager is not reachable, or throttles reads."""
    return f"Azure cannot be asked: {outage}"


def store_unavailable(outage: object) -> str:
    """Table Storage or Service Bus is not reachable."""
    return f"a store cannot be asked: {outage}"


def messages_dead_lettered(times: int, reason: str) -> str:
    """The queue removed the messages of the job; the job is parked."""
    return f"its messages were given up {times} times in a row: {reason}"


# --- the wave and the machine's existence ---

DELETED = "the machine was deleted"
NOT_FOUND = (
    "Azure does not find the machine now; one such response does not prove that it was deleted"
)
NOT_SCHEDULED = "the machine is not scheduled for maintenance any more"
WAVE_MOVED = "Azure has moved the wave; the next scan plans the machine again"

# --- the response to the call ---

ACCEPTED = "Azure accepted the call"
WORKER_DIED = "the worker died before the call"
CALL_NEVER_ARRIVED = "the call never reached Azure"
CALL_COUNTS = "the call may have been accepted, and is counted"
OUTCOME_UNKNOWN = "not known whether the call was accepted"
ACCEPTED_AS_IT_MOVES = "the machine is being moved, so the call had been accepted"
ACCEPTED_AS_IT_IS_DONE = "the machine is not scheduled any more, so the call had been accepted"


def response_lost(response: object) -> str:
    """No response, or one that does not say whether the call was accepted."""
    return f"the response was lost: {response}"


def throttled(response: object) -> str:
    """Azure names a time to wait."""
    return f"Azure asks to wait: {response}"


def no_capacity(response: object) -> str:
    """An allocation failed."""
    return f"Azure has no capacity for it: {response}"


def refused_for_now(response: object) -> str:
    """A conflict, such as with another operation."""
    return f"Azure refuses for now: {response}"


def forbidden(response: object) -> str:
    """The app's identity may not call."""
    return f"our identity lacks the permission: {response}"


def blocked(remedy: str, response: object) -> str:
    """Azure refuses until somebody changes something; `remedy` says what."""
    return f"Azure refuses until somebody changes it ({remedy}): {response}"


def not_eligible(response: object) -> str:
    """Azure does not offer self-service maintenance for the machine."""
    return f"not eligible: {response}"


def nothing_started(response: object) -> str:
    """The call got a 404."""
    return f"Azure did not find the machine, and started nothing: {response}"


def unknown_response(response: object) -> str:
    """A response that the app does not know; the job is parked."""
    return f"an unknown response: {response}"


def outcome_unknown_and(state: str) -> str:
    """The grace period has ended, and the machine is not ready; the job is parked."""
    return f"{OUTCOME_UNKNOWN}, and {state}"


def lost_calls(times: int) -> str:
    """No call arrived; the job is parked."""
    return f"its call did not reach Azure {times} times in a row"


# --- the operation ---

MOVING = "the machine is being moved"
NOT_MOVING = "the machine is not moving any more"


def operation_ended(state: str, detail: str) -> str:
    """`state` and `detail` are Azure's."""
    return f"operation {state} {detail}".strip()


def operation_timeout(limit: timedelta) -> str:
    """`limit`: timing.operation_timeout; the job is parked."""
    return f"the operation has not ended within {limit}"


# --- verification ---

BAKE_TIME = "ready; bake time runs"
STATUS_LATE = "ready, but still shown as scheduled"
VERIFIED = "maintained, running and ready"


def still_scheduled(last_result: str) -> str:
    """The machine is ready, but Azure still wants to maintain it; `last_result` may be empty."""
    return f"ready, but still scheduled ({last_result or 'landed on another old host'})"


def verified_in_another_wave(wave: datetime) -> str:
    """The machine is ready, and its new host is maintained in another wave, named in UTC."""
    return f"ready, and now in the wave of {wave:%Y-%m-%d %H:%M} UTC"


def looks_without_attempt(looks: int, last: str | None) -> str:
    """The job is parked; `last` is the reason of its last round."""
    return f"{looks} looks led to no other attempt; the last one: {last}"


# --- why an ended job waits again ---

SUCCESS_DID_NOT_LAST = (
    "not converged: it had succeeded, and Azure shows its machine in the same wave again"
)
PHASE_OPEN_AGAIN = "it was missed, and Azure has opened its self-service phase again"
ATTEMPT_ALLOWED_AGAIN = "it had ended, and another attempt is allowed now"


def reopened(by: str, why: str) -> str:
    """`why` is the reason of the operator `by`."""
    return f"reopened by {by}: {why}"


# --- why leases cannot be released ---

OPERATION_RUNS = "its operation still runs in Azure"


def moving_now(power: str, provisioning: str) -> str:
    """The instance view shows a change."""
    return f"{MOVING} ({power}, provisioning {provisioning})"


def operation_unreadable(detail: str) -> str:
    """`detail` may be empty."""
    return f"its operation cannot be read: {detail}".rstrip(": ")


def call_unknown_until(known_at: datetime) -> str:
    """The grace period of a call has not ended."""
    return f"whether its call arrived is not known before {known_at:%H:%M:%S} UTC"


# --- why a job waits for a lock ---


class WaitReason(StrEnum):
    """Why a claim has to wait. The job's reason adds the scope before it and the holders after."""

    STALE_STEP = "a later step of the same job holds it"
    HALTED = "halted"
    CANARY = "a canary goes first, alone"
    SOAK = "soak time after the canary"
    OTHER_LANE = "another lane is in flight"
    FULL = "all slots are taken"
    COOL_DOWN = "cool-down after the last lane"
    SPACING = "minimum time between two machines"
    OTHERS = "someone else moved a machine of it; its bake time and the cool-down count"
    RAMP = (
        "others that were moved are not verified yet, and no more may be in flight until they are"
    )
    QUEUED = "others go first"
    UNREADABLE = "its row cannot be read, so it counts as held"


# --- why a machine gets no job, or loses it ---


def other_installation(owner: str) -> str:
    """The owner tag of the subscription names somebody else, or nobody."""
    return (
        f"the tag forestall-installation of its subscription says {owner!r}, which is not this"
        " installation, so this one only observes; change or remove the tag to let it act"
    )


UNWATCHED = "its subscription is not watched any more"
NO_MAINTENANCE = "no maintenance is planned"
COMPLETED = "Azure says that its maintenance is completed"
WAVE_UNKNOWN = (
    "Azure shows no time of the self-service phase, "
    "so its wave cannot be distinguished from the next"
)
NO_PLACEMENT_GROUP = (
    "Azure names no placement group for this instance of a Uniform scale set, so the machines that "
    "share its update domains are not known"
)


def kind_left_alone(words: str, tag: str, kinds: str) -> str:
    """`words` say what the machine is; the tag with the kinds, or the policy, allows it."""
    return f"{words}: the tag {tag}={kinds} or kinds.allow of the policy allows it"


def kind_forbidden(words: str, kinds: str) -> str:
    """The same where the policy lets no tag allow one of the kinds."""
    return f"{words}: only kinds.allow of the policy allows it ({kinds})"


def allow_tag_unknown(tag: str, value: object, known: str) -> str:
    """The tag names a word that is no kind, so it has no effect."""
    return f"tagged {tag}={value}, which is not understood and allows nothing: use {known}"


def allow_tag_refused(tag: str, value: object, kinds: str) -> str:
    """The policy lets no tag allow these kinds."""
    return f"tagged {tag}={value}, but the policy lets no tag allow {kinds}"


def tagged(tag: str, value: object) -> str:
    """The owner's tag excludes the machine."""
    return f"tagged {tag}={value}"


def tagged_unknown(tag: str, value: object, known: str) -> str:
    """The tag's value is unknown, so the machine is not touched."""
    return f"tagged {tag}={value}, which is not understood: use {known}"


def phase_not_open(phase: str) -> str:
    """`phase`: planned, scheduled or closed."""
    return f"the self-service phase is not open ({phase})"


def not_planned_while_off(power: str) -> str:
    """The machine is stopped or deallocated."""
    return f"not running ({power}): starting it may place it on an updated host"


def not_planned_while_refused(last_result: str) -> str:
    """The instance view does not allow maintenance; `last_result` may be empty."""
    return (
        f"Azure does not allow maintenance to be started now ({last_result or 'no reason given'})"
    )


# --- why a command is refused ---

CHANGED_MEANWHILE = "the job changed in the same moment; look again"
NO_LEASE = "the job is parked, and holds no lease"
STILL_LISTED = f"{NOT_FOUND}, and the subscription still lists it; try again in some minutes"


def cannot_retry(state: str) -> str:
    """Only a parked job can be retried."""
    return f"the job is {state}; only a parked one can be retried"


def cannot_release(state: str) -> str:
    """Only the leases of a parked job can be released."""
    return (
        f"the job is {state}; only the leases of a parked one can be released "
        "(a failed one holds none: its scope is halted; lift the halt)"
    )


def cannot_cancel(state: str) -> str:
    """Only a waiting or a parked job can be cancelled."""
    return f"the job is {state}; only a waiting or parked one can be cancelled"


def cannot_reopen(state: str) -> str:
    """Only an ended job can be reopened."""
    return f"the job is {state}; only an ended one can be reopened"


SUPERSEDED = (
    "the job ended before its first call; the next scan plans another job where the machine is "
    "still in the wave"
)


def another_wave(wave: datetime) -> str:
    """The machine is in another wave, named in UTC, whose job is another one."""
    return (
        f"the machine is in the wave of {wave:%Y-%m-%d %H:%M} UTC now, which has a job of its own"
    )


def no_attempt_left(most: int) -> str:
    """`most`: limits.max_attempts."""
    return f"all {most} attempts are used up; raise limits.max_attempts first"


UNREADABLE_JOB = "another job of the same machine cannot be read, so it may be in flight"


def another_job(job: str, state: str) -> str:
    """Only one job of a machine is open at a time."""
    return f"job {job} of the same machine is {state}; wait until it has ended, or cancel it"


def lease_held(scope: str) -> str:
    """A crash may have left the lease; recovery releases it."""
    return f"a lease of the machine in {scope} is held; recovery releases it within minutes"


def cannot_read(outage: object) -> str:
    """The check whether the machine moves cannot be made, which counts as "it moves"."""
    return f"the machine cannot be asked whether it moves: {outage}"


def moves(why: str) -> str:
    """`why`: the reason that the leases cannot be released."""
    return f"{why}; wait for it, or repeat the command without the check of the machine"
