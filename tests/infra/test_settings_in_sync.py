"""Settings are the same in code, Bicep, example and page; the app accepts what Bicep sets."""

from pathlib import Path

import pytest

from shared.domain.policy.mode import Mode
from shared.errors import SettingsError
from shared.settings.settings import Settings
from tests.infra.deployments import INSTALLATIONS, app_settings, resources
from tests.infra.settings_in_sync import in_code, in_example, in_page, out_of_sync

ROOT = Path(__file__).parents[2]

#: what a cloud puts in for the expressions that are the same everywhere: Resource Manager and Entra
CLOUDS = {
    "public": ("https://management.azure.com/", "login.microsoftonline.com"),
    "US Government": ("https://management.usgovcloudapi.net/", "login.microsoftonline.us"),
    "China": ("https://management.chinacloudapi.cn/", "login.chinacloudapi.cn"),
}
RESOURCE_MANAGER = "[environment().resourceManager]"
ENTRA = "[format('https://{0}', split(environment().authentication.loginEndpoint, '/')[2])]"

#: values that are not in the record, as a resource or the Key Vault gives them
FROM_ELSEWHERE = {
    "AZURE_CLIENT_ID": "00000000-0000-4000-8000-0000000000cc",
    "StateStorage__tableServiceUri": "https://account.table.core.windows.net/",
    "ServiceBusConnection__fullyQualifiedNamespace": "name.servicebus.windows.net",
    "FORESTALL_NOTIFY_SECRET_CRM_WEBHOOK": "https://x.logic.azure.com/workflows/9f?sig=S",
    "FORESTALL_MAIL_GRAPH_URL": "https://app.azurewebsites.net/api/notices/email/graph?code=KEY",
}


def places() -> dict[str, set[str]]:
    modules = [
        *sorted((ROOT / "shared").rglob("*.py")),
        *sorted((ROOT / "functions").rglob("*.py")),
    ]
    return {
        "code": in_code({str(path): path.read_text(encoding="utf-8") for path in modules}),
        "bicep": set(app_settings(resources("every-webhook"))),
        "example": in_example((ROOT / "local.settings.example.json").read_text(encoding="utf-8")),
        "page": in_page((ROOT / "docs/configuration.md").read_text(encoding="utf-8")),
    }


def as_the_app_sees_it(record: str, cloud: str) -> dict[str, str]:
    """The settings once Azure has put in what only it knows."""
    arm, entra = CLOUDS[cloud]
    known = {RESOURCE_MANAGER: arm, ENTRA: f"https://{entra}"}
    return {
        name: known.get(value) or _filled_in(name, value)
        for name, value in app_settings(resources(record)).items()
    }


def _filled_in(name: str, value: str) -> str:
    """A value that a resource or the Key Vault gives, in the form that they have.

    Any other as it is deployed.
    """
    if value.startswith(("[", "@Microsoft.KeyVault(")):
        return FROM_ELSEWHERE.get(name, "user:from-the-key-vault")
    return value


def test_code_bicep_example_and_page_have_the_same_settings() -> None:
    assert out_of_sync(**places()) == []


def test_the_places_are_really_read() -> None:
    for name, found in places().items():
        assert {"FORESTALL_POLICY", "SCAN_SCHEDULE"} <= found, name


@pytest.mark.parametrize("place", ["code", "bicep", "example", "page"])
def test_a_setting_that_one_place_loses_is_missed(place: str) -> None:
    for name in ("FORESTALL_MODE", "RECOVER_SCHEDULE", "AZURE_CLIENT_ID"):
        altered = places()
        altered[place].remove(name)
        found = out_of_sync(**altered)
        expected = [
            f"{other} has {name}, which nothing reads" for other in ("bicep", "example", "page")
        ]
        assert found == (expected if place == "code" else [f"{place} lacks {name}"])


@pytest.mark.parametrize("place", ["code", "bicep", "example", "page"])
def test_a_setting_that_one_place_adds_is_found(place: str) -> None:
    altered = places()
    altered[place].add("FORESTALL_NEW")
    found = out_of_sync(**altered)
    expected = [f"{other} lacks FORESTALL_NEW" for other in ("bicep", "example", "page")]
    assert found == (
        expected if place == "code" else [f"{place} has FORESTALL_NEW, which nothing reads"]
    )


