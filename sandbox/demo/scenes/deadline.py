"""The time does not suffice for all machines."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sandbox.demo.live.responses import Job, Semaphore
from sandbox.demo.scenes.fleets import SHOP, fleet_of, set_of
from sandbox.demo.scenes.policies import owner_file, platform_file
from sandbox.demo.scenes.scene import Scene, SceneName


def deadline(now: datetime) -> Scene:
    """The phase closes in half an hour, and before a group's window opens."""
    return Scene(
        name=SceneName.DEADLINE,
        shows="The self-service phase closes in half an hour. One set does not fit, and the "
        "change window of one group opens too late.",
        fleet=fleet_of(
            "deadline",
            set_of("shop-app", 12, 6),
            set_of("erp-app", 4, 2, tags={"app": "erp"}),
            self_service=timedelta(minutes=30),
        ),
        files={
            "forestall.yaml": platform_file(timedelta(minutes=10)),
            "erp.yaml": owner_file("erp", now),
        },
        alerted=SHOP,
        is_there=_is_there,
        tries=("plan", "status", "why vm-erp-app-00", "explain vm-shop-app-05"),
    )


def _is_there(jobs: Sequence[Job], _: Sequence[Semaphore]) -> bool:
    return any(job.state == "succeeded" for job in jobs) and any(
        "erp" in job.machine and job.waits for job in jobs
    )
