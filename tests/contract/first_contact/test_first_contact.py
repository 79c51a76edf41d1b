"""What a first contact sends, says and writes, and that each refuted belief is found and named.

The variants alter the responses of the simulator: fields are missing, have other capitals, come in
another order, or are those that Azure really sent (tests/data/arm).
"""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from forestall_cli.contact.compare import compared
from forestall_cli.contact.exchanges import ContactError, read
from forestall_cli.contact.survey import MOST_REQUESTS, QUERIES
from sandbox.azure.arm.pytest_plugin import StartArm
from sandbox.azure.fleets.fleet import Fleet, Listing, Power
from sandbox.azure.fleets.load import load
from shared.adapters.azure.graph_queries import QUERIES as OF_THE_APP
from tests.contract.arm.fleets import quick_fleet
from tests.contract.first_contact.conftest import Alter, Contact, confirmed, refuted
from tests.unit.arm.fleets import GROUP, flexible, instance, vm

DATA = Path(__file__).parents[2] / "data/arm"
STATUS = "maintenanceRedeployStatus"
VM = f"{GROUP}/virtualMachines/vm-throwaway"


def fleet() -> Fleet:
    return quick_fleet(
        vm("vm-app-0", domain=0),
        vm("vm-app-1", domain=1),
        vm("vm-zonal", zone="2"),
        vm("vm-quiet", wave=None),
        vm("vm-gone", power=Power.DEALLOCATED),
        *(instance(number) for number in range(3)),
        *(flexible(number) for number in range(2)),
        listing=Listing(graph_lag=timedelta(0)),
    )


def recorded(name: str) -> Any:
    read = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return read["exchanges"][0] if "exchanges" in read else read


def altered_views(change: Callable[[Any], Any]) -> Alter:
    """Every instance view, alone or in a listing, as `change` makes it."""

    def within(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: change(within(below)) if key == "instanceView" else within(below)
                for key, below in value.items()
            }
        return [within(each) for each in value] if isinstance(value, list) else value

    def alter(url: str, status: int, headers: dict[str, str], body: Any) -> Any:
        made = change(body) if "/instanceview?" in url and status == 200 else within(body)
        return status, headers, made

    return alter


def without(*keys: str) -> Alter:
    return altered_views(lambda view: {key: view[key] for key in view if key not in keys})


