"""host.json."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.azure.functions_host.errors import ConfigurationError
from sandbox.azure.functions_host.hostfile import HostOptions, load_host_options, parse_timespan


def load(folder: Path, document: object, environment: dict[str, str] | None = None) -> HostOptions:
    (folder / "host.json").write_text(json.dumps(document), "utf-8")
    return load_host_options(folder, environment or {})


def test_the_smallest_file_has_the_hosts_defaults(tmp_path: Path) -> None:
    options = load(tmp_path, {"version": "2.0"})
    assert options.route_prefix == "api"
    assert options.function_timeout == timedelta(minutes=30)
    assert options.max_lock_renewal == timedelta(minutes=5)
    assert options.auto_complete
    assert options.max_concurrent_calls % 16 == 0


def test_every_key_that_counts_is_read(tmp_path: Path) -> None:
    document = {
        "version": "2.0",
        "functionTimeout": "01:30:00",
        "logging": {"logLevel": {"default": "Warning"}},
        "extensions": {
            "http": {"routePrefix": "/v1/"},
            "serviceBus": {
                "maxConcurrentCalls": 4,
                "maxAutoLockRenewalDuration": "00:30:00",
                "autoCompleteMessages": False,
            },
        },
        "extensionBundle": {"id": "x"},
    }
    assert load(tmp_path, document) == HostOptions(
        route_prefix="v1",
        function_timeout=timedelta(minutes=90),
        max_concurrent_calls=4,
        max_lock_renewal=timedelta(minutes=30),
        auto_complete=False,
        log_level="Warning",
        has_extension_bundle=True,
    )


def test_minus_one_is_no_time_limit(tmp_path: Path) -> None:
    assert load(tmp_path, {"version": "2.0", "functionTimeout": "-1"}).function_timeout is None


def test_an_app_setting_overrides_a_key(tmp_path: Path) -> None:
    environment = {"AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentCalls": "2"}
    document = {"version": "2.0", "extensions": {"servicebus": {"maxConcurrentCalls": 9}}}
    assert load(tmp_path, document, environment).max_concurrent_calls == 2
    assert load(tmp_path, {"version": "2.0"}, environment).max_concurrent_calls == 2


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    document = {
        "version": "1.0",
        "functionTimeout": "soon",
        "extensions": {"serviceBus": {"maxConcurrentCalls": 0, "autoCompleteMessages": "perhaps"}},
    }
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, document)
    assert [problem.split(": ")[1].split(" ")[0] for problem in caught.value.problems] == [
        "version",
        "functionTimeout",
        "extensions.serviceBus.maxConcurrentCalls",
        "extensions.serviceBus.autoCompleteMessages",
    ]


def test_a_missing_file_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"host.json is missing.*--app"):
        load_host_options(tmp_path, {})


def test_a_file_that_is_no_json_says_so(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text("{", "utf-8")
    with pytest.raises(ConfigurationError, match="cannot be read as JSON"):
        load_host_options(tmp_path, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00:05:00", timedelta(minutes=5)),
        ("1.02:03:04", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("00:00:01.5", timedelta(seconds=1.5)),
        ("10:30", timedelta(hours=10, minutes=30)),
    ],
)
def test_time_spans_are_dot_nets(text: str, expected: timedelta) -> None:
    assert parse_timespan(text) == expected


@pytest.mark.parametrize("text", ["5", "24:00:00", "00:60:00", "5m", "", "-00:05:00"])
def test_other_texts_are_no_time_spans(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time span"):
        parse_timespan(text)
