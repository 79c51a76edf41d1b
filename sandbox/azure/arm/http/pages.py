"""Lists in pages: {"value": [...], "nextLink": "..."}.

The token names the last item of the page before, so what is deleted between two pages moves nothing
else. Sizes can vary as they were once observed in Azure (Azure/azure-rest-api-specs #13843). It
does not know what is in the lists.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from sandbox.azure.arm.faults import FaultKind, RequestGroup
from sandbox.azure.arm.http.messages import BAD_REQUEST, RequestContext, Response
from sandbox.azure.arm.shapes.errors import error
from sandbox.azure.arm.simulator import Simulator

# The empty page is ours: it is legal and trips careless readers.
OBSERVED_SIZES = (299, 0, 250, 211, 116, 81, 50, 50, 48)
FOREIGN_HOST = "http://foreign.invalid"


def page(
    sim: Simulator,
    call: RequestContext,
    keys_after: Callable[[str], Iterable[str]],
    render: Callable[[str], Any],
) -> Response:
    """One page of what `keys_after(last key)` lists, and a nextLink while there is more."""
    try:
        number, last = _read_token(call.request.query.get("$skiptoken", ""))
    except ValueError:
        return Response(
            status=BAD_REQUEST,
            body=error("InvalidSkipToken", "The simulator did not issue this $skiptoken."),
        )
    size = _size(sim, number)
    keys = list(islice(keys_after(last), size + 1))
    body: dict[str, Any] = {"value": [render(key) for key in keys[:size]]}
    if len(keys) > size:
        body["nextLink"] = _next_link(sim, call, number + 1, keys[size - 1] if size else last)
    return Response(body=body)


def _size(sim: Simulator, number: int) -> int:
    listing = sim.fleet.listing
    return OBSERVED_SIZES[number % len(OBSERVED_SIZES)] if listing.vary else listing.page_size


def _next_link(sim: Simulator, call: RequestContext, number: int, last: str) -> str:
    request = call.request
    broken = sim.faults.trigger(FaultKind.BROKEN_NEXT_LINK, RequestGroup.LISTS)
    mode = "" if broken is None else broken.body or "error"
    if broken is not None:
        sim.world.record(
            "fault.injected",
            by=call.caller.client_id,
            kind=FaultKind.BROKEN_NEXT_LINK.value,
            hit=request.path,
            mode=mode,
        )
    token = f"{number}|{'!' if mode == 'error' else ''}|{last}"
    query = {name: value for name, value in request.query.items() if name != "$skiptoken"}
    query["$skiptoken"] = urlsafe_b64encode(token.encode()).decode()
    base = FOREIGN_HOST if mode == "foreign-host" else request.base
    return f"{base}{request.path}?{urlencode(query, safe='$')}"


def is_broken(token: str) -> bool:
    """Whether following this token has to fail because of a fault."""
    try:
        return urlsafe_b64decode(token).decode().split("|", 2)[1] == "!"
    except (ValueError, IndexError):
        return False


def _read_token(token: str) -> tuple[int, str]:
    if not token:
        return 0, ""
    number, _, last = urlsafe_b64decode(token).decode().split("|", 2)
    return int(number), last
