"""The campaign's command line, and what it says when a campaign could not be run."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import __main__ as command
from tests.chaos.campaign import CampaignOutcome
from tests.chaos.options import Options, read_options


@pytest.mark.parametrize(
    "arguments", [["--kills", "0"], ["--workers", "none"], ["--minutes", "-1"], ["--nonsense"]]
)
def test_options_that_make_no_sense_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_options(arguments)
    assert ended.value.code == 2
    assert "error" in capsys.readouterr().err


@pytest.mark.parametrize(("broken", "code"), [([], 0), (["1 messages left in scans"], 1)])
def test_the_exit_code_and_the_document_say_whether_everything_held(
    broken: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play(_options: Options, _tell: Any) -> CampaignOutcome:
        return CampaignOutcome(
            broken_guarantees=broken, figures={"kills": 8, "hand_over_seconds": {"p50": 1.5}}
        )

    monkeypatch.setattr(command, "run", play)
    assert command.main(["--out", str(tmp_path)]) == code
    document = json.loads((tmp_path / "chaos.json").read_text())
    assert document == {
        "ok": not broken,
        "broken_guarantees": broken,
        "figures": {"kills": 8, "hand_over_seconds": {"p50": 1.5}},
    }


def test_a_campaign_that_cannot_be_run_says_why_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(_options: Options, _tell: Any) -> CampaignOutcome:
        inner = ExceptionGroup("of a task group", [OSError("the disk is full")])
        raise ExceptionGroup("of another", [inner])

    monkeypatch.setattr(command, "run", fail)
    assert command.main(["--out", str(tmp_path)]) == command.NOT_RUN
    assert "the disk is full" in capsys.readouterr().out
