"""Notifies operators of a job, through the queue of the notifications."""

from shared.domain.job.job import Job
from shared.domain.messages import Notification
from shared.usecases.app import App


async def notify(app: App, kind: str, job: Job, text: str) -> None:
    """Notify operators of a job."""
    await app.queues.send_notification(
        Notification(kind=kind, subject=job.id, text=f"{job.machine}: {text}")
    )
