"""A small tenant is scanned through queues and tables, and a process is killed meanwhile.

`make bench-tenant` does the same with 100 subscriptions and 100,000 machines.
"""

from pathlib import Path

from benchmarks.tenant.play import play
from sandbox.azure.azurite.launcher import Azurite


def test_every_machine_of_a_wave_is_planned_once_though_a_process_is_killed(
    azurite: Azurite, tmp_path: Path
) -> None:
    played = play(tmp_path, [300, 50, 50, 50, 50, 50, 50, 0], patience=120, azurite=azurite)

    assert played.complete == played.subscriptions == 8
    assert played.machines == 600
    assert played.complete_at_kill >= 0
    assert len(played.in_wave) == 12
    assert played.planned.keys() == played.in_wave
    assert played.is_right
