"""The templates under Microsoft's compiler.

Formatted, without a warning, and on record as what they deploy.

Without a compiler these tests are skipped, but fail where CI=true.
"""

import fcntl
import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from tests.infra.compiled import ORDER, Template, faults, out_of_order
from tests.infra.deployments import ROOT
from toolchain.templates import (
    BUTTON,
    ENTRIES,
    FOLDERS,
    HOW_TO_GET_ONE,
    Rejected,
    differences,
    evaluate,
    find_compiler,
    parameter_files,
    snapshot_of,
)


@pytest.fixture(scope="module")
def compiler() -> str:
    found = find_compiler(os.environ)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(HOW_TO_GET_ONE)
        pytest.skip(HOW_TO_GET_ONE)
    return found


@pytest.fixture(scope="module")
def evaluated(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The templates compiled and evaluated: once for all processes that run tests."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    place = shared / f"templates-{_fingerprint()}"
    with (shared / "templates.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "done").exists():
            evaluate(ROOT, place, compiler)
            (place / "done").touch()
    return place


def copied(into: Path) -> Path:
    """A checkout with nothing but the templates and what they read."""
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.bicep*"):
            copy = into / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    for data in ("policy.json", "bicepconfig.json"):
        (into / "infra" / data).write_bytes((ROOT / "infra" / data).read_bytes())
    return into


def _fingerprint() -> str:
    files = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.bicep*"))
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


@pytest.mark.timeout(900)
def test_every_template_is_formatted_and_deploys_what_is_on_record(evaluated: Path) -> None:
    """Lint and build come first; each raises at the first error or warning."""
    assert list(differences(ROOT, evaluated)) == []


def template(evaluated: Path, entry: str) -> Template:
    """What the compiler made of an entry file; a new one at each call, to be altered at will."""
    compiled: Template = json.loads((evaluated / f"infra/{entry}.json").read_text(encoding="utf-8"))
    return compiled


@pytest.mark.timeout(900)
@pytest.mark.parametrize("entry", ENTRIES)
def test_what_is_compiled_asks_for_no_key_and_takes_no_secret_in_the_clear(
    evaluated: Path, entry: str
) -> None:
    assert faults(template(evaluated, entry)) == []


@pytest.mark.timeout(900)
def test_a_fault_that_is_planted_in_what_is_compiled_is_found(evaluated: Path) -> None:
    main, alerts = template(evaluated, "main"), template(evaluated, "alerts")
    main["outputs"]["FORESTALL_KEY"] = {
        "type": "string",
        "value": "[listKeys('a', '2025-06-01').keys[0]]",
    }
    alerts["parameters"]["serviceHealthWebhookUri"]["type"] = "string"
    nested = main["resources"]["app"]["properties"]["template"]
    nested["parameters"]["name"]["type"] = "secureString"

    assert faults(main) == ["it uses listKeys", "parameter name is a secure one"]
    assert faults(alerts) == ["parameter serviceHealthWebhookUri is no secure one"]


@pytest.mark.timeout(900)
def test_the_app_starts_once_it_has_its_rights(evaluated: Path) -> None:
    assert out_of_order(template(evaluated, "main")) == []


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("module", "needed"),
    [(module, each) for module, wanted in ORDER.items() for each in sorted(wanted)],
)
def test_an_order_that_is_lost_is_found(evaluated: Path, module: str, needed: str) -> None:
    main = template(evaluated, "main")
    main["resources"][module]["dependsOn"].remove(needed)
    assert out_of_order(main) == [f"{module} does not wait for {needed}"]


@pytest.mark.timeout(900)
def test_service_health_rules_for_every_subscription_at_once_are_refused(
    compiler: str, tmp_path: Path
) -> None:
    copied(tmp_path)
    one = tmp_path / "tests/infra/parameters/alerts-key-only.bicepparam"
    for other in set(parameter_files(tmp_path)) - {one}:
        other.unlink()
    with one.open("a", encoding="utf-8") as file:
        file.write("param watchedSubscriptions = '*'\n")
    with pytest.raises(Rejected, match="name the subscriptions"):
        evaluate(tmp_path, tmp_path / "evaluated", compiler)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            (
                "infra/modules/storage.bicep",
                "allowSharedKeyAccess: false",
                "allowSharedKeyAcces: false",
            ),
            "BCP089",
        ),
        (
            (
                "infra/modules/identity.bicep",
                "param tags object",
                "param tags object\nvar idle = 1",
            ),
            "no-unused-vars",
        ),
    ],
)
def test_an_error_and_a_warning_are_found(
    compiler: str, tmp_path: Path, change: tuple[str, str, str], complaint: str
) -> None:
    file, before, after = change
    altered = copied(tmp_path / "altered")
    text = (altered / file).read_text(encoding="utf-8")
    assert before in text
    (altered / file).write_text(text.replace(before, after, 1), encoding="utf-8")

    with pytest.raises(Rejected, match=complaint):
        evaluate(altered, tmp_path / "evaluated", compiler)


@pytest.mark.timeout(900)
def test_a_change_of_what_is_deployed_is_found(evaluated: Path, tmp_path: Path) -> None:
    for path in evaluated.rglob("*.bicep*"):
        copy = tmp_path / path.relative_to(evaluated)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    record = "infra/parameters/development.snapshot.json"
    for parameters in parameter_files(ROOT):
        path = snapshot_of(parameters)
        (tmp_path / path.relative_to(ROOT)).write_bytes(path.read_bytes())
    stored = (tmp_path / record).read_text(encoding="utf-8")
    (tmp_path / record).write_text(stored.replace('"TLS1_2"', '"TLS1_0"'), encoding="utf-8")
    (tmp_path / "infra/parameters/gone.snapshot.json").write_text("{}", encoding="utf-8")
    (tmp_path / BUTTON).write_text("{}", encoding="utf-8")

    found = list(differences(tmp_path, evaluated))

    assert [each.split(" ")[0] for each in found] == [
        record,
        BUTTON.as_posix(),
        "infra/parameters/gone.snapshot.json",
    ]
