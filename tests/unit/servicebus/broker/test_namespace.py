"""Names, topics, and who may do what."""

import base64
import hashlib
import hmac
from urllib.parse import quote

import pytest

from sandbox.azure.servicebus.broker.errors import BrokerError
from sandbox.azure.servicebus.broker.namespace import Namespace
from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.broker.queue import Settlement
from sandbox.azure.servicebus.broker.tokens import EVERYTHING, Claim, Policy, claims_of
from tests.unit.servicebus.virtual_time import START, Receiver, VirtualTime, content


@pytest.fixture
def namespace(time: VirtualTime) -> Namespace:
    return Namespace(time.agenda)


# ---- dead letters that are forwarded


def test_a_dead_letter_is_forwarded_and_counts_as_new_there(
    time: VirtualTime, namespace: Namespace
) -> None:
    dead = namespace.create_queue("dead", QueueProperties(max_delivery_count=2))
    queue = namespace.create_queue(
        "orders", QueueProperties(max_delivery_count=1, forward_dead_letters_to="Dead")
    )
    queue.accept([content("a")])
    receiver = Receiver(credit=1)
    queue.competing.join(receiver)
    queue.dispatch_soon()
    time.let_things_happen()

    queue.settle(receiver.tokens[0], Settlement.ABANDON)
    time.let_things_happen()

    (forwarded,) = dead.peek(1, 10)
    assert (forwarded.dead_letter_source, forwarded.delivery_count) == ("orders", 0)
    assert len(queue.dead_letters) == 0
    assert b"MaxDeliveryCountExceeded" in forwarded.content.application_properties


def test_a_dead_letter_stays_where_the_queue_to_forward_to_is_missing(
    time: VirtualTime, namespace: Namespace
) -> None:
    queue = namespace.create_queue(
        "orders", QueueProperties(max_delivery_count=1, forward_dead_letters_to="gone")
    )
    queue.accept([content("a")])
    receiver = Receiver(credit=1)
    queue.competing.join(receiver)
    queue.dispatch_soon()
    time.let_things_happen()

    queue.settle(receiver.tokens[0], Settlement.ABANDON)

    assert len(queue.dead_letters) == 1


# ---- names


@pytest.mark.parametrize(
    "address",
    [
        "orders",
        "ORDERS",
        "/orders/",
        "amqps://127.0.0.1:5672/orders",
        "sb://h/Orders/",
        "amqp://h:1/orders",
    ],
)
def test_a_queue_is_found_however_its_name_is_written(namespace: Namespace, address: str) -> None:
    queue = namespace.create_queue("Orders")

    assert namespace.resolve(address) is queue


def test_a_name_may_have_slashes(namespace: Namespace) -> None:
    queue = namespace.create_queue("a/b/c")

    assert namespace.resolve("sb://h/A/B/C") is queue
    assert namespace.resolve("a/b/c/$DeadLetterQueue") is queue.dead_letters


def test_subscriptions_and_their_dead_letters_are_found_below_their_topic(
    namespace: Namespace,
) -> None:
    subscription = namespace.create_topic("news/today").subscribe("Mine", QueueProperties())

    assert namespace.resolve("amqps://h/News/Today/Subscriptions/mine") is subscription
    assert (
        namespace.resolve("news/today/subscriptions/MINE/$deadletterqueue")
        is subscription.dead_letters
    )


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nothing",
        "t/$DeadLetterQueue",
        "t/subscriptions/x",
        "q/subscriptions/x",
        "subscriptions/x",
    ],
)
def test_what_was_not_created_is_not_found(namespace: Namespace, address: str) -> None:
    namespace.create_topic("t")
    namespace.create_queue("q")

    with pytest.raises(BrokerError) as refused:
        namespace.resolve(address)
    assert (refused.value.condition, refused.value.status) == ("amqp:not-found", 404)


def test_a_queue_is_no_topic_and_the_reverse(namespace: Namespace) -> None:
    namespace.create_topic("t")
    namespace.create_queue("q")

    assert namespace.topic("t").path == "t"
    for wrong in (lambda: namespace.queue("t"), lambda: namespace.topic("q")):
        with pytest.raises(BrokerError):
            wrong()


def test_a_deleted_queue_is_gone(namespace: Namespace) -> None:
    namespace.create_queue("q")

    namespace.delete("Q")
    namespace.delete("q")

    with pytest.raises(BrokerError):
        namespace.queue("q")


# ---- topics


def test_every_subscription_gets_a_copy_of_its_own(namespace: Namespace) -> None:
    topic = namespace.create_topic("t")
    first, second = (topic.subscribe(name, QueueProperties()) for name in ("a", "b"))

    assert topic.accept([content("m"), content("n")]) == [1, 2]

    for queue in (first, second):
        assert [m.content.message_id for m in queue.peek(1, 9)] == ["m", "n"]
    first.peek(1, 1)[0].delivery_count = 7
    assert second.peek(1, 1)[0].delivery_count == 0


