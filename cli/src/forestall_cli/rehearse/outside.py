"""The hops that people see: targets of messages, the page, the calendar."""

from collections.abc import Iterator
from contextlib import suppress

from forestall_cli.client import ApiClient
from forestall_cli.errors import ApiError
from forestall_cli.output.cell import cell
from forestall_cli.rehearse.results import Hop, Rehearsal, failed, left_out, passed
from forestall_cli.responses.messages import MadeAddress, Revoked, TargetList, Tested


def targets(rehearsal: Rehearsal) -> Iterator[Hop]:
    """One test message to each target."""
    try:
        names = [each.name for each in rehearsal.app.get(TargetList, "targets").targets]
    except ApiError as fault:
        yield failed("targets", str(fault))
        return
    if not names:
        yield left_out("targets", "FORESTALL_NOTIFY names no target")
    for name in names:
        yield _target(rehearsal, name)


def _target(rehearsal: Rehearsal, target: str) -> Hop:
    name = f"target {cell(target)}"
    try:
        done = rehearsal.app.post(Tested, "targets", "test", name=target, **rehearsal.operator)
    except ApiError as fault:
        return failed(name, str(fault))
    detail = cell(done.detail) if done.detail else ""
    if done.result != "accepted":
        return failed(name, f"{done.result}. {detail}")
    return passed(name, detail)


def page(rehearsal: Rehearsal) -> Iterator[Hop]:
    """The page is there, and is Forestall's."""
    try:
        text = rehearsal.app.fetch("/api/v1/ui")
    except ApiError as fault:
        yield failed("page", str(fault))
        return
    if b"<title>Forestall</title>" in text:
        yield passed("page", f"{rehearsal.app.url.rstrip('/')}/api/v1/ui")
    else:
        yield failed("page", "another page answers at /api/v1/ui: is a proxy before the app?")


def calendar(rehearsal: Rehearsal) -> Iterator[Hop]:
    """Make an address of the calendar, read it without a key, and revoke it."""
    name = f"rehearsal {rehearsal.id}"
    try:
        made = rehearsal.app.post(
            MadeAddress, "calendar", "address", name=name, group="", **rehearsal.operator
        )
    except ApiError as fault:
        if "answered 404 without" in str(fault):
            yield left_out("calendar", "this release has no calendar")
        else:
            yield failed("calendar", str(fault))
        return
    try:
        yield _read(rehearsal, made.path)
    finally:
        with suppress(ApiError):
            rehearsal.app.post(Revoked, "calendar", "revoke", name=name, **rehearsal.operator)


def _read(rehearsal: Rehearsal, path: str) -> Hop:
    # A calendar has no key, so its reader has none either.
    reader = ApiClient(url=rehearsal.app.url, key="")
    try:
        text = reader.fetch(path)
    except ApiError as fault:
        return failed("calendar", f"a reader without a key gets no calendar: {fault}")
    if text.startswith(b"BEGIN:VCALENDAR\r\n") and text.rstrip().endswith(b"END:VCALENDAR"):
        return passed("calendar", "its address was made, read and revoked")
    return failed("calendar", "what a reader gets is no calendar: is a proxy before the app?")
