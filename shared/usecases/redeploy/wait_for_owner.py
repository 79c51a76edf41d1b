"""Whose subscription it is, asked right before a call: another installation only observes."""

from shared.domain import reasons
from shared.domain.job.decision import Decision, defer
from shared.domain.job.job import Job
from shared.domain.subscriptions.owner import other_owner
from shared.telemetry import log_warning
from shared.usecases.app import App


async def wait_for_owner(app: App, job: Job) -> Decision | None:
    """Why the job waits; None: the tag names this installation, or there is none.

    The tags are read now. Raises AzureUnavailable where they cannot be read: nothing starts then.
    """
    owner = other_owner(await app.azure.subscription_tags(job.subscription), app.installation)
    if owner is None:
        return None
    log_warning(
        "subscription.other_installation",
        subscription=job.subscription,
        owner=owner,
        installation=app.installation,
    )
    again = app.now() + app.policy_of(job).timing.recheck_interval
    return defer(reasons.other_installation(owner), again, backs_off=True)
