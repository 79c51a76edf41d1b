"""The offline check of policy files: what it prints and how it ends."""

from pathlib import Path

import pytest

from tests.unit.domain.policy.files.samples import PLATFORM, owner
from toolchain.policy_check import main


def written(folder: Path, *files: tuple[str, str]) -> list[str]:
    paths = []
    for name, text in files:
        path = folder / name
        path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    return [*paths, "--now", "2026-11-30"]


def test_a_policy_is_shown_with_its_openings_and_the_line_of_each_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = written(
        tmp_path,
        ("forestall.yaml", PLATFORM),
        ("crm.yaml", owner("    windows: [{ weekly: sun, from: 01:00, to: 05:00 }]\n").text),
        ("off.yaml", owner("    do: leave-alone\n", "off", "{ id: x }").text),
    )

    assert main(files) == 0
    shown = capsys.readouterr().out
    assert "2 groups, no problems" in shown
    assert "group crm\n  open 2026-12-06 01:00 CET to 2026-12-06 05:00 CET" in shown
    assert f"limits.slots: 1  ({tmp_path}/forestall.yaml:6:20)" in shown
    assert "left alone: the policy leaves the group off alone" in shown


def test_every_problem_is_shown_and_the_exit_code_is_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = written(
        tmp_path,
        ("forestall.yaml", PLATFORM),
        ("crm.yaml", owner("    limits: { slots: 9, cool_down: 1m }\n").text),
    )

    assert main(files) == 1
    shown = capsys.readouterr().out
    assert "crm.yaml:6:22: `limits.slots` is 9" in shown
    assert shown.endswith("2 problems\n")


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        # C53
        ("windows: [{ monthly: 31 }]", "5 months of a year have no such day"),
        # C15
        ("windows: [{ monthly: second tue }]", "is counted on the local calendar"),
        # C71
        ("windows: [{ once: 2026-10-01 }]", "has only windows that are in the past"),
    ],
)
def test_what_is_allowed_and_probably_not_meant_is_remarked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, remark: str
) -> None:
    source = f"version: 1\ndefaults:\n  {text}\n"
    assert main(written(tmp_path, ("forestall.yaml", source))) == 0
    assert remark in capsys.readouterr().out


def test_c31_a_zone_without_summer_time_is_remarked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = "version: 1\ntime_zone: Etc/GMT+2\n"
    assert main(written(tmp_path, ("forestall.yaml", source))) == 0
    assert "Etc/GMT+2 has no summer time, and its sign is reversed" in capsys.readouterr().out


def test_files_that_cannot_be_read_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "latin.yaml").write_bytes("version: 1 # \xfc".encode("latin-1"))

    assert main([str(tmp_path / "gone.yaml"), str(tmp_path / "latin.yaml")]) == 1

    gone, latin, count = capsys.readouterr().out.splitlines()
    assert (
        gone
        == f"{tmp_path}/gone.yaml: it cannot be read: No such file or directory. Check the path."
    )
    assert latin == f"{tmp_path}/latin.yaml: byte 13 is no UTF-8. Save the file as UTF-8."
    assert count == "2 problems"


def test_a_policy_in_the_form_of_the_setting_is_told_where_its_rules_belong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(written(tmp_path, ("policy.json", '{"limits": {"slots": 1}}'))) == 1
    assert "Write version: 1, and the rules below defaults." in capsys.readouterr().out


ARM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines"


@pytest.mark.parametrize("wrap", ["{}", '{{"data": {}}}', '{{"value": {}}}'])
def test_a_fleet_file_shows_the_group_of_each_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrap: str
) -> None:
    files = written(tmp_path, ("forestall.yaml", PLATFORM), ("crm.yaml", owner("", "crm").text))
    machines = (
        f'[{{"id": "{ARM}/A", "tags": {{"App": "CRM "}}, "name": "A"}},'
        f' {{"id": "{ARM}/b", "tags": null}},'
        f' {{"id": "{ARM}/c", "tags": {{"forestall": "off"}}}}]'
    )
    fleet = tmp_path / "fleet.json"
    fleet.write_text(wrap.format(machines), encoding="utf-8")

    assert main([*files, "--fleet", str(fleet)]) == 0
    shown = capsys.readouterr().out
    assert f"  {ARM.lower()}/a: crm\n" in shown
    assert f"  {ARM.lower()}/b: no group\n" in shown
    assert f"  {ARM.lower()}/c: no group, left alone: tagged forestall=off" in shown


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "{}",
            "fleet.json: no VM and no scale-set instance is in it. Give the JSON of `az vm list",
        ),
        ("[1]", "no VM and no scale-set instance is in it"),
        ('[{"id": "/subscriptions/s"}]', "no VM and no scale-set instance is in it"),
        ('[{"name": "a", "vmId": "x"}]', "its machines have no id. Leave out `--query`"),
        ("[", "line 1, column 2: it ends in the middle"),
        ('[{"id": "a", "id": "b"}]', "the key 'id' is there twice"),
    ],
)
def test_a_fleet_file_that_is_none_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, problem: str
) -> None:
    files = written(tmp_path, ("forestall.yaml", PLATFORM))
    fleet = tmp_path / "fleet.json"
    fleet.write_text(text, encoding="utf-8")

    assert main([*files, "--fleet", str(fleet)]) == 1
    assert problem in capsys.readouterr().out


def test_a_fleet_is_read_as_the_demo_reads_it_with_notes_on_single_machines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = written(tmp_path, ("forestall.yaml", PLATFORM))
    machines = f"""WARNING: in preview
{{"Id": "{ARM}/a", "Tags": {{"owner": null}}, "Location": "westeurope"}}
{{"id": "{ARM}/b", "tags": "System.Collections.Hashtable"}}
{{"name": "c", "vmId": "x"}}"""
    (tmp_path / "one.json").write_text(machines, encoding="utf-16")
    (tmp_path / "two.json").write_text(f'{{"value": [{{"id": "{ARM}/d"}}], "nextLink": "x"}}')

    assert main([*files, "--fleet", f"{tmp_path}/one.json", f"{tmp_path}/two.json"]) == 0
    shown = capsys.readouterr().out
    assert "3 machines\n" in shown
    assert "one.json: line 1 is not JSON and is left out" in shown
    assert "b: its tags are no object" in shown
    assert "document 3: c: it has no resource id; the machine is left out" in shown
    assert "two.json: $: a page ends here" in shown
