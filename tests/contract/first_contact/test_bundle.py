"""The app's own readers over a bundle that somebody recorded: BUNDLE names the file.

Without it the test reads a bundle of the simulator.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from forestall_cli.contact.exchanges import Bundle, read
from forestall_cli.contact.seen import Seen
from sandbox.azure.arm.pytest_plugin import StartArm
from shared.adapters.azure.instance_view_json import read_instance_view
from shared.domain.machine.machine import MachineId
from tests.contract.arm.fleets import quick_fleet
from tests.contract.first_contact.conftest import Contact


def bundle(start_arm: StartArm, contact: Contact) -> Bundle:
    given = os.environ.get("BUNDLE")
    return read(Path(given)) if given else contact.run(start_arm(quick_fleet()))


def test_every_own_view_can_be_read(start_arm: StartArm, contact: Contact) -> None:
    views: dict[str, Any] = Seen(bundle(start_arm, contact)).own_views()
    assert views
    for machine, view in views.items():
        seen = read_instance_view(MachineId(machine), view, datetime(2026, 12, 1, tzinfo=UTC))
        shown = view.get("maintenanceRedeployStatus") is not None
        assert (seen.maintenance is not None) is shown
