"""A misspelt name is an error that names the right one; a name of another version is not."""

import pytest

from shared.settings.settings import Settings
from tests.unit.settings.samples import LEAST, problems


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("FORESTALL_POLICYS", "FORESTALL_POLICY"),
        ("FORESTALL_POLCIY", "FORESTALL_POLICY"),
        ("FORESTALL_POICY", "FORESTALL_POLICY"),
        ("FORESTALL_MODES", "FORESTALL_MODE"),
        ("FORESTALL_MOD", "FORESTALL_MODE"),
        ("Forestall_Mode", "FORESTALL_MODE"),
        ("FORESTALL_ARM_ENDPIONT", "FORESTALL_ARM_ENDPOINT"),
        ("FORESTALL_MAIL_SENDER", "FORESTALL_MAIL_SENDERS"),
        ("FORESTALL_WEBHOOK_AUDIENCES", "FORESTALL_WEBHOOK_AUDIENCE"),
        ("azure_client_id", "AZURE_CLIENT_ID"),
        ("FORESTAL_MODE", "FORESTALL_MODE"),
        ("FORESTALLL_POLICY", "FORESTALL_POLICY"),
    ],
)
def test_a_misspelt_name_is_refused_with_the_right_one(name: str, meant: str) -> None:
    assert problems({**LEAST, name: "secret"}) == (
        (
            f"{name}: there is no such setting. Did you mean {meant}? "
            "Capital and small letters differ."
        ),
    )


def test_a_misspelt_name_explains_why_another_is_missing() -> None:
    env = {name: value for name, value in LEAST.items() if name != "StateStorage"}
    found = problems({**env, "statestorage": LEAST["StateStorage"]})

    assert found[0] == (
        "statestorage: there is no such setting. Did you mean StateStorage? "
        "Capital and small letters differ."
    )
    assert found[1].startswith("StateStorage__tableServiceUri: it is not set")


@pytest.mark.parametrize(
    "name",
    ["FORESTALL_HOOKS", "FORESTALL_DIGEST_SCHEDULE", "FORESTALL_", "FORESTALL_MAIL_GRAPH_SECRET"],
)
def test_a_name_of_another_version_is_kept_for_the_log(name: str) -> None:
    assert Settings.from_env({**LEAST, name: "x"}).unknown == (name,)


def test_a_name_beside_the_right_one_is_kept_for_the_log() -> None:
    env = {**LEAST, "FORESTALL_MODE": "observe", "FORESTALL_MODES": "act"}
    assert Settings.from_env(env).unknown == ("FORESTALL_MODES",)


def test_other_variables_are_nobodys_business() -> None:
    assert (
        Settings.from_env(
            {
                **LEAST,
                "PATH": "/bin",
                "WEBSITE_SITE_NAME": "app",
                "FOREST_OWNER": "x",
                "AZURE_CLIENT_SECRET": "x",
            }
        ).unknown
        == ()
    )
