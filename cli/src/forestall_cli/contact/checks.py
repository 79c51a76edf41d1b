"""One check for each belief that responses of a first contact can confirm or refute."""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

from forestall_cli.contact.exchanges import Bundle
from forestall_cli.contact.json_shapes import elements, keys_in, text_at, value_at
from forestall_cli.contact.results import Result, judged
from forestall_cli.contact.seen import STATUS, Seen

#: as recorded until 2022; the window at the end of a name may be another one
_POLICIES = {
    "getoperation",
    "getvmscaleset",
    "getvmscalesetvm",
    "highcostget",
    "highcostgetvmscaleset",
    "lowcostget",
    "putvm",
    "updatevm",
    "vmscalesetactions",
    "vmscalesetbatchedvmrequests",
    "vmscalesetvmactions",
    "vmscalesetvmviews",
    "vmssqueuedvmoperations",
}
_WINDOW = re.compile(r"\d+(?:min|sec)$")
_RESULTS = {"none", "retrylater", "maintenanceaborted", "maintenancecompleted"}
_ROWS = {"pending", "inprogress", "completed", "cancelled", "retrylater", "retrynow", "scheduled"}
_FIELDS = {
    each.lower(): each
    for each in (
        "maintenanceRedeployStatus",
        "isCustomerInitiatedMaintenanceAllowed",
        "preMaintenanceWindowStartTime",
        "preMaintenanceWindowEndTime",
        "maintenanceWindowStartTime",
        "maintenanceWindowEndTime",
        "lastOperationResultCode",
        "platformUpdateDomain",
        "platformFaultDomain",
        "placementGroupId",
        "statuses",
        "vmAgent",
        "displayStatus",
        "code",
    )
}
#: codes of refusals that the app knows the meaning of
_REFUSALS = {"operationnotallowed", "conflict", "anotheroperationinprogress", "badrequest"}
_ZONED = re.compile(r".*(?:Z|[+-]\d\d:?\d\d)$")
_FOUND = 400  # statuses from here on are refusals


def _status_only(seen: Seen) -> Result:
    shown = seen.listed("status-only")
    carries = [
        each
        for each in shown.values()
        if value_at(each, "properties", "instanceView", STATUS) is not None
    ]
    lacks = [each for each in seen.in_wave() if each in shown]
    return judged(
        "status-only-maintenance",
        f"{len(carries)} elements of the listing carry the status" if carries else "",
        "a machine in a wave is listed without its status" if lacks else "",
    )


def _flexible_list(seen: Seen) -> Result:
    listed = seen.listed("flexible-list")
    in_wave = [each for each in seen.in_wave() if each in listed]
    lacks = [
        each for each in in_wave if not value_at(listed[each], "properties", "instanceView", STATUS)
    ]
    return judged(
        "flexible-list-maintenance",
        "a member in a wave is listed without its status" if lacks else "",
        "a member in a wave is listed with its status" if in_wave else "",
    )


def _uniform_expanded(seen: Seen) -> Result:
    asked = seen.of("uniform-expanded")
    has = [each for each in asked if value_at(each.body, "properties", "instanceView")]
    return judged(
        "uniform-instance-expand",
        "a GET of one instance answers with its view" if has else "",
        "a GET of one instance answers without its view" if asked else "",
    )


def _stopped(seen: Seen) -> Result:
    gone = [each for each in seen.views() if "powerstate/deallocated" in _codes(each)]
    stopped = [each for each in seen.views() if "powerstate/stopped" in _codes(each)]
    wrong = any(value_at(each, STATUS) for each in gone)
    return judged(
        "stopped-machine-status",
        "a deallocated machine has a maintenance status" if wrong else "",
        "a deallocated machine has none" if gone and (stopped or not wrong) else "",
    )


def _agents(seen: Seen) -> Result:
    texts = {
        text_at(status, "displayStatus")
        for view in seen.views()
        for status in _list(value_at(view, "vmAgent", "statuses"))
    }
    other = {each for each in texts if each and each.lower() not in ("ready", "not ready")}
    return judged(
        "silent-agent-texts",
        f"an agent says {', '.join(sorted(other))}" if other else "",
        "a silent agent says Not Ready" if "not ready" in {each.lower() for each in texts} else "",
    )


def _result_codes(seen: Seen) -> Result:
    codes = {text_at(view, STATUS, "lastOperationResultCode") for view in seen.views()} - {""}
    other = {each for each in codes if each.lower() not in _RESULTS}
    failed = {each for each in codes if each.lower() in ("retrylater", "maintenanceaborted")}
    return judged(
        "result-codes",
        f"the result code {', '.join(sorted(other))}" if other else "",
        f"the result code {', '.join(sorted(failed))}" if failed else "",
    )


