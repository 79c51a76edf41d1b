"""The table of costs is what the counts give, and the counts are what a run shows."""

import json
import re
from pathlib import Path

import pytest

from benchmarks.monthly_cost import (
    COUNTS,
    PRICES,
    SIZES,
    costs,
    measured,
    private_network,
    quantities,
    table,
)
from tests.infra.deployments import ROOT

LOG = """
INFO [host    ] Executing function=scan_one id=aaaaaaaa-1 reason='New message on scans'
INFO [aaaaaaaa] subscription.scanned subscription=s machines=10 new_jobs=1
INFO [host    ] Executed function=scan_one id=aaaaaaaa-1 result=Succeeded duration_ms=500
INFO [host    ] Executing function=redeploy_step id=bbbbbbbb-1 reason='New message on redeploys'
INFO [host    ] Executed function=redeploy_step id=bbbbbbbb-1 result=Succeeded duration_ms=200
INFO [host    ] Executing function=redeploy_step id=cccccccc-1 reason='New message on redeploys'
INFO [cccccccc] job.verifying subject=j
INFO [host    ] Executed function=redeploy_step id=cccccccc-1 result=Succeeded duration_ms=400
"""


def run(folder: Path, log: str = LOG, maintained: int = 1) -> Path:
    (folder / "logs").mkdir()
    (folder / "logs/app.log").write_text(log, encoding="utf-8")
    figures = {"maintained": maintained, "instance_view_reads": 13}
    (folder / "report.json").write_text(json.dumps({"figures": figures}), encoding="utf-8")
    return folder


def counts() -> dict[str, float]:
    found: dict[str, float] = json.loads(COUNTS.read_text(encoding="utf-8"))
    return found


def test_the_page_has_the_table_that_the_counts_give() -> None:
    page = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    shown = page.partition("<!-- monthly_cost -->\n")[2].partition("\n<!-- /monthly_cost -->")[0]
    assert shown == table(counts())
    assert f"adds ${private_network():,.0f} a month" in page


def test_counts_are_taken_from_a_run(tmp_path: Path) -> None:
    assert measured(run(tmp_path)) == {
        "machines maintained": 1,
        "scans": 1,
        "machines scanned": 10,
        "seconds of a scan for a machine": 0.05,
        "instance views of a wave for a machine": 3,
        "steps of a wave for a machine": 2,
        "seconds of a step": 0.3,
        "lines of the log for a scan": 3,
        "lines of the log for a step": 2.5,
    }


def test_a_run_that_maintained_nothing_is_no_measure(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="run the demo to its end"):
        measured(run(tmp_path, maintained=0))


def test_more_machines_never_cost_less() -> None:
    paid = [sum(costs(quantities(size, counts())).values()) for size in SIZES]
    assert paid == sorted(paid)


def test_what_is_free_is_free() -> None:
    nothing = dict.fromkeys(quantities(100, counts()), 0.0)
    assert sum(costs(nothing).values()) == pytest.approx(
        PRICES["service_bus_base"] + PRICES["alert_rules"]
    )
    over = nothing | {"GB of logs": PRICES["logs_free_gb"] + 1}
    assert costs(over)["logs"] == pytest.approx(PRICES["logs_gb"])


def test_the_assumptions_on_the_page_are_those_of_the_table() -> None:
    page = " ".join((ROOT / "docs/deploy.md").read_text(encoding="utf-8").split())
    assert re.search(
        r"a scan every 15 minutes, 100 machines per subscription, two waves a year", page
    )
    seconds = counts()["seconds of a scan for a machine"]
    assert f"{seconds:.3f} s of an instance" in page
