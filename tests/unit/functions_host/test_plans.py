"""What the bindings of an app ask for, and what is refused before anything starts."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sandbox.azure.functions_host.errors import ConfigurationError
from sandbox.azure.functions_host.hostfile import HostOptions
from sandbox.azure.functions_host.plans import Plan, make_plan
from sandbox.azure.functions_host.runtime.bindings import Function
from sandbox.azure.functions_host.settings import AppSettings, ConnectionString

OPTIONS = HostOptions(max_concurrent_calls=5, max_lock_renewal=timedelta(minutes=7))
SETTINGS = {
    "Bus": "Endpoint=sb://x/;SharedAccessKeyName=a;SharedAccessKey=b",
    "SWEEP": "0 0 3 * * *",
    "Q": "jobs",
}


def function(*bindings: dict[str, Any]) -> Function:
    return Function(name="f", id="1", bindings=bindings)


def plan(*bindings: dict[str, Any], options: HostOptions = OPTIONS) -> Plan:
    return make_plan([function(*bindings)], options, AppSettings(SETTINGS))


def trigger(kind: str, **properties: object) -> dict[str, Any]:
    return {"direction": "IN", "type": f"{kind}Trigger", "name": "x", **properties}


def test_a_queue_trigger_has_its_names_resolved() -> None:
    (queue,) = plan(
        trigger("serviceBus", queueName="%Q%/$deadletterqueue", connection="Bus")
    ).queues
    assert queue.queue == "jobs/$deadletterqueue"
    assert queue.connection == ConnectionString(name="Bus", text=SETTINGS["Bus"])
    assert (queue.max_concurrent_calls, queue.max_lock_renewal) == (5, timedelta(minutes=7))
    assert queue.auto_complete
    assert not queue.binary


def test_a_trigger_overrules_host_json_on_completing() -> None:
    options = HostOptions(auto_complete=False)
    by_host = plan(trigger("serviceBus", queueName="q", connection="Bus"), options=options).queues[
        0
    ]
    by_trigger = plan(
        trigger("serviceBus", queueName="q", connection="Bus", autoCompleteMessages=True),
        options=options,
    ).queues[0]
    assert (by_host.auto_complete, by_trigger.auto_complete) == (False, True)


def test_a_binary_trigger_is_known() -> None:
    assert (
        plan(trigger("serviceBus", queueName="q", connection="Bus", dataType="BINARY"))
        .queues[0]
        .binary
    )


def test_a_timer_has_its_schedule_resolved() -> None:
    (timer,) = plan(
        trigger("timer", schedule="%sweep%", runOnStartup=True, useMonitor=False)
    ).timers
    assert timer.schedule.hours == {3}
    assert timer.run_on_startup
    assert not timer.use_monitor


def test_an_http_function_without_route_has_its_name_and_the_prefix() -> None:
    response = {"direction": "OUT", "type": "http", "name": "answer"}
    (endpoint,) = plan(trigger("http", methods=["GET"]), response).endpoints
    assert endpoint.route.template == "api/f"
    assert endpoint.response == "answer"


@pytest.mark.parametrize(
    ("binding", "reason"),
    [
        (trigger("blob", path="x"), "a binding of type blobTrigger is not supported"),
        (
            trigger("serviceBus", queueName="q", connection="Bus", cardinality="MANY"),
            "cardinality MANY",
        ),
        (
            trigger("serviceBus", queueName="q", connection="Bus", isSessionsEnabled=True),
            "sessions",
        ),
        (
            trigger("serviceBus", topicName="t", subscriptionName="s", connection="Bus"),
            "topic triggers",
        ),
        (
            trigger("serviceBus", queueName="%NONE%", connection="Bus"),
            "app setting NONE is missing",
        ),
        (trigger("serviceBus", queueName="q", connection="Other"), "app setting Other is missing"),
        (
            trigger("serviceBus", queueName="q", connection="Q"),
            "app setting Q is no Service Bus connection string",
        ),
        (trigger("timer", schedule="%NONE%"), "app setting NONE is missing"),
        (trigger("timer", schedule="00:05:00"), "time span"),
        (trigger("http", route="a/{b:nonsense}"), "constraint 'nonsense' is not known"),
    ],
)
def test_what_cannot_run_is_refused_by_name(binding: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        plan(binding)
    assert str(caught.value).startswith("f: ")
    assert reason in str(caught.value)


def test_an_output_without_connection_is_refused() -> None:
    output = {
        "direction": "OUT",
        "type": "serviceBus",
        "name": "o",
        "queueName": "q",
        "connection": "Other",
    }
    with pytest.raises(ConfigurationError, match="f: app setting Other is missing"):
        plan(trigger("http"), output)


def test_an_output_of_another_kind_is_refused() -> None:
    output = {
        "direction": "OUT",
        "type": "queue",
        "name": "o",
        "queueName": "q",
        "connection": "Storage",
    }
    with pytest.raises(ConfigurationError, match="a binding of type queue is not supported"):
        plan(trigger("http"), output)


def test_all_problems_of_all_functions_are_reported_at_once() -> None:
    functions = [function(trigger("timer", schedule="x")), function(trigger("blob"))]
    with pytest.raises(ConfigurationError) as caught:
        make_plan(functions, OPTIONS, AppSettings({}))
    assert len(caught.value.problems) == 2


def test_a_setting_that_several_functions_want_is_one_problem_that_names_them() -> None:
    queue = {"queueName": "q", "connection": "Bus"}
    functions = [
        replace(function(trigger("serviceBus", **queue)), name=name) for name in ("a", "b")
    ]

    with pytest.raises(ConfigurationError) as caught:
        make_plan(functions, OPTIONS, AppSettings({}))

    (problem,) = caught.value.problems
    assert problem.startswith("a, b: app setting Bus is missing")