def _after_success(seen: Seen) -> Result:
    views = seen.watched()
    codes = [text_at(view, STATUS, "lastOperationResultCode").lower() for view in views]
    done = "maintenancecompleted" in codes
    gone = bool(views) and not value_at(views[-1], STATUS)
    allowed = done and value_at(views[-1], STATUS, "isCustomerInitiatedMaintenanceAllowed") is True
    return judged(
        "status-after-success",
        "a completed maintenance may be started again" if allowed else "",
        "the status is gone, or shows that it is done" if done or gone else "",
    )


def _refusal_codes(seen: Seen) -> Result:
    asked = [each for each in seen.bundle.exchanges if each.question == "act-maintenance"]
    answered = [each for each in asked if each.status]
    taken = [each for each in answered if each.status < _FOUND]
    texts = [
        f"{each.status} {text_at(each.body, 'error', 'code') or text_at(each.body, 'code')}".strip()
        for each in answered
    ]
    other = [each for each in texts if each.rpartition(" ")[2].lower() not in _REFUSALS]
    return judged(
        "refusal-codes",
        "Azure accepts performMaintenance for a machine in no wave"
        if taken
        else f"performMaintenance of a machine in no wave is refused with {other[0]}"
        if other
        else "",
        f"performMaintenance of a machine in no wave is refused with {texts[0]}" if texts else "",
    )


def _policy_names(seen: Seen) -> Result:
    names = {
        part.partition(";")[0].rpartition("/")[2]
        for each in seen.bundle.exchanges
        for part in each.headers.get("x-ms-ratelimit-remaining-resource", "").split(",")
        if part.strip()
    }
    other = {each for each in names if _WINDOW.sub("", each.lower()) not in _POLICIES}
    asked = [each for each in seen.of("own-view") if not _left(each.headers)]
    return judged(
        "compute-policy-names",
        f"the policy {', '.join(sorted(other))}"
        if other
        else "a view was answered without what is left of its limits"
        if asked
        else "",
        f"the policies {', '.join(sorted(names))}" if names else "",
    )


def _set_cost(seen: Seen) -> Result:
    first, second = seen.of("uniform-list")[:1], seen.of("uniform-list-again")[:1]
    before = _counts(first[0].headers) if first else {}
    after = _counts(second[0].headers) if second else {}
    taken = {name: before[name] - after[name] for name in before if name in after}
    dear = {name: count for name, count in taken.items() if count > 1}
    told = ", ".join(f"{count} of {name}" for name, count in sorted((dear or taken).items()))
    return judged(
        "set-listing-cost",
        f"one page takes {told}, or others used it meanwhile" if dear else "",
        f"one page takes {told}" if any(count == 1 for count in taken.values()) else "",
    )


def _counts(headers: Mapping[str, str]) -> dict[str, int]:
    """What is left of each policy: `Microsoft.Compute/HighCostGet3Min;239`."""
    pairs = (part.strip().partition(";") for part in _left(headers).split(","))
    return {name.rpartition("/")[2]: int(number) for name, _, number in pairs if number.isdecimal()}


def _left(headers: Mapping[str, str]) -> str:
    return headers.get("x-ms-ratelimit-remaining-resource", "")


def _order(seen: Seen) -> Result:
    first, second = seen.order("list"), seen.order("list-again")
    both = len(first) > 1 and len(second) > 1
    known = set(first) & set(second)
    same = [each for each in first if each in known] == [each for each in second if each in known]
    return judged(
        "listing-order",
        "two listings have different orders" if both and not same else "",
        "two listings have the same order" if both and same else "",
    )


def _graph_rows(seen: Seen) -> Result:
    rows = [each for one in seen.of("graph-updates") for each in elements(one)]
    named = {text_at(each, "targetResourceId").lower() for each in rows}
    waves = {each for each in seen.in_wave() if "/virtualmachinescalesets/" not in each}
    # Rows may come later than views, so one row proves more than one that is missing.
    missing = waves - named if seen.of("graph-updates") else set()
    other = {text_at(each, "status") for each in rows}
    strange = {each for each in other if each.replace(" ", "").lower() not in _ROWS}
    wrong = ""
    if strange:
        wrong = f"a row has the status {', '.join(repr(each) for each in sorted(strange))}"
    elif missing:
        wrong = f"{len(missing)} machines in a wave have no row (rows may be late)"
    return judged(
        "graph-maintenance-rows", wrong, "a machine in a wave has its row" if waves & named else ""
    )


