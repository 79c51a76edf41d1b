"""All is well, and a wave is half done."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sandbox.demo.live.responses import Job, Semaphore
from sandbox.demo.scenes.fleets import DATA, SHOP, fleet_of, set_of
from sandbox.demo.scenes.policies import owner_file, platform_file
from sandbox.demo.scenes.scene import Scene, SceneName


def calm(now: datetime) -> Scene:
    """Two sets are in progress, and a group waits for its change window."""
    return Scene(
        name=SceneName.CALM,
        shows="A wave is in progress as planned: some machines are done, and one group waits for "
        "its change window.",
        fleet=fleet_of(
            "calm",
            set_of("shop-app", 10, 5),
            set_of("data-sql", 6, 3, subscription=DATA),
            set_of("erp-app", 4, 2, tags={"app": "erp"}),
            self_service=timedelta(days=10),
        ),
        files={
            "forestall.yaml": platform_file(timedelta(seconds=45)),
            "erp.yaml": owner_file("erp", now),
        },
        alerted=SHOP,
        is_there=_is_there,
        tries=("status", "plan", "waves", "why vm-erp-app-00", "watch"),
    )


_DONE = 2


def _is_there(jobs: Sequence[Job], _: Sequence[Semaphore]) -> bool:
    done = sum(job.state == "succeeded" for job in jobs)
    return done >= _DONE and any("erp" in job.machine and job.waits for job in jobs)
