"""Queues and tables: what is deployed is what the code uses and what the sandbox runs on."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.service_bus.queues import ServiceBusQueues
from shared.adapters.tables.account import TableName
from shared.domain.messages import Queue
from shared.settings.table_prefix import (
    DEFAULT_TABLE_PREFIX,
    LONGEST_TABLE_PREFIX,
    read_table_prefix,
)
from tests.infra.bindings import bindings
from tests.infra.deployments import INSTALLATIONS, app_settings, resources
from tests.infra.storage_in_sync import (
    broker_queues,
    deployed_queues,
    deployed_tables,
    queues_out_of_sync,
    tables_out_of_sync,
)

ROOT = Path(__file__).parents[2]


def triggers() -> list[str]:
    return [
        str(each["queueName"])
        for bound in bindings().values()
        for each in bound
        if "queueName" in each
    ]


def places(record: str = "development") -> dict[str, Any]:
    return {
        "code": [each.value for each in Queue],
        "triggers": triggers(),
        "bicep": deployed_queues(resources(record)),
        "broker": broker_queues(
            (ROOT / "sandbox/demo/servicebus.json").read_text(encoding="utf-8")
        ),
    }


def tables_of_code(record: str) -> set[str]:
    prefix = app_settings(resources(record))["FORESTALL_TABLE_PREFIX"]
    return {f"{prefix}{each}" for each in TableName}


@pytest.mark.parametrize("record", INSTALLATIONS)
def test_queues_are_the_same_in_code_bicep_and_broker(record: str) -> None:
    assert queues_out_of_sync(**places(record)) == []


@pytest.mark.parametrize("record", INSTALLATIONS)
def test_tables_are_the_same_in_code_and_bicep(record: str) -> None:
    assert len(tables_of_code(record)) >= 5
    assert (
        tables_out_of_sync(code=tables_of_code(record), bicep=deployed_tables(resources(record)))
        == []
    )


def test_the_sender_uses_the_names_that_are_deployed() -> None:
    sends_to = ServiceBusQueues.__init__.__kwdefaults__ or {}
    assert {sends_to[each.name.lower()] for each in Queue} == set(places()["bicep"])


def rename_in_code(places: dict[str, Any]) -> None:
    places["code"][0] = "sweeps"


def drop_in_bicep(places: dict[str, Any]) -> None:
    del places["bicep"]["notifications"]


def add_to_broker(places: dict[str, Any]) -> None:
    places["broker"]["mails"] = {}


def stop_forwarding(places: dict[str, Any]) -> None:
    del places["bicep"]["scans"]["forwardDeadLetteredMessagesTo"]


def drop_trigger(places: dict[str, Any]) -> None:
    places["triggers"].remove("redeploys")


def add_trigger(places: dict[str, Any]) -> None:
    places["triggers"].append("mails")


def change_in_bicep(places: dict[str, Any]) -> None:
    places["bicep"]["scans"]["requiresDuplicateDetection"] = False


def change_in_broker(places: dict[str, Any]) -> None:
    places["broker"]["redeploys"]["lockDuration"] = "PT5M"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (rename_in_code, "bicep lacks queue sweeps"),
        (rename_in_code, "the broker has queue scans, which the code does not use"),
        (drop_in_bicep, "bicep lacks queue notifications"),
        (add_to_broker, "the broker has queue mails, which the code does not use"),
        (stop_forwarding, "nothing sees to the dead letters of queue scans"),
        (drop_trigger, "nothing is triggered by queue redeploys"),
        (add_trigger, "a function waits for queue mails, which is not there"),
        (
            change_in_bicep,
            "queue scans: requiresDuplicateDetection is False in bicep and True in the broker",
        ),
        (change_in_broker, "queue redeploys: lockDuration is PT1M in bicep and PT5M in the broker"),
    ],
)
def test_a_change_on_one_side_is_found(
    change: Callable[[dict[str, Any]], None], sentence: str
) -> None:
    altered = places()
    change(altered)
    assert sentence in queues_out_of_sync(**altered)


def test_a_table_that_one_side_lacks_is_found() -> None:
    code = tables_of_code("development")
    assert tables_out_of_sync(code=code | {"forestallNews"}, bicep=code) == [
        "bicep lacks table forestallNews"
    ]
    assert tables_out_of_sync(code=code, bicep=code | {"forestallOld"}) == [
        "bicep has table forestallOld, which the code does not use"
    ]


def test_the_longest_prefix_is_the_same_in_code_and_bicep_and_leaves_room_for_every_table() -> None:
    bicep = (ROOT / "infra/main.bicep").read_text(encoding="utf-8")
    (longest,) = re.findall(r"@maxLength\((\d+)\)\nparam tablePrefix string", bicep)
    assert int(longest) == LONGEST_TABLE_PREFIX

    prefix = read_table_prefix("a" * LONGEST_TABLE_PREFIX)
    for each in TableName:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]{2,62}", f"{prefix}{each}"), "Azure's own rule"


def test_the_prefix_of_the_app_is_the_one_of_bicep_where_nobody_says_another() -> None:
    bicep = (ROOT / "infra/main.bicep").read_text(encoding="utf-8")
    assert f"param tablePrefix string = '{DEFAULT_TABLE_PREFIX}'" in bicep


def test_the_prefix_that_names_the_tables_is_the_one_that_the_app_is_told() -> None:
    prefix = app_settings(resources("development"))["FORESTALL_TABLE_PREFIX"]
    assert all(name.startswith(prefix) for name in deployed_tables(resources("development")))
