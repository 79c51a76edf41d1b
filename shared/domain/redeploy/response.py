"""Azure's response to a call, and what it means for the job.

What responses mean in themselves: `machine.arm_responses`. Pure.
"""

from dataclasses import replace
from datetime import datetime

from shared.domain import reasons
from shared.domain.job.decision import Decision, Locks, defer, recheck
from shared.domain.job.job import Job
from shared.domain.job.states import Event
from shared.domain.machine.arm_responses import ArmResponse, ResponseMeaning, classify, remedy_of
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.next_look import first_look


def on_response(job: Job, response: ArmResponse, policy: Policy, now: datetime) -> Decision:
    """What a response to performMaintenance means for the job that called."""
    classification = classify(response)
    again = now + policy.timing.recheck_interval
    match classification.meaning:
        case ResponseMeaning.ACCEPTED:
            return _accepted(job, response, policy, now)
        case ResponseMeaning.OUTCOME_UNKNOWN:
            # It stays ADMITTED: the next step reads from the machine what happened to the call.
            return recheck(reasons.response_lost(response), now + policy.timing.poll_interval)
        case ResponseMeaning.RETRY:
            return defer(reasons.throttled(response), now + classification.retry_after)
        case ResponseMeaning.NO_CAPACITY:
            until = now + policy.timing.no_capacity_wait
            return defer(reasons.no_capacity(response), until, not_before=until)
        case (
            ResponseMeaning.READ_AGAIN
            | ResponseMeaning.FORBIDDEN
            | ResponseMeaning.BLOCKED
            | ResponseMeaning.NOT_FOUND
        ):
            return _refused(classification.meaning, response, again)
        case ResponseMeaning.NOT_ELIGIBLE:
            return Decision(
                event=Event.REFUSED,
                reason=reasons.not_eligible(response),
                locks=Locks.RETURN_UNUSED,
                notify="call.not_eligible",
                attempt_counts=False,  # nothing was started
            )
        case ResponseMeaning.UNKNOWN:
            reason = reasons.unknown_response(response)
            return Decision(event=Event.PARKED, reason=reason, notify="job.parked")


def _refused(meaning: ResponseMeaning, response: ArmResponse, again: datetime) -> Decision:
    """Nothing was started. The job asks ever more rarely while the refusal stays the same."""
    notify: str | None = None
    match meaning:
        case ResponseMeaning.FORBIDDEN:
            reason, notify = reasons.forbidden(response), "call.forbidden"
        case ResponseMeaning.BLOCKED:
            reason, notify = reasons.blocked(remedy_of(response), response), "call.blocked"
        case ResponseMeaning.NOT_FOUND:
            # Whether it was deleted, the machine's own resource tells at the next step, and no
            # answer to a call.
            reason = reasons.nothing_started(response)
        case _:
            reason = reasons.refused_for_now(response)
    return replace(defer(reason, again, backs_off=True), notify=notify)


def _accepted(job: Job, response: ArmResponse, policy: Policy, now: datetime) -> Decision:
    return Decision(
        event=Event.ACCEPTED,
        reason=reasons.ACCEPTED,
        at=first_look(policy, now, response.retry_after),
        changes={
            "operation": response.operation,
            "started_at": job.started_at or now,
            "lost_calls": 0,
        },
    )
