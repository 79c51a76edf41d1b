"""What a release publishes: all files, the same each time, with the notes of its version."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from shared.version import VERSION
from toolchain import package, wheel
from toolchain.prepare.commands import NotPrepared
from toolchain.prepare.places import HERE, Places
from toolchain.release import __main__ as release
from toolchain.release.notes import NoNotes, newest_notes, notes_for

ROOT = Path(__file__).parents[4]
WORKFLOW = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
CHANGELOG = """\
# Changelog

## [Unreleased]

- Newer.

## [0.2.0] - 2026-12-01

### Added

- One thing.

## [0.1.0] - 2026-11-01
"""


def compiler(folder: Path) -> str:
    """A stand-in that writes what it was asked to compile. The real one runs in tests/infra."""
    script = folder / "bicep"
    script.write_text('#!/bin/sh\nprintf "%s" "${2##*/}" > "$4"\n', encoding="utf-8")
    script.chmod(0o755)
    return str(script)


@pytest.fixture
def without_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package and the wheel have tests of their own, and take a minute."""

    def zipped(_: Places, out: Path) -> Path:
        package.write_zip(ROOT / "infra/hooks", out)
        return out

    def wheeled(_: Places, out: Path) -> Path:
        (out / f"forestall_cli-{VERSION}-py3-none-any.whl").write_bytes(b"wheel")
        return out

    monkeypatch.setattr(package, "build", zipped)
    monkeypatch.setattr(wheel, "build", wheeled)


@pytest.mark.usefixtures("without_packages")
def test_everything_is_there_and_has_its_sum(tmp_path: Path) -> None:
    out = tmp_path / "out"
    written = release.build(HERE, out, compiler=compiler(tmp_path), notes="Notes\n")
    assert [each.name for each in written] == [
        "NOTES.md",
        "SHA256SUMS",
        "alerts.json",
        "forestall.cdx.json",
        "forestall.zip",
        f"forestall_cli-{VERSION}-py3-none-any.whl",
        "main.json",
        "management-group.json",
    ]
    done = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"],  # noqa: S607 - PATH's
        cwd=out,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (out / "alerts.json").read_text(encoding="utf-8") == "alerts.bicep"
    listed = (out / "SHA256SUMS").read_text(encoding="utf-8")
    assert len(listed.splitlines()) == len(written) - 2
    assert hashlib.sha256((out / "forestall.zip").read_bytes()).hexdigest() in listed


@pytest.mark.usefixtures("without_packages")
def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/old.zip").write_bytes(b"")
    with pytest.raises(NotPrepared, match="is not empty"):
        release.build(HERE, tmp_path / "out", compiler=compiler(tmp_path), notes="")


def test_the_notes_are_the_section_of_the_version() -> None:
    notes = notes_for(CHANGELOG, "0.2.0")
    assert notes.startswith("### Added\n\n- One thing.\n")
    assert "Newer" not in notes
    assert "gh attestation verify" in notes
    assert notes_for(CHANGELOG, "Unreleased").startswith("- Newer.")


def test_without_a_tag_the_newest_notes_are_taken() -> None:
    released = CHANGELOG.replace("- Newer.\n\n", "")

    assert newest_notes(CHANGELOG, "0.2.0").startswith("- Newer.")
    assert newest_notes(released, "0.2.0").startswith("### Added")
    with pytest.raises(NoNotes, match="is empty"):
        newest_notes(released, "0.1.0")


@pytest.mark.parametrize(("version", "sentence"), [("0.1.0", "is empty"), ("9.9.9", "no section")])
def test_a_version_without_notes_is_refused(version: str, sentence: str) -> None:
    with pytest.raises(NoNotes, match=sentence):
        notes_for(CHANGELOG, version)


def test_a_tag_of_another_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BICEP", compiler(tmp_path))
    assert release.main(["--version", "v9.9.9", "--out", str(tmp_path / "out")]) == 1
    assert f"the tag says 9.9.9, and shared/version.py says {VERSION}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_without_a_compiler_it_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BICEP", str(tmp_path / "gone"))
    assert release.main(["--out", str(tmp_path / "out")]) == 1
    assert "no Bicep compiler" in capsys.readouterr().err


def test_the_job_that_builds_may_sign_nothing_and_the_one_that_signs_builds_nothing() -> None:
    build, _, publish = WORKFLOW.partition("\n  publish:\n")
    assert "id-token" not in build
    assert "attestations: write" in publish
    assert not re.search(r"\bmake\b|checkout@", publish)
    assert all(re.fullmatch(r"[0-9a-f]{40}", each) for each in re.findall(r"@(\w+) #", WORKFLOW))
