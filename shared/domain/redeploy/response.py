"""Azure's response to a call, and what it means for the job. What responses mean in themselves: `machine.arm_responses`. Pure."""

from dataclasses import replace
from datetime import datetime

from shared.domain.job.decision import Decision, Locks, look_again, put_off
from shared.domain.job.job import Job
from shared.domain.job.states import Event
from shared.domain.machine.arm_responses import Answer, Meaning, classify
from shared.domain.policy.policy import Policy


def on_response(job: Job, answer: Answer, policy: Policy, now: datetime) -> Decision:
    """What a response to performMaintenance means for the job that called."""
    verdict = classify(answer)
    again = now + policy.pace.recheck_every
    match verdict.meaning:
        case Meaning.ACCEPTED:
            return _accepted(job, answer, policy, now)
        case Meaning.LOST:
            # It stays ADMITTED: the next step asks the machine what became of the call.
            return look_again(f"the answer was lost: {answer}", now + policy.pace.poll_every)
        case Meaning.RETRY:
            return put_off(f"Azure asks to wait: {answer}", now + verdict.wait)
        case Meaning.NO_ROOM:
            until = now + policy.pace.no_room
            return put_off(f"Azure has no room for it: {answer}", until, not_before=until)
        case Meaning.REREAD:
            return put_off(f"Azure refuses for now: {answer}", again)
        case Meaning.FORBIDDEN:
            forbidden = put_off(f"our identity lacks the permission: {answer}", again)
            return replace(forbidden, notify="call.forbidden")
        case Meaning.NOT_ELIGIBLE:
            return Decision(
                event=Event.REFUSED,
                reason=f"not eligible: {answer}",
                locks=Locks.RETURN_UNUSED,
            )
        case Meaning.NOT_FOUND:
            # Whether it was deleted, the machine's own resource tells at the next step, and no answer to a call.
            return put_off(f"Azure did not find the machine, and started nothing: {answer}", again)
        case Meaning.UNKNOWN:
            reason = f"an answer that nobody has seen yet: {answer}"
            return Decision(event=Event.PARKED, reason=reason, notify="job.parked")


def _accepted(job: Job, answer: Answer, policy: Policy, now: datetime) -> Decision:
    return Decision(
        event=Event.ACCEPTED,
        reason="Azure accepted the call",
        at=now + policy.pace.poll_every,
        changes={"operation": answer.operation, "started_at": job.started_at or now, "lost": 0},
    )
