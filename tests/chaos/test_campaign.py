"""A short campaign, as `make chaos` plays long ones.

Hosts are killed and stopped, and every promise holds.
"""

import os
from pathlib import Path

import pytest

from sandbox.azure.azurite.installation import Installation
from sandbox.azure.azurite.pytest_plugin import refuse
from tests.chaos.campaign import run
from tests.chaos.options import Options


@pytest.mark.timeout(300)
async def test_hosts_that_are_killed_lose_no_job_and_repeat_no_redeploy(tmp_path: Path) -> None:
    missing = Installation().missing()
    if missing is not None:
        refuse(missing, in_ci=os.environ.get("CI") == "true")

    # Given a park of machines whose waves follow each other, and two hosts The seed draws a stop,
    # cuts, lost responses and kills at a call, a save and a lock among its first faults.
    options = Options(
        kills=8, workers=2, minutes=3.0, seed=3220, out=tmp_path, segments=1, longest_pause=2.0
    )

    # When hosts are killed, stopped and cut off until eight have died
    outcome = await run(options, lambda _line: None)

    # Then every machine of every wave was redeployed once, and nothing is left behind
    assert outcome.broken_guarantees == []
    assert outcome.figures["kills"] >= 8
    assert outcome.figures["accepted_calls"] == outcome.figures["machines_in_waves"] >= 9
    assert outcome.figures["double_redeploys"] == outcome.figures["violations"] == 0
