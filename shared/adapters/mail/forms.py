"""Form bodies, multipart or not, within bounds.

Files are skipped: nothing of them is kept or opened.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import unquote_to_bytes

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, MultipartDecoder, NeedData

from shared.adapters.mail.mime.charsets import text_in
from shared.domain.notices.decoding import decodes
from shared.domain.notices.http import Refusal, WebhookRequest
from shared.domain.notices.mail.message import LONGEST_TEXT

type Form = Mapping[str, bytes]
"""The first value of each field, undecoded: each field of a mail may have its own charset."""

#: of all fields together: a mail's text, its HTML and its headers
MOST_IN_FIELDS = 4 * 1024 * 1024
MOST_PARTS = 200
#: of the bytes before the first part, the headers of one part, and the bytes after the last
MOST_BETWEEN = 64 * 1024

_CHUNK = 64 * 1024
#: the escaped bytes that one call decodes
_PIECE = 16 * 1024
_PERCENT = ord("%")


@decodes("the form")
def read_form(request: WebhookRequest) -> Form | Refusal:
    """The fields of a form; a refusal where the body is none or is too large."""
    mimetype, options = parse_options_header(request.header("content-type"))
    try:
        if mimetype == "application/x-www-form-urlencoded":
            return _urlencoded(request.body)
        if mimetype == "multipart/form-data" and options.get("boundary"):
            return _multipart(request.body, options["boundary"].encode("ascii", "replace"))
    except RequestEntityTooLarge:
        limits = (
            f"more than {MOST_PARTS} parts, {MOST_IN_FIELDS} bytes outside of files, "
            f"or {MOST_BETWEEN} bytes of headers"
        )
        return Refusal(status=413, reason=f"the form has {limits} in a part")
    except ValueError as fault:
        return Refusal(status=400, reason=f"the form cannot be read: {fault}")
    return Refusal(
        status=415,
        reason="the body must be a form (multipart/form-data with a boundary, or urlencoded)",
    )


def text_field(
    form: Form, name: str, charset: str = "utf-8", *, most: int = LONGEST_TEXT + 1
) -> str:
    """The first characters of a field; what cannot be decoded is replaced.

    Empty where there is no such field.
    """
    return text_in(form.get(name, b""), charset, most)


def _urlencoded(body: bytes) -> Form:
    if body.count(b"&") >= MOST_PARTS:
        raise RequestEntityTooLarge
    form: dict[str, bytes] = {}
    room, start = MOST_IN_FIELDS, 0
    while start <= len(body):
        end = _find(body, b"&", start, len(body))
        equals = _find(body, b"=", start, end)
        name, value = _unquoted(body, start, equals, room), _unquoted(body, equals + 1, end, room)
        form.setdefault(name.decode("latin-1"), value)
        room -= len(name) + len(value)
        start = end + 1
    return form


def _find(body: bytes, mark: bytes, start: int, end: int) -> int:
    """Where the mark stands; the end where it does not."""
    place = body.find(mark, start, end)
    return end if place < 0 else place


def _unquoted(body: bytes, start: int, end: int, most: int) -> bytes:
    """A stretch of the body without its escapes.

    RequestEntityTooLarge where it has more bytes than `most`.

    It is read piece by piece: of a whole text `unquote_to_bytes` would make twenty times as much.
    """
    found = bytearray()
    while start < end:
        stop = min(start + _PIECE, end)
        if stop < end:  # an escape is not divided
            stop -= next((behind for behind in (1, 2) if body[stop - behind] == _PERCENT), 0)
        found += unquote_to_bytes(body[start:stop].replace(b"+", b" "))
        start = stop
        if len(found) > most:
            raise RequestEntityTooLarge
    return bytes(found)


def _multipart(body: bytes, boundary: bytes) -> Form:
    decoder = MultipartDecoder(
        boundary, max_form_memory_size=MOST_BETWEEN + _CHUNK, max_parts=MOST_PARTS
    )
    form: dict[str, bytearray] = {}
    target: bytearray | None = None
    room = MOST_IN_FIELDS
    for event in _events(decoder, body):
        if isinstance(event, Field):
            target = bytearray()
            form.setdefault(event.name or "", target)
        elif isinstance(event, Data):
            if target is not None:
                room -= len(event.data)
                target += event.data
        else:
            target = None  # a file, or the end
        if room < 0:
            raise RequestEntityTooLarge
    return {name: bytes(value) for name, value in form.items()}


def _events(decoder: MultipartDecoder, body: bytes) -> Iterator[Event]:
    """The decoder's events in order. It is fed piece by piece: no large body is held twice."""
    pieces = (body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK))
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, NeedData):
            decoder.receive_data(next(pieces, None))  # None: that was all
        else:
            yield event
