"""Several things need a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sandbox.azure.fleets.fleet import Outcome
from sandbox.demo.live.responses import Job, Semaphore
from sandbox.demo.scenes.fleets import DATA, SHOP, alone, fleet_of, set_of
from sandbox.demo.scenes.policies import owner_file, platform_file
from sandbox.demo.scenes.scene import Scene, SceneName


def trouble(now: datetime) -> Scene:
    """A machine does not come back, and another one's operation never ends."""
    return Scene(
        name=SceneName.TROUBLE,
        shows="One redeploy has failed, so its set is halted. Another one's operation never ends, "
        "so its job is parked. A group waits for its change window, and a machine is left alone.",
        fleet=fleet_of(
            "trouble",
            set_of("shop-web", 9, 3, outcomes={0: (Outcome.NEVER_STARTS,)}),
            set_of("shop-app", 10, 5),
            set_of("data-sql", 6, 3, subscription=DATA, outcomes={0: (Outcome.HANGS,)}),
            set_of("erp-app", 4, 2, tags={"app": "erp"}),
            alone("vm-tools-build", tags={"forestall": "off"}),
            self_service=timedelta(days=10),
        ),
        files={
            "forestall.yaml": platform_file(timedelta(seconds=45)),
            "erp.yaml": owner_file("erp", now),
        },
        alerted=SHOP,
        is_there=_is_there,
        tries=(
            "status",
            "why vm-shop-web-01",
            "why vm-data-sql-00",
            "locks",
            "machines --state left-alone",
            "notices",
        ),
    )


def _is_there(jobs: Sequence[Job], semaphores: Sequence[Semaphore]) -> bool:
    return (
        any(job.state == "parked" for job in jobs)
        and any(job.state == "failed" for job in jobs)
        and any(each.halts for each in semaphores)
        and any(job.state == "succeeded" for job in jobs)
        and any("erp" in job.machine and job.waits for job in jobs)
    )