def test_a_scheduled_message_reaches_the_subscriptions_at_its_time(
    namespace: Namespace, time: VirtualTime
) -> None:
    topic = namespace.create_topic("t")
    queue = topic.subscribe("s", QueueProperties())
    (number,) = topic.accept([content("m", scheduled_at=time.now + 60)])
    assert [m.sequence_number for m in topic.peek(1, 9)] == [number]

    time.advance(59.9)
    assert len(queue) == 0
    time.advance(0.1)

    assert len(queue) == 1
    assert topic.peek(1, 9) == []


def test_a_scheduled_message_of_a_topic_is_cancelled_all_or_none(
    namespace: Namespace, time: VirtualTime
) -> None:
    topic = namespace.create_topic("t")
    queue = topic.subscribe("s", QueueProperties())
    numbers = topic.accept([content("m", scheduled_at=time.now + 60)])

    with pytest.raises(BrokerError):
        topic.cancel_scheduled([*numbers, 99])
    assert len(topic.peek(1, 9)) == 1
    topic.cancel_scheduled(numbers)
    time.advance(60)

    assert len(queue) == 0


def test_a_topic_stores_a_message_in_all_subscriptions_or_in_none(namespace: Namespace) -> None:
    topic = namespace.create_topic("t")
    plain = topic.subscribe("plain", QueueProperties())
    topic.subscribe("sessions", QueueProperties(requires_session=True))

    with pytest.raises(BrokerError, match="requires sessions"):
        topic.accept([content("m")])

    assert len(plain) == 0
    topic.accept([content("m", session_id="A")])
    assert len(plain) == 1


@pytest.mark.parametrize("replace", [False, True])
def test_what_was_to_happen_in_a_deleted_or_replaced_entity_does_not_happen(
    namespace: Namespace, time: VirtualTime, *, replace: bool
) -> None:
    queue = namespace.create_queue(
        "q", QueueProperties(default_time_to_live=14 * 86_400.0, max_delivery_count=1)
    )
    queue.accept([content("a"), content("b"), content("c", scheduled_at=time.now + 60)])
    receiver = Receiver(credit=1)
    queue.competing.join(receiver)
    topic = namespace.create_topic("t")
    topic.subscribe("s", QueueProperties(default_time_to_live=60.0))
    topic.accept([content("a"), content("b", scheduled_at=time.now + 60)])
    time.let_things_happen()
    queue.settle(receiver.tokens[0], Settlement.ABANDON)
    time.let_things_happen()

    for name in ("q", "t"):
        if replace:
            namespace.create_queue(name)
        else:
            namespace.delete(name)

    time.let_things_happen()
    assert (len(time.agenda), len(queue), len(queue.dead_letters)) == (0, 0, 0)


# ---- tokens

_POLICIES = {"send only": Policy(key="secret", claims=frozenset({Claim.SEND}))}


def _sas(key: str = "secret", policy: str = "send only", expiry: float = START + 3600) -> str:
    resource, until = quote("sb://127.0.0.1:5672/q", safe=""), int(expiry)
    digest = hmac.new(key.encode(), f"{resource}\n{until}".encode(), hashlib.sha256).digest()
    signature = quote(base64.b64encode(digest), safe="")
    return f"SharedAccessSignature sr={resource}&sig={signature}&se={until}&skn={quote(policy)}"


def test_a_good_sas_token_carries_the_claims_of_its_policy() -> None:
    assert claims_of(_sas(), _POLICIES, START) == {Claim.SEND}


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        (_sas(key="guessed"), "signature does not fit"),
        (_sas(policy="other"), "no such policy"),
        (_sas(expiry=START - 1), "expired"),
        ("SharedAccessSignature ", "no such policy"),
        ("SharedAccessSignature skn=send%20only", "signature does not fit"),
    ],
)
def test_a_bad_sas_token_is_refused_with_the_reason(token: str, problem: str) -> None:
    with pytest.raises(BrokerError, match=problem) as refused:
        claims_of(token, _POLICIES, START)
    assert (refused.value.condition, refused.value.status) == ("com.microsoft:auth-failed", 401)


def test_without_policies_every_token_may_do_everything() -> None:
    assert claims_of(_sas(key="guessed"), None, START) == EVERYTHING


def test_a_token_of_another_kind_is_not_checked() -> None:
    assert claims_of("eyJ0eXAiOiJKV1Qi...", _POLICIES, START) == EVERYTHING


def test_a_missing_entity_already_fails_when_the_token_is_put(namespace: Namespace) -> None:
    namespace.create_queue("q")

    assert namespace.authorize("any", "sb://h/q") == EVERYTHING
    assert namespace.authorize("any", "sb://h/") == EVERYTHING
    with pytest.raises(BrokerError):
        namespace.authorize("any", "sb://h/nothing")