def _graph_quota(seen: Seen) -> Result:
    left = [
        int(text)
        for name in ("graph-updates", "graph-impacted", "graph-annotations")
        for each in seen.of(name)
        if (text := each.headers.get("x-ms-user-quota-remaining", "")).isdecimal()
    ]
    steps = [before - after for before, after in pairwise(left)]
    missing = bool(seen.of("graph-updates")) and not left
    more = any(step > 1 for step in steps)
    return judged(
        "graph-quota",
        "queries are answered without what is left of their quota"
        if missing
        else "others use the quota too"
        if more
        else "",
        "each query takes one of the quota" if steps and all(step == 1 for step in steps) else "",
    )


def _field_names(seen: Seen) -> Result:
    keys = {key for view in seen.views() for key in keys_in(view)}
    odd = sorted(key for key in keys if _FIELDS.get(key.lower(), key) != key)
    return judged(
        "field-names",
        f"a view has the field {', '.join(odd)}" if odd else "",
        "views have the documented fields" if keys & set(_FIELDS.values()) else "",
    )


def _windows(seen: Seen) -> Result:
    found = [value_at(view, STATUS) for view in seen.views() if value_at(view, STATUS)]
    texts = [
        text
        for status in found
        if isinstance(status, dict)
        for key, text in status.items()
        if key.lower().endswith("time") and isinstance(text, str)
    ]
    plain = [each for each in texts if not _ZONED.match(each)]
    asked = [each for each in found if not isinstance(each, dict) or not _has_permission(each)]
    wrong = f"a time without a zone: {plain[0]}" if plain else ""
    if asked and not wrong:
        wrong = "a maintenance status lacks isCustomerInitiatedMaintenanceAllowed"
    return judged("maintenance-status-fields", wrong, "a status has all fields" if texts else "")


def _has_permission(status: Mapping[str, Any]) -> bool:
    return any(key.lower() == "iscustomerinitiatedmaintenanceallowed" for key in status)


def _domains(seen: Seen) -> Result:
    views = seen.own_views()
    members = [
        name
        for name, each in seen.listed("list").items()
        if value_at(each, "properties", "availabilitySet") and name in views
    ]
    running = [each for each in members if "powerstate/running" in _codes(views[each])]
    without = [
        each for each in running if not isinstance(views[each].get("platformUpdateDomain"), int)
    ]
    return judged(
        "update-domain-shown",
        "a running member of an availability set shows no update domain" if without else "",
        "a member of an availability set shows its update domain" if running else "",
    )


def _pairs(seen: Seen) -> Result:
    pairs = {
        text_at(each, "region").lower(): {
            text_at(one, "region").lower()
            for one in _list(value_at(each, "metadata", "pairedRegion"))
        }
        for one in seen.of("locations")
        for each in elements(one)
    }
    wanted = {"jioindiawest": "jioindiacentral", "usdodcentral": "usdodeast"}
    there = {each: pairs[each] for each in wanted if each in pairs}
    alone = [each for each, found in there.items() if wanted[each] not in found]
    return judged(
        "region-pairs",
        f"{', '.join(alone)} is not paired as assumed" if alone else "",
        "the pairs are as assumed" if there else "",
    )


def _errors(seen: Seen) -> Result:
    refused = [each for each in seen.bundle.exchanges if each.status >= _FOUND]
    odd = [
        each
        for each in refused
        if not (text_at(each.body, "error", "code") or text_at(each.body, "code"))
    ]
    return judged(
        "common-error-texts",
        f"a response {odd[0].status} has no code" if odd else "",
        "refusals have a code" if refused else "",
    )


def _codes(view: Any) -> set[str]:
    return {text_at(each, "code").lower() for each in _list(value_at(view, "statuses"))}


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


CHECKS: Mapping[str, Callable[[Seen], Result]] = {
    "status-only-maintenance": _status_only,
    "flexible-list-maintenance": _flexible_list,
    "uniform-instance-expand": _uniform_expanded,
    "stopped-machine-status": _stopped,
    "silent-agent-texts": _agents,
    "result-codes": _result_codes,
    "status-after-success": _after_success,
    "refusal-codes": _refusal_codes,
    "compute-policy-names": _policy_names,
    "set-listing-cost": _set_cost,
    "listing-order": _order,
    "graph-maintenance-rows": _graph_rows,
    "graph-quota": _graph_quota,
    "field-names": _field_names,
    "maintenance-status-fields": _windows,
    "update-domain-shown": _domains,
    "region-pairs": _pairs,
    "common-error-texts": _errors,
}


def results(bundle: Bundle) -> list[Result]:
    """What a bundle says about each belief that it can show, in a fixed order."""
    seen = Seen(bundle)
    return [check(seen) for check in CHECKS.values()]