def in_status(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Alter:
    return altered_views(
        lambda view: view | {STATUS: change(view[STATUS])} if STATUS in view else view
    )


def renamed(before: str, after: str) -> Alter:
    return altered_views(
        lambda view: {after if key == before else key: value for key, value in view.items()}
    )


def on(part: str, change: Callable[[int, dict[str, str], Any], Any]) -> Alter:
    """The responses to URLs with a part, as `change` makes them."""

    def alter(url: str, status: int, headers: dict[str, str], body: Any) -> Any:
        return change(status, headers, body) if part in url else (status, headers, body)

    return alter


def backwards() -> Alter:
    seen: list[str] = []

    def alter(url: str, status: int, headers: dict[str, str], body: Any) -> Any:
        if url in seen and isinstance(body, dict) and "value" in body:
            body = body | {"value": body["value"][::-1]}
        seen.append(url)
        return status, headers, body

    return alter


def with_rows(change: Callable[[dict[str, Any]], dict[str, Any]] | None) -> Alter:
    def alter(_: str, status: int, headers: dict[str, str], body: Any) -> Any:
        if isinstance(body, dict) and "data" in body:
            rows = [change(row) for row in body["data"]] if change else []
            body = body | {"data": rows}
        return status, headers, body

    return alter


def other_headers(name: str, value: str | None) -> Alter:
    def alter(_: str, status: int, headers: dict[str, str], body: Any) -> Any:
        kept = {key: text for key, text in headers.items() if key != name}
        return status, kept | ({name: value} if value and name in headers else {}), body

    return alter


def really_sent(name: str, *, also: dict[str, Any] | None = None) -> Alter:
    """A view that Azure sent, for every machine."""
    body = recorded(name)["body"]
    view = body.get("properties", {}).get("instanceView", body)
    return altered_views(lambda _: view | (also or {}))


def used_by_others() -> Alter:
    left = iter([14, 9, 3])

    def alter(_: str, status: int, headers: dict[str, str], body: Any) -> Any:
        if "x-ms-user-quota-remaining" in headers:
            headers = headers | {"x-ms-user-quota-remaining": str(next(left))}
        return status, headers, body

    return alter


REMAINING = "x-ms-ratelimit-remaining-resource"
PLACED = {"statuses": [{"code": "PowerState/running"}]}
#: how Azure may differ -> the beliefs that this refutes, all of them
VARIANTS: list[tuple[str, Alter, set[str]]] = [
    (
        "status in statusOnly",
        on("statusonly=true", lambda s, h, b: (s, h, _with_status(b))),
        {"status-only-maintenance"},
    ),
    (
        "no status in the set",
        on("$filter", lambda s, h, b: (s, h, _without_status(b))),
        {"flexible-list-maintenance"},
    ),
    (
        "view of one instance",
        on("/virtualmachines/0?$expand", lambda s, h, b: (s, h, _view(b))),
        {"uniform-instance-expand"},
    ),
    (
        "agent with other words",
        altered_views(
            lambda view: view | {"vmAgent": {"statuses": [{"displayStatus": "Unresponsive"}]}}
        ),
        {"silent-agent-texts"},
    ),
    (
        "unknown result code",
        in_status(lambda one: one | {"lastOperationResultCode": "Postponed"}),
        {"result-codes"},
    ),
    (
        "time without a zone",
        in_status(lambda one: one | {"maintenanceWindowEndTime": "2026-12-01T08:00:00"}),
        {"maintenance-status-fields"},
    ),
    (
        "status without permission",
        in_status(lambda one: {key: one[key] for key in one if not key.startswith("isCustomer")}),
        {"maintenance-status-fields"},
    ),
    ("status with other capitals", renamed(STATUS, "MaintenanceRedeployStatus"), {"field-names"}),
    ("statuses with other capitals", renamed("statuses", "Statuses"), {"field-names"}),
    ("no update domain", without("platformUpdateDomain"), {"update-domain-shown"}),
    (
        "text as update domain",
        altered_views(
            lambda view: (
                view | {"platformUpdateDomain": "1"} if "platformUpdateDomain" in view else view
            )
        ),
        {"update-domain-shown"},
    ),
    ("another order", backwards(), {"listing-order"}),
    ("no rows", with_rows(None), {"graph-maintenance-rows"}),
    (
        "rows with another status",
        with_rows(lambda row: row | {"status": "Announced"}),
        {"graph-maintenance-rows"},
    ),
    ("no header of the quota", other_headers("x-ms-user-quota-remaining", None), {"graph-quota"}),
    ("quota that others use", used_by_others(), {"graph-quota"}),
    (
        "other names of policies",
        other_headers(REMAINING, "Microsoft.Compute/ReadsPerHour;99"),
        {"compute-policy-names"},
    ),
    ("no header of the limits", other_headers(REMAINING, None), {"compute-policy-names"}),
    (
        "errors without a code",
        on("/permissions?", lambda _s, h, _b: (403, h, {"reason": "no"})),
        {"common-error-texts"},
    ),
    (
        "a deallocated machine in a wave",
        on("/vm-gone/instanceview?", lambda s, h, b: (s, h, b | {STATUS: _status()})),
        {"stopped-machine-status", "graph-maintenance-rows"},  # and it has no row
    ),
    (
        "regions that are no pair",
        on(
            "/locations?",
            lambda _s, h, _b: (
                200,
                h,
                {
                    "value": [
                        {
                            "name": "jioindiawest",
                            "metadata": {"pairedRegion": [{"name": "southindia"}]},
                        }
                    ]
                },
            ),
        ),
        {"region-pairs"},
    ),
]
#: what Azure really sent, by its recording: nothing of it refutes a belief of the app
RECORDED: list[tuple[str, Alter]] = [
    (
        "standalone",
        really_sent("vm-get-instanceview-standalone-running", also={"platformUpdateDomain": 0}),
    ),
    ("deallocated", really_sent("vm-get-instanceview-deallocated")),
    (
        "dedicated host",
        really_sent("vm-get-instanceview-dedicated-host", also={"platformUpdateDomain": 0}),
    ),
    (
        "installing",
        really_sent("vm-get-instanceview-ppg-os-provisioning", also={"platformUpdateDomain": 0}),
    ),
    ("uniform", really_sent("vmss-vm-instanceview-1")),
    (
        "throttled",
        on(
            "/instanceview?",
            lambda _s, h, _b: (
                recorded("error-429-compute-bare")["status"],
                h,
                recorded("error-429-compute-bare")["body"],
            ),
        ),
    ),
    (
        "forbidden",
        on(
            "/permissions?",
            lambda _s, h, _b: (403, h, recorded("error-403-authorization-failed")["body"]),
        ),
    ),
]


def _status() -> dict[str, Any]:
    return {
        "isCustomerInitiatedMaintenanceAllowed": True,
        "maintenanceWindowEndTime": "2026-12-01T08:00:00Z",
    }


def _with_status(body: Any) -> Any:
    running = [each for each in body["value"] if "vm-app" in each["id"]]
    for each in running:
        each["properties"]["instanceView"][STATUS] = _status()
    return body


def _without_status(body: Any) -> Any:
    for each in body["value"]:
        each["properties"]["instanceView"].pop(STATUS, None)
    return body


def _view(body: Any) -> Any:
    body["properties"]["instanceView"] = {"statuses": []}
    return body


def test_it_sends_gets_and_queries_only_and_says_each_before_it_is_sent(
    start_arm: StartArm, contact: Contact
) -> None:
    bundle = contact.run(start_arm(fleet()))
    posts = [url for method, url in contact.sent if method == "POST"]
    assert {method for method, _ in contact.sent} == {"GET", "POST"}
    assert len(posts) == len(QUERIES)
    assert all("/providers/Microsoft.ResourceGraph/resources?" in url for url in posts)
    assert len(contact.sent) == len(bundle.exchanges) <= MOST_REQUESTS
    said = [line for line in contact.said if line.lstrip()[:1].isdigit()]
    assert len(said) == len(contact.sent)


def test_its_queries_are_those_of_the_app() -> None:
    assert sorted(QUERIES.values()) == sorted(OF_THE_APP.values())


def test_the_simulator_confirms_what_it_plays_and_refutes_nothing(
    start_arm: StartArm, contact: Contact
) -> None:
    bundle = contact.run(start_arm(fleet()))
    assert refuted(bundle) == set()
    assert confirmed(bundle) >= {
        "compute-policy-names",
        "field-names",
        "graph-maintenance-rows",
        "graph-quota",
        "listing-order",
        "maintenance-status-fields",
        "status-only-maintenance",
        "uniform-instance-expand",
        "update-domain-shown",
    }


@pytest.mark.parametrize(
    ("alter", "beliefs"), [each[1:] for each in VARIANTS], ids=[each[0] for each in VARIANTS]
)
def test_each_refuted_belief_is_found_and_named_with_its_places(
    start_arm: StartArm, contact: Contact, alter: Alter, beliefs: set[str]
) -> None:
    contact.alter = alter
    bundle = contact.run(start_arm(fleet()))
    assert refuted(bundle) == beliefs
    for each in beliefs:
        section = compared(bundle).partition(f"REFUTED {each}: ")[2].partition("\n\n")[0]
        assert "assumed:" in section
        assert "used in:" in section


@pytest.mark.parametrize("alter", [each[1] for each in RECORDED], ids=[e[0] for e in RECORDED])
def test_what_azure_really_sent_refutes_nothing(
    start_arm: StartArm, contact: Contact, alter: Alter
) -> None:
    contact.alter = alter
    bundle = contact.run(start_arm(fleet()))
    assert refuted(bundle) <= {"graph-maintenance-rows"}  # a recorded view is in no wave


def test_there_are_enough_variants() -> None:
    assert len(VARIANTS) >= 20
    assert len(RECORDED) >= 5


def test_no_name_of_the_fleet_is_in_the_bundle(start_arm: StartArm, contact: Contact) -> None:
    played = fleet()
    contact.run(start_arm(played))
    text = (contact.folder / "bundle.json").read_text(encoding="utf-8").lower()
    names = {part for each in played.machines for part in each.id.split("/")[2::2]}
    names |= {"rg-shop", "as-app", "127.0.0.1", "11111111-2222-4333-8444-555555555555"}
    names -= {"providers", "resourceGroups", "virtualMachines", "virtualMachineScaleSets"}
    assert {each for each in names if len(each) > 3 and each.lower() in text} == {
        "Microsoft.Compute"
    }


def test_the_sandbox_plays_the_bundle(start_arm: StartArm, contact: Contact) -> None:
    contact.run(start_arm(fleet()))
    again = load(contact.folder / "bundle.json")
    assert len(again.machines) == len(fleet().machines)
    assert {each.wave for each in again.machines if each.wave} != set()


def test_a_bundle_that_exists_is_not_overwritten(start_arm: StartArm, contact: Contact) -> None:
    (contact.folder / "bundle.json").write_text("mine", encoding="utf-8")
    with pytest.raises(ContactError, match="name another file"):
        contact.run(start_arm(fleet()))
    assert contact.sent == []


def test_act_sends_one_redeploy_after_the_id_was_typed_twice(
    start_arm: StartArm, contact: Contact
) -> None:
    alone = quick_fleet(vm("vm-throwaway", wave=None), vm("vm-app-0", group=OTHER))
    arm = start_arm(alone)
    contact.typed = [VM, VM]
    bundle = contact.run(arm, "--act", VM)
    posts = [url for method, url in contact.sent if method == "POST" and "ResourceGraph" not in url]
    assert [url.partition("?")[0] for url in posts] == [
        f"{arm.base_url}{VM}/redeploy",
        f"{arm.base_url}{VM}/performMaintenance",
    ]
    moved, refused = arm.events("redeploy.requested")
    assert (moved["verb"], refused["verb"]) == ("redeploy", "performMaintenance")
    assert {"act", "act-operation"} <= {each.question for each in bundle.exchanges}
    (refusal,) = [each for each in bundle.exchanges if each.question == "act-maintenance"]
    assert (refusal.status, refusal.body["error"]["code"]) == (409, "OperationNotAllowed")
    assert "refusal-codes" in confirmed(bundle)


def test_act_leaves_maintenance_out_where_a_wave_came_meanwhile(
    start_arm: StartArm, contact: Contact
) -> None:
    arm = start_arm(quick_fleet(vm("vm-throwaway", wave=None), vm("vm-app-0", group=OTHER)))
    contact.typed = [VM, VM]
    moved: list[str] = []

    def alter(url: str, status: int, headers: dict[str, str], body: Any) -> Any:
        if url.endswith("/redeploy?api-version=2026-04-01"):
            moved.append(url)
        if moved and "/instanceview?" in url:
            body = body | {STATUS: _status()}
        return status, headers, body

    contact.alter = alter
    contact.run(arm, "--act", VM)
    posts = [url for method, url in contact.sent if method == "POST" and "ResourceGraph" not in url]
    assert len(posts) == 1


@pytest.mark.parametrize(
    ("status", "body", "refutes"),
    [
        (202, None, True),
        (400, {"error": {"code": "Gone", "message": "x"}}, True),
        (500, None, True),
        (409, recorded("vm-performmaintenance-409-not-eligible")["body"], False),
        (409, recorded("vmss-performmaintenance-409-not-eligible")["body"], False),
    ],
)
def test_another_answer_than_a_known_refusal_is_named(
    start_arm: StartArm, contact: Contact, status: int, body: Any, refutes: bool
) -> None:
    arm = start_arm(quick_fleet(vm("vm-throwaway", wave=None), vm("vm-app-0", group=OTHER)))
    contact.typed = [VM, VM]
    contact.alter = on("/performmaintenance?", lambda _s, h, _b: (status, h, body))
    bundle = contact.run(arm, "--act", VM)
    assert ("refusal-codes" in refuted(bundle)) is refutes


def test_a_machine_is_watched_until_its_wave_is_over_with_gets_alone(
    start_arm: StartArm, contact: Contact
) -> None:
    arm = start_arm(quick_fleet(vm("vm-throwaway"), vm("vm-app-0", group=OTHER)))
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            arm.control.do(VM, "redeploy")
        if len(waits) > 3:
            time.sleep(0.1)  # the simulator's machine moves in real time

    contact.wait = wait
    bundle = contact.run(arm, "--watch", VM)
    watched = [each for each in bundle.exchanges if each.question == "watch"]
    assert STATUS in watched[0].body
    assert (
        STATUS not in watched[-1].body
        or watched[-1].body[STATUS]["lastOperationResultCode"] == "MaintenanceCompleted"
    )
    assert 2 <= len(watched) < len(waits) + 1, "equal views are not kept"
    posts = [url for method, url in contact.sent if method == "POST"]
    assert all("ResourceGraph" in url for url in posts)
    assert "status-after-success" in confirmed(bundle)
    assert load(contact.folder / "bundle.json").machines


def test_a_folder_that_does_not_exist_is_said_before_anything_is_sent(
    start_arm: StartArm, contact: Contact
) -> None:
    contact.folder = contact.folder / "gone"
    with pytest.raises(ContactError, match=r"the folder of .* does not exist"):
        contact.run(start_arm(fleet()))
    assert contact.sent == []


@pytest.mark.parametrize("ends", ["not ready", "stopped", "refused"])
def test_what_a_redeploy_showed_is_kept_where_it_does_not_end_well(
    start_arm: StartArm, contact: Contact, ends: str
) -> None:
    arm = start_arm(quick_fleet(vm("vm-throwaway", wave=None), vm("vm-app-0", group=OTHER)))
    contact.typed = [VM, VM]
    moved: list[str] = []

    def alter(url: str, status: int, headers: dict[str, str], body: Any) -> Any:
        if url.endswith("/redeploy?api-version=2026-04-01"):
            moved.append(url)
            status = 409 if ends == "refused" else status
        if moved and "/instanceview?" in url:
            body = body | {"statuses": []}
        return status, headers, body

    def wait(_: float) -> None:
        if ends == "stopped":
            raise KeyboardInterrupt

    contact.alter, contact.wait = alter, wait
    with pytest.raises(ContactError, match="What was recorded until then is in"):
        contact.run(arm, "--act", VM)
    assert "act" in {each.question for each in read(contact.folder / "bundle.json").exchanges}


def test_a_watch_whose_login_ends_keeps_what_was_recorded(
    start_arm: StartArm, contact: Contact
) -> None:
    waits: list[float] = []
    contact.wait = waits.append

    def alter(_: str, status: int, headers: dict[str, str], body: Any) -> Any:
        return (401 if waits else status), headers, body

    contact.alter = alter
    bundle = contact.run(start_arm(quick_fleet(vm("vm-throwaway"))), "--watch", VM)
    assert [each.question for each in bundle.exchanges].count("watch") == 1
    assert "run az login" in contact.said[-1]


def test_ctrl_c_ends_a_watch_and_keeps_what_was_recorded(
    start_arm: StartArm, contact: Contact
) -> None:
    def wait(_: float) -> None:
        raise KeyboardInterrupt

    contact.wait = wait
    bundle = contact.run(start_arm(quick_fleet(vm("vm-throwaway"))), "--watch", VM)
    assert [each.question for each in bundle.exchanges].count("watch") == 1


@pytest.mark.parametrize(
    ("machine", "sentence"),
    [(VM.replace("throwaway", "quiet"), "in no wave"), ("vm-throwaway", "needs the id")],
)
def test_what_is_in_no_wave_is_not_watched(
    start_arm: StartArm, contact: Contact, machine: str, sentence: str
) -> None:
    arm = start_arm(quick_fleet(vm("vm-throwaway"), vm("vm-quiet", wave=None)))
    with pytest.raises(ContactError, match=sentence):
        contact.run(arm, "--watch", machine)


USAGES = {
    "value": [
        {
            "name": {"localizedValue": "Cores usage in West Europe", "value": "Cores"},
            "unit": "Cores",
            "currentValue": 250,
            "limit": 250,
        }
    ]
}


def test_clock_regions_provider_and_quotas_are_shown_and_lose_their_names_in_the_bundle(
    start_arm: StartArm, contact: Contact
) -> None:
    def alter(url: str, status: int, headers: dict[str, str], body: Any) -> Any:
        if "/georegions?" in url:
            status, body = 200, {"value": [{"name": "West Europe"}, {"name": "North Europe"}]}
        if "/providers/microsoft.app?" in url:
            status, body = 200, {"registrationState": "NotRegistered"}
        if "/locations/westeurope/usages?" in url:
            status, body = 200, USAGES
        headers["date"] = "Tue, 01 Dec 2026 00:00:00 GMT"
        return status, headers, body

    contact.alter = alter
    bundle = contact.run(start_arm(fleet()), "--region", "West Europe")
    report = contact.report
    assert "s behind Azure's" in report or "s ahead of Azure's: set it" in report
    assert "Flex Consumption: 2 regions; West Europe is one of them" in report
    assert "Microsoft.App: NotRegistered: the first deployment registers it" in report
    assert "  Cores usage in West Europe: 250 of 250 (USED UP)" in report
    (usages,) = [each for each in bundle.exchanges if each.question == "web-usages"]
    assert usages.body["value"][0]["limit"] == 250
    assert "Cores usage" not in (contact.folder / "bundle.json").read_text(encoding="utf-8")
    assert len(bundle.exchanges) <= MOST_REQUESTS


def test_a_region_without_flex_consumption_is_said(start_arm: StartArm, contact: Contact) -> None:
    contact.alter = on("/georegions?", lambda _s, h, _b: (200, h, {"value": [{"name": "East US"}]}))
    contact.run(start_arm(fleet()), "--region", "moonbase")
    assert "1 regions; moonbase is NOT one of them" in contact.report


def test_a_page_of_a_set_that_takes_more_than_one_request_is_named(
    start_arm: StartArm, contact: Contact
) -> None:
    left = iter([100, 90])

    def dearer(status: int, headers: dict[str, str], body: Any) -> Any:
        return (
            status,
            headers | {REMAINING: f"Microsoft.Compute/HighCostGet3Min;{next(left)}"},
            body,
        )

    contact.alter = on("virtualmachines?$expand=instanceview", dearer)
    bundle = contact.run(start_arm(fleet()))
    assert "set-listing-cost" in refuted(bundle)
    assert "one page takes 10 of HighCostGet3Min" in compared(bundle)


OTHER = GROUP.replace("RG-Shop", "rg-other")


@pytest.mark.parametrize(
    ("typed", "machines", "sentence"),
    [
        (["no"], [vm("vm-throwaway", wave=None)], "the id is another one"),
        ([VM, VM.upper()], [vm("vm-throwaway", wave=None)], "the second id is another one"),
        ([VM, VM], [vm("vm-throwaway")], "is in a wave"),
        ([VM, VM], [vm("vm-throwaway", wave=None, domain=0)], "is in a set"),
        ([VM, VM], [vm("vm-throwaway", wave=None), vm("vm-x", wave=None)], "other machines"),
        ([VM, VM], [vm("vm-throwaway", wave=None, power=Power.DEALLOCATED)], "not ready"),
        ([VM, VM], [vm("vm-x", wave=None)], "no such machine"),
    ],
)
def test_act_sends_nothing_to_any_other_machine(
    start_arm: StartArm, contact: Contact, typed: list[str], machines: Any, sentence: str
) -> None:
    arm = start_arm(quick_fleet(*machines, vm("vm-app-0", group=OTHER)))
    contact.typed = typed
    with pytest.raises(ContactError, match=sentence):
        contact.run(arm, "--act", VM)
    assert arm.events("redeploy.requested") == []