def test_another_part_of_a_connection_is_found() -> None:
    altered = places()
    altered["bicep"].remove("StateStorage__tableServiceUri")
    altered["bicep"].add("StateStorage__endpoint")
    assert out_of_sync(**altered) == [
        "bicep lacks StateStorage__tableServiceUri",
        "bicep has StateStorage__endpoint, which nothing reads",
    ]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("env.get('FORESTALL_NEW')", "FORESTALL_NEW"),
        ("reader.connection('MailStorage', 'MailStorage__uri')", "MailStorage__uri"),
        ("self._env.get('OTHER', '')", "OTHER"),
        ("read(env, 'FORESTALL_OTHER')", "FORESTALL_OTHER"),
        ("timer_trigger(schedule='%DIGEST_SCHEDULE%')", "DIGEST_SCHEDULE"),
        ("service_bus_queue_trigger(connection='OtherConnection')", "OtherConnection"),
    ],
)
def test_a_setting_that_is_added_to_the_code_is_seen(line: str, name: str) -> None:
    assert name in in_code({"added.py": line})


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize("record", INSTALLATIONS)
def test_the_app_accepts_what_bicep_sets(record: str, cloud: str) -> None:
    settings = Settings.from_env(as_the_app_sees_it(record, cloud))

    assert settings.arm_endpoint.url == CLOUDS[cloud][0].rstrip("/")
    assert settings.service_bus.connection_string is None
    assert settings.state.connection_string is None


def test_an_unresolved_reference_is_named_in_every_setting_of_the_page() -> None:
    every = in_page((ROOT / "docs/configuration.md").read_text(encoding="utf-8"))
    assert len(every) > 25

    with pytest.raises(SettingsError) as refused:
        Settings.from_env(dict.fromkeys(every, "@Microsoft.KeyVault(VaultName=kv;SecretName=x)"))

    unresolved = {
        each.partition(":")[0] for each in refused.value.problems if "not resolved" in each
    }
    assert unresolved == every


def test_parameters_arrive_in_the_settings() -> None:
    def settings(record: str) -> Settings:
        return Settings.from_env(as_the_app_sees_it(record, "US Government"))

    assert settings("development").mode is Mode.OBSERVE
    assert settings("development").subscriptions == ("00000000-0000-4000-8000-0000000000dd",)
    production = settings("production")
    assert production.mode is Mode.ACT
    assert [each[:4] for each in production.subscriptions] == ["1111", "2222"]
    assert len(production.policy.change_windows.windows or ()) == 1
    assert len(settings("subscriptions-300").subscriptions) == 300
    assert settings("everything-visible").subscriptions == ()
    authentication = settings("every-webhook").trusted_senders
    assert authentication.tenant == "00000000-0000-4000-8000-0000000000ee"
    assert authentication.audiences == ("api://forestall",)
    assert authentication.authority == "https://login.microsoftonline.us"
    assert authentication.mail_senders == ("@example.com",)


@pytest.mark.parametrize("record", INSTALLATIONS)
def test_no_address_of_one_cloud_is_written_down(record: str) -> None:
    text = str(resources(record))
    for address in ("windows.net", "azure.com", "usgovcloudapi.net", "chinacloudapi.cn"):
        assert address not in text


def test_a_secret_that_the_setting_for_mail_names_comes_from_the_vault() -> None:
    deployed = app_settings(resources("everything-visible"))
    reference = deployed["FORESTALL_MAIL_SECRET_MAILGUN_2026"]
    env = as_the_app_sees_it("everything-visible", "public")
    env["FORESTALL_MAIL_SECRET_MAILGUN_2026"] = "a-word-of-sixteen-and-more"

    settings = Settings.from_env(env)

    assert reference == "@Microsoft.KeyVault(VaultName=kv-doors;SecretName=mailgun)"
    assert settings.trusted_senders.mailgun_key == "a-word-of-sixteen-and-more"
    assert settings.unknown == ()
