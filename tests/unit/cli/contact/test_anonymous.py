"""No name survives: neither those that a response has today nor any that it may have."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forestall_cli.contact import vocabulary
from forestall_cli.contact.anonymous import _Replacements, anonymous
from forestall_cli.contact.exchanges import Bundle, Exchange, Sent

#: what a person may have called things; never a word of Azure
NAMES = st.from_regex(r"zq[a-z0-9]{2,12}", fullmatch=True)
GUIDS = st.uuids(version=4).map(str)
ADDRESSES = st.ip_addresses(v=4).map(str)
MAILS = NAMES.map(lambda each: f"{each}@zq.example")
SECRETS = NAMES | NAMES.map(str.upper) | GUIDS | ADDRESSES | MAILS
KNOWN = st.sampled_from(sorted(vocabulary.KEYS))


def bundle(*bodies: Any, url: str = "https://management.azure.com/x", **headers: str) -> Bundle:
    return Bundle(
        exchanges=tuple(
            Exchange(
                question="list",
                request=Sent("GET", url),
                status=200,
                headers={name.replace("_", "-"): value for name, value in headers.items()},
                body=body,
            )
            for body in bodies
        )
    )


def bodies(secrets: list[str]) -> st.SearchStrategy[Any]:
    """JSON in which secrets are values, parts of ids and addresses, and keys, anywhere."""
    secret = st.sampled_from(secrets)
    text = (
        secret
        | secret.map(lambda each: f"/subscriptions/{each}/resourceGroups/{each}/providers/x/{each}")
        | secret.map(lambda each: f"https://{each}.blob.core.windows.net/{each}?sig={each}")
        | st.just(f"PowerState/{secrets[0]}")
        | secret.map(lambda each: f"2026-01-01T00:00:00Z {each}")
        | st.sampled_from(["PowerState/running", "Ready", "2026-01-01T00:00:00Z", "westeurope"])
    )
    keys = KNOWN | secret | st.just("tags")
    return st.recursive(
        text | st.integers(0, 99) | st.booleans() | st.none(),
        lambda below: st.lists(below, max_size=3) | st.dictionaries(keys, below, max_size=4),
        max_leaves=20,
    )


@settings(max_examples=300, deadline=None)
@given(data=st.data(), secrets=st.lists(SECRETS, min_size=1, max_size=5))
def test_no_secret_survives_anywhere(data: st.DataObject, secrets: list[str]) -> None:
    given_bodies = data.draw(st.lists(bodies(secrets), min_size=1, max_size=3))
    secret = secrets[0]
    before = bundle(
        *given_bodies,
        url=f"https://{secret}.example/subscriptions/{secret}/x?{secret}={secret}&$filter={secret}",
        location=f"https://management.azure.com/subscriptions/{secret}?t={secret}",
        x_ms_ratelimit_remaining_resource=f"Microsoft.Compute/{secret};1",
        x_ms_request_id=secret,
        retry_after=secret,
    )
    after = anonymous(before)
    text = json.dumps([[one.request.url, one.headers, one.body] for one in after.exchanges]).lower()
    assert [each for each in secrets if each.lower() in text] == []


@given(secrets=st.lists(NAMES, min_size=2, max_size=4, unique=True))
def test_equal_names_stay_equal_and_others_stay_different(secrets: list[str]) -> None:
    body = {"value": [{"name": each, "id": f"/subscriptions/{each}"} for each in secrets * 2]}
    (one,) = anonymous(bundle(body)).exchanges
    made = [(each["name"], each["id"].rpartition("/")[2]) for each in one.body["value"]]
    assert all(name == part for name, part in made)
    assert len({name for name, _ in made}) == len(secrets)


def test_capitals_of_a_whole_name_are_kept() -> None:
    (one,) = anonymous(bundle({"value": [{"name": "rg-zq"}, {"name": "RG-ZQ"}]})).exchanges
    first, second = (each["name"] for each in one.body["value"])
    assert first != second
    assert first.upper() == second


def test_what_a_belief_needs_is_kept() -> None:
    view = {
        "platformUpdateDomain": 1,
        "statuses": [{"code": "PowerState/running", "time": "2026-12-01T08:00:00+00:00"}],
        "maintenanceRedeployStatus": {
            "isCustomerInitiatedMaintenanceAllowed": True,
            "lastOperationResultCode": "RetryLater",
            "maintenanceWindowEndTime": "2026-12-01T08:00:00Z",
        },
    }
    (one,) = anonymous(bundle(view)).exchanges
    assert one.body == view


def test_the_original_is_not_changed_and_the_copy_says_what_it_kept() -> None:
    body = {"name": "zq", "tags": {"zq": "zq"}}
    before = bundle(body)
    after = anonymous(before)
    assert body == {"name": "zq", "tags": {"zq": "zq"}}
    assert (before.anonymous, after.anonymous) == (False, True)
    assert after.kept == vocabulary.KEPT


def test_a_word_of_azure_that_holds_a_name_is_replaced() -> None:
    body = {"name": "zqshop", "statuses": [{"code": "ProvisioningState/zqshop"}]}
    (one,) = anonymous(bundle(body)).exchanges
    assert re.fullmatch(r"(name|text)-\d+", one.body["statuses"][0]["code"])


def test_a_name_that_comes_later_is_known_in_what_came_before() -> None:
    early, late = {"statuses": [{"code": "X/zqlate"}]}, {"name": "zqlate"}
    first, _ = anonymous(bundle(early, late)).exchanges
    assert "zqlate" not in json.dumps(first.body)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-ms-failure-cause", "10.0.0.5"),
        ("retry-after", "zqpayroll"),
        ("date", "zqpayroll.example"),
        ("x-ms-ratelimit-remaining-resource", "Microsoft.Compute/0a0a0a0a-zqpayroll;1"),
        ("x-ms-ratelimit-remaining-zqpayroll", "1"),
        ("x-ms-user-quota-remaining", "zq:1,payroll"),
    ],
)
def test_a_name_that_is_in_one_header_alone_is_replaced(name: str, value: str) -> None:
    (one,) = anonymous(Bundle(exchanges=(_with_header(name, value),))).exchanges
    text = json.dumps(one.headers)
    assert not [part for part in ("zq", "payroll", "10.0.0.5", "0a0a") if part in text]
    assert len(one.headers) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-ms-failure-cause", "gateway"),
        ("retry-after", "17"),
        ("retry-after", "Tue, 01 Dec 2026 08:00:00 GMT"),
        ("x-ms-ratelimit-remaining-subscription-global-reads", "3749"),
        ("x-ms-ratelimit-remaining-resource", "Microsoft.Compute/LowGet;0,Microsoft.Web/A3Min;9"),
        ("x-ms-user-quota-resets-after", "00:00:05"),
    ],
)
def test_headers_about_limits_are_kept(name: str, value: str) -> None:
    (one,) = anonymous(Bundle(exchanges=(_with_header(name, value),))).exchanges
    assert one.headers == {name: value}


def _with_header(name: str, value: str) -> Exchange:
    return Exchange(question="x", request=Sent("GET", "x"), status=429, headers={name: value})


def test_nothing_below_a_tag_is_kept() -> None:
    tags = {"zqenv": {"status": "Zqshop", "name": 4711}, "code": "Zqshop", "count": 4711}
    (one,) = anonymous(bundle({"tags": tags})).exchanges
    assert not [part for part in ("zq", "status", "code", "4711") if part in str(one.body).lower()]


def test_a_machine_whose_name_is_a_number_is_renamed_and_an_instance_is_not() -> None:
    below = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute"
    machine, instance = f"{below}/virtualMachines/4711", f"{below}/virtualMachineScaleSets/v"
    body = {"value": [{"id": machine}, {"id": f"{instance}/virtualMachines/12"}]}
    (one,) = anonymous(bundle(body)).exchanges
    first, second = (each["id"].rpartition("/")[2] for each in one.body["value"])
    assert first.startswith("name-")
    assert second == "12"


def test_each_word_is_compared_with_the_names_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A subscription has thousands of names and thousands of equal words."""
    compared: list[str] = []

    def holds_no_name(_: Any, low: str) -> bool:
        compared.append(low)
        return True

    monkeypatch.setattr(_Replacements, "_holds_no_name", holds_no_name)
    machine = {"name": "zq", "statuses": [{"code": "PowerState/odd"}], "status": "Odd"}
    anonymous(bundle({"value": [machine] * 500}))
    assert sorted(compared) == ["odd", "powerstate/odd"]
