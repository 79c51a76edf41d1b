"""How many requests scans send to Azure and to tables, counted on the wire. Never how long.

The ways of `make bench-scan`, on one subscription.
"""

from pathlib import Path

from benchmarks.scan.fleet import ONE_IN
from benchmarks.scan.services import services
from sandbox.azure.azurite.launcher import Azurite

MACHINES = 1_000
CANDIDATES = MACHINES // ONE_IN


def test_a_rescan_sends_few_requests_and_writes_little(azurite: Azurite, tmp_path: Path) -> None:
    with services(tmp_path, [MACHINES], azurite) as running:
        first, first_requests = running.run("ours, first listing", "First")
        running.run("prepare", "Prepared")
        again, requests = running.run("ours, rescan", "Prepared")

    assert first_requests == first.pages
    assert first_requests * 50 <= MACHINES
    assert again.pages == first.pages
    assert again.sweep_reads <= MACHINES / 24
    # pages, one for the subscription, and each machine of the wave
    assert requests - again.sweep_reads <= 1.02 * (again.pages + 1 + CANDIDATES)
    assert again.table_writes <= again.pages
