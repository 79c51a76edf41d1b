"""App settings, local.settings.json and connections."""

import json
from pathlib import Path

import pytest

from sandbox.azure.functions_host.errors import ConfigurationError
from sandbox.azure.functions_host.settings import (
    AppSettings,
    ConnectionString,
    Identity,
    load_local_settings,
)


def write(folder: Path, document: object) -> Path:
    (folder / "local.settings.json").write_text(json.dumps(document), "utf-8")
    return folder


def test_values_fill_the_environment_and_what_is_there_wins(tmp_path: Path) -> None:
    write(tmp_path, {"IsEncrypted": False, "Values": {"A": "file", "B": "file", "N": 5, "T": True}})
    environment = {"A": "environment"}
    load_local_settings(tmp_path, environment)
    assert environment == {"A": "environment", "B": "file", "N": "5", "T": "true"}


def test_a_missing_file_changes_nothing(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    assert load_local_settings(tmp_path, environment) is None
    assert environment == {}


def test_the_file_may_name_the_port(tmp_path: Path) -> None:
    assert load_local_settings(write(tmp_path, {"Host": {"LocalHttpPort": 7075}}), {}) == 7075


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"IsEncrypted": True}, "func settings decrypt"),
        ({"Values": []}, '"Values" must be an object'),
        ({"Values": {"POLICY": {"nested": 1}}}, "POLICY"),
        ({"Host": {"LocalHttpPort": "x"}}, "LocalHttpPort"),
        ([], "must hold a JSON object"),
    ],
)
def test_a_wrong_file_says_what_to_do(tmp_path: Path, document: object, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        load_local_settings(write(tmp_path, document), {})


def test_a_file_that_is_no_json_names_the_place(tmp_path: Path) -> None:
    (tmp_path / "local.settings.json").write_text('{"Values": {,}}', "utf-8")
    with pytest.raises(ConfigurationError, match="line 1 column 13"):
        load_local_settings(tmp_path, {})


def test_percent_names_are_replaced_without_regard_to_case() -> None:
    settings = AppSettings({"Scan_Schedule": "0 * * * * *", "Q": "scans"})
    assert settings.resolve("%SCAN_SCHEDULE%") == "0 * * * * *"
    assert settings.resolve("%q%/$deadletterqueue") == "scans/$deadletterqueue"
    assert settings.resolve("plain") == "plain"


def test_every_missing_name_is_reported_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        AppSettings({"EMPTY": ""}).resolve("%ONE%-%EMPTY%")
    assert len(caught.value.problems) == 2
    assert "app setting ONE is missing" in caught.value.problems[0]


def test_a_connection_is_found_under_its_prefixed_name_first() -> None:
    settings = AppSettings({"Bus": "plain", "AzureWebJobsBus": "prefixed"})
    assert settings.connection("Bus") == ConnectionString(name="AzureWebJobsBus", text="prefixed")
    assert AppSettings({"Bus": "plain"}).connection("Bus") == ConnectionString(
        name="Bus", text="plain"
    )


def test_no_name_means_the_default_connection() -> None:
    assert (
        AppSettings({"AzureWebJobsServiceBus": "x"}).connection("").name == "AzureWebJobsServiceBus"
    )


def test_a_namespace_setting_means_an_identity() -> None:
    found = AppSettings(
        {
            "Bus__fullyQualifiedNamespace": "x.servicebus.windows.net",
            "Bus__credential": "managedidentity",
            "Bus__clientId": "c",
        }
    ).connection("Bus")
    assert found == Identity(
        name="Bus",
        namespace="x.servicebus.windows.net",
        credential="managedidentity",
        client_id="c",
    )


def test_a_missing_connection_says_which_settings_would_do() -> None:
    with pytest.raises(ConfigurationError, match=r"Bus is missing.*Bus__fullyQualifiedNamespace"):
        AppSettings({}).connection("Bus")


@pytest.mark.parametrize("name", ["AzureWebJobs.sweep.Disabled", "AzureWebJobs_sweep_Disabled"])
def test_a_function_can_be_switched_off(name: str) -> None:
    assert AppSettings({name: "true"}).is_disabled("sweep")
    assert not AppSettings({name: "false"}).is_disabled("sweep")
    assert not AppSettings({name: "true"}).is_disabled("other")


def test_a_key_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "local.settings.json").write_text('{"Values": {"A": "1", "A": "2"}}', "utf-8")

    with pytest.raises(ConfigurationError, match="the key 'A' is there twice"):
        load_local_settings(tmp_path, {})
