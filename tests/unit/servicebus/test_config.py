"""Microsoft's Config.json: what is read, and that every problem is named with its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure.servicebus.broker.agenda import TimerQueue
from sandbox.azure.servicebus.broker.namespace import Namespace
from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.config import ConfigError, duration, load_config, read_config

SHIPPED = Path(__file__).parents[3] / "sandbox" / "demo" / "servicebus.json"


def _document(*queues: Any, topics: Any = ()) -> dict[str, Any]:
    return {
        "UserConfig": {
            "Namespaces": [{"Name": "ns", "Queues": list(queues), "Topics": list(topics)}]
        }
    }


def _queue(**properties: Any) -> dict[str, Any]:
    return {"Name": "q", "Properties": properties}


def _problems(document: Any) -> list[str]:
    with pytest.raises(ConfigError) as bad:
        read_config(document)
    return bad.value.problems


def test_every_property_is_read() -> None:
    entities = read_config(
        _document(
            _queue(
                LockDuration="PT1M30S",
                MaxDeliveryCount=7,
                RequiresSession=True,
                RequiresDuplicateDetection=True,
                DuplicateDetectionHistoryTimeWindow="PT20S",
                DefaultMessageTimeToLive="P14D",
                DeadLetteringOnMessageExpiration=True,
                ForwardTo="",
                ForwardDeadLetteredMessagesTo="",
            )
        )
    )

    assert entities.queues[0].properties == QueueProperties(
        lock_duration=90.0,
        max_delivery_count=7,
        requires_session=True,
        requires_duplicate_detection=True,
        duplicate_detection_window=20.0,
        default_time_to_live=14 * 86_400.0,
        dead_letters_expired=True,
    )


def test_what_is_not_said_has_azures_default() -> None:
    assert read_config(_document({"Name": "q"})).queues[0].properties == QueueProperties()


def test_queues_topics_and_subscriptions_are_created() -> None:
    topics = [
        {"Name": "t", "Subscriptions": [{"Name": "s", "Properties": {"MaxDeliveryCount": 3}}]}
    ]
    namespace = Namespace(TimerQueue(lambda: 0.0))

    entities = read_config(_document({"Name": "q"}, topics=topics))
    entities.create_in(namespace)

    assert entities.names == ["q", "t"]
    assert namespace.queue("q").path == "q"
    assert namespace.queue("t/subscriptions/s").properties.max_delivery_count == 3


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT1M", 60.0),
        ("PT0.5S", 0.5),
        ("P14D", 1_209_600.0),
        ("P1DT2H3M4S", 93_784.0),
        ("P", None),
        ("PT", None),
        ("P1DT", None),
        ("1M", None),
        ("PT1M ", None),
        ("P1M", None),
        ("", None),
        (60, None),
    ],
)
def test_durations(text: Any, seconds: float | None) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("queue", "problem"),
    [
        (
            _queue(LockDuration="1 minute"),
            "LockDuration must be an ISO 8601 duration such as PT1M, not '1 minute'",
        ),
        (_queue(LockDuration="PT6M"), "LockDuration is PT6M, outside"),
        (_queue(LockDuration="PT0S"), "LockDuration is PT0S, outside"),
        (
            _queue(DuplicateDetectionHistoryTimeWindow="PT19S"),
            "DuplicateDetectionHistoryTimeWindow is PT19S, outside",
        ),
        (
            _queue(DuplicateDetectionHistoryTimeWindow="P8D"),
            "DuplicateDetectionHistoryTimeWindow is P8D, outside",
        ),
        (
            _queue(MaxDeliveryCount=0),
            "MaxDeliveryCount must be a whole number from 1 to 2000, not 0",
        ),
        (
            _queue(MaxDeliveryCount="10"),
            "MaxDeliveryCount must be a whole number from 1 to 2000, not '10'",
        ),
        (_queue(MaxDeliveryCount=True), "MaxDeliveryCount must be a whole number"),
        (_queue(RequiresSession="no"), "RequiresSession must be true or false, not 'no'"),
        (
            _queue(RequiresSesion=True),
            "RequiresSesion is no property of the emulator's Config.json",
        ),
        (_queue(ForwardTo="other"), "ForwardTo is not supported"),
        (
            _queue(ForwardDeadLetteredMessagesTo=7),
            "ForwardDeadLetteredMessagesTo must be the name of a queue, not 7",
        ),
        ({"Name": "q", "Properties": []}, "Properties must be an object"),
        ({"Name": "bad name"}, "needs a Name of letters, digits and ._/- , not 'bad name'"),
        ({"Name": ""}, "needs a Name"),
        ({}, "needs a Name of letters, digits and ._/- , not None"),
        ("q", "needs a Name"),
    ],
)
def test_a_wrong_queue_is_named_with_what_is_wrong(queue: Any, problem: str) -> None:
    (found,) = _problems(_document(queue))

    assert found.startswith("Queues[0]")
    assert problem in found


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "needs an object 'UserConfig'"),
        ({}, "needs an object 'UserConfig'"),
        ({"UserConfig": {"Namespaces": {}}}, "Namespaces must be a list"),
        ({"UserConfig": {"Namespaces": [{"Queues": {}}]}}, "Namespaces[0]: Queues must be a list"),
        ({"UserConfig": {}}, "declares no queue and no topic"),
        (_document({"Name": "q"}, {"Name": "Q"}), "'q' is declared more than once"),
        (_document({"Name": "x"}, topics=[{"Name": "x"}]), "'x' is declared more than once"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(document: Any, problem: str) -> None:
    assert any(problem in found for found in _problems(document))


def test_rules_are_refused_because_every_subscription_gets_every_message() -> None:
    topics = [{"Name": "t", "Subscriptions": [{"Name": "s", "Rules": [{"Name": "r"}]}]}]

    assert "Rules are not supported" in _problems(_document(topics=topics))[0]


def test_all_problems_come_at_once_with_the_file_before_each(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(
        json.dumps(_document(_queue(LockDuration="x", MaxDeliveryCount=0), {"Name": "-"}))
    )

    with pytest.raises(ConfigError) as bad:
        load_config(path)

    lines = str(bad.value).splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"{path}: ") for line in lines)


def test_a_file_that_is_missing_or_no_json_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_config(tmp_path / "nothing.json")
    (tmp_path / "bad.json").write_text("{,}")
    with pytest.raises(ConfigError, match="is not JSON"):
        load_config(tmp_path / "bad.json")


def test_the_products_queues_lock_for_a_minute_and_lose_nothing_silently() -> None:
    queues = {queue.name: queue.properties for queue in load_config(SHIPPED).queues}

    assert queues.keys() == {"scans", "redeploys", "notifications", "dead-letters"}
    for name, properties in queues.items():
        is_last = name == "dead-letters"
        deliveries = 2000 if is_last else 30
        assert (properties.lock_duration, properties.max_delivery_count) == (60.0, deliveries)
        assert properties.forward_dead_letters_to == (None if is_last else "dead-letters")
        assert (properties.default_time_to_live, properties.dead_letters_expired) == (
            14 * 86_400.0,
            True,
        )
        assert not properties.requires_session


def test_only_scans_are_deduplicated_because_a_wake_up_of_a_job_must_never_be_swallowed() -> None:
    detecting = {
        q.name for q in load_config(SHIPPED).queues if q.properties.requires_duplicate_detection
    }

    assert detecting == {"scans"}


@pytest.mark.parametrize("target", ["elsewhere", "Q"])
def test_dead_letters_are_forwarded_to_another_queue_of_the_file_only(target: str) -> None:
    queue = {"Name": "q", "Properties": {"ForwardDeadLetteredMessagesTo": target}}

    (found,) = _problems(_document(queue))

    assert found == (
        f"'q': ForwardDeadLetteredMessagesTo names {target!r}, which is no other queue of the file"
    )


def test_a_key_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"UserConfig": {"Namespaces": [], "Namespaces": []}}')

    with pytest.raises(ConfigError, match="the key 'Namespaces' is there twice"):
        load_config(file)
