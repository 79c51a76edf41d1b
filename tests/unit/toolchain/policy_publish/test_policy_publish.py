"""Policy files as one version: what the container takes is what the app reads."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.domain.policy.files.load import load_policy
from shared.domain.policy.files.published import read_published
from tests.unit.domain.policy.files.samples import PLATFORM, owner
from toolchain.policy_publish.__main__ import main

NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)


def arguments(folder: Path, *files: tuple[str, str]) -> list[str]:
    paths = []
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")
        paths.append(str(folder / name))
    return [*paths, "--by", "ada", "--out", str(folder / "versions")]


def test_a_version_is_read_as_the_files_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crm = owner("    limits: { cool_down: 1h }\n").text
    given = arguments(tmp_path, ("forestall.yaml", PLATFORM), ("crm.yaml", crm))

    assert main(given, NOW) == 0
    (path,) = (tmp_path / "versions").iterdir()
    version = read_published(path.read_bytes())
    policy = load_policy(version.files, NOW)
    assert (version.by, version.published_at) == ("ada", NOW)
    assert path.name == f"20261201T100000Z-{getattr(policy, 'version', None)}.json"
    shown = capsys.readouterr().out
    assert "1 groups, no problems" in shown
    assert f"--name {path.name}" in shown


def test_files_that_are_no_policy_are_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crm = owner("    limits: { slots: 9 }\n").text
    given = arguments(tmp_path, ("forestall.yaml", PLATFORM), ("crm.yaml", crm))

    assert main(given, NOW) == 1
    assert "1 problems" in capsys.readouterr().out
    assert not (tmp_path / "versions").exists()


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "no.yaml"), "--by", "ada"], NOW) == 1
    assert "no.yaml: it cannot be read" in capsys.readouterr().out
