"""How each kind of notification reads in a message, and what a person does next. Pure.

A kind, such as `job.failed`, belongs to one event. A test compares the kinds here with those that
the code sends.
"""

from dataclasses import dataclass

from shared.domain.outbox.events import OutboxEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How one kind of notification reads, for one machine and for several."""

    event: OutboxEvent
    #: `{name}` is the short name of the machine or the thing
    one: str
    #: `{n}` is a number; empty where one notification speaks of all machines already
    many: str
    todo: str

    @property
    def is_collected(self) -> bool:
        """Whether operators get many of its notifications as one.

        A failure is reported immediately, for the error budget bounds how many there are. So is a
        notification that speaks of all machines already.
        """
        return bool(self.many) and self.event not in (OutboxEvent.FAILED, OutboxEvent.HALTED)


_FAILED = {
    "job.failed": Wording(
        event=OutboxEvent.FAILED,
        one="{name} did not come back",
        many="{n} machines did not come back",
        todo="Look at the machine in the portal and repair it. The others continue.",
    ),
    "scope.halted": Wording(
        event=OutboxEvent.HALTED,
        one="{name} did not come back, and its group is halted",
        many="{n} machines did not come back, and their groups are halted",
        todo="Look at the machine in the portal and repair it. Then type"
        " `forestall lift-halt SCOPE`. Until then nothing else of the scope starts.",
    ),
    "error_budget.exhausted": Wording(
        event=OutboxEvent.HALTED,
        one="The error budget is used up after {name}",
        many="The error budget is used up, after {n} machines",
        todo="Find the common cause. Then type `forestall resume TARGET`.",
    ),
    "state.lost": Wording(
        event=OutboxEvent.HALTED,
        one="Stored state may be lost, so nothing starts",
        many="",
        todo='Follow "Stored state was lost" in docs/runbook.md, then type `forestall go-on`.',
    ),
}

_DEADLINES = {
    "deadline.at_risk": Wording(
        event=OutboxEvent.AT_RISK,
        one="{name} may miss Azure's deadline",
        many="{n} machines may miss Azure's deadline",
        todo="Remove what blocks it, or leave the machine to Azure, which then restarts it.",
    ),
    "deadline.left_alone": Wording(
        event=OutboxEvent.AT_RISK,
        one="Azure soon restarts machines that are left alone",
        many="",
        todo="Change the rule that leaves them alone, or leave them to Azure.",
    ),
    "job.missed": Wording(
        event=OutboxEvent.MISSED,
        one="{name} was not moved in time",
        many="{n} machines were not moved in time",
        todo="Nothing: Azure restarts the machine in its scheduled phase. Widen the change windows"
        " for the next wave.",
    ),
    "job.attempts_exhausted": Wording(
        event=OutboxEvent.MISSED,
        one="{name} has used up its attempts",
        many="{n} machines have used up their attempts",
        todo="Raise `limits.max_attempts`, or leave the machine to Azure, which then restarts it.",
    ),
    "machine.azure_was_first": Wording(
        event=OutboxEvent.MISSED,
        one="Azure moved or restarted machines before a job did",
        many="",
        todo="Type `forestall explain MACHINE` to see why it waited.",
    ),
}

_ATTENTION = {
    "job.parked": Wording(
        event=OutboxEvent.ATTENTION,
        one="{name} is parked and waits for a person",
        many="{n} machines are parked and wait for a person",
        todo="Look at the machine in the portal. Then type `forestall retry JOB`.",
    ),
    "job.no_progress": Wording(
        event=OutboxEvent.ATTENTION,
        one="{name} makes no progress",
        many="{n} machines make no progress",
        todo="Find the reason in docs/runbook.md. The job still waits.",
    ),
    "job.reopened": Wording(
        event=OutboxEvent.ATTENTION,
        one="{name} is in the wave again after its redeploy",
        many="{n} machines are in the wave again after their redeploys",
        todo="Nothing: another attempt follows, if one is left.",
    ),
    "call.forbidden": Wording(
        event=OutboxEvent.ATTENTION,
        one="Forestall may not move {name}",
        many="Forestall may not move {n} machines",
        todo="Grant the app's identity the role that docs/runbook.md names.",
    ),
    "call.blocked": Wording(
        event=OutboxEvent.ATTENTION,
        one="Azure refuses to move {name} until somebody changes something",
        many="Azure refuses to move {n} machines until somebody changes something",
        todo="Do what the text says. Then the job continues automatically.",
    ),
    "call.not_eligible": Wording(
        event=OutboxEvent.ATTENTION,
        one="Azure does not offer self-service maintenance for {name}",
        many="Azure does not offer self-service maintenance for {n} machines",
        todo="Leave them to Azure, which restarts them in the scheduled phase, or ask Azure's"
        " support why. After a change type `forestall reopen JOB`.",
    ),
    "machine.deleted": Wording(
        event=OutboxEvent.ATTENTION,
        one="{name} was deleted after its redeploy started",
        many="{n} machines were deleted after their redeploys started",
        todo="Nothing, if somebody deleted it on purpose. The others continue.",
    ),
    "machine.hardware_deadline": Wording(
        event=OutboxEvent.ATTENTION,
        one="Azure reports failing hardware",
        many="",
        todo="Redeploy each machine yourself before its deadline: Forestall does not.",
    ),
    "scan.overdue": Wording(
        event=OutboxEvent.ATTENTION,
        one="Subscriptions have had no complete scan for too long",
        many="",
        todo="Remove the reason. `GET /api/v1/scans` shows all subscriptions.",
    ),
    "timer.silent": Wording(
        event=OutboxEvent.ATTENTION,
        one="Timers of the Functions host do not fire",
        many="",
        todo="Restart the function app. Until then messages do the timers' work.",
    ),
    "scan.unreadable": Wording(
        event=OutboxEvent.ATTENTION,
        one="Machines of the subscription {name} cannot be read",
        many="Machines of {n} subscriptions cannot be read",
        todo="Look at them in the portal. After a 403, give the app's identity its role back.",
    ),
    "target.broken": Wording(
        event=OutboxEvent.ATTENTION,
        one="{name} takes no messages",
        many="{n} targets take no messages",
        todo="Correct its address, or remove it. Then type `forestall test notify TARGET`.",
    ),
}

WORDINGS = {**_FAILED, **_DEADLINES, **_ATTENTION}

#: of a kind that an older or newer version of the app sent
_OTHER = Wording(
    event=OutboxEvent.ATTENTION,
    one="{name} needs a person",
    many="{n} notifications of one kind need a person",
    todo="Look at `forestall explain MACHINE`, which says what to do.",
)


def wording_of(kind: str) -> Wording:
    """How a kind of notification reads. A kind that is not known here needs a person."""
    return WORDINGS.get(kind, _OTHER)
