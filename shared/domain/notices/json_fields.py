"""Some fields of a large JSON object.

Other fields are skipped, not built: it costs no memory but its text.
"""

from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import msgspec

from shared.domain.notices.notice import UnreadableNotice
from shared.domain.notices.untrusted_json import read_json

#: of one field, in bytes as it is written: a character may take four bytes in memory, and a text is
#: not held twice
LONGEST_FIELD = 640 * 1024

_QUOTE, _BRACE, _BRACKET = b'"{['

#: stands for a list or an object that is not built
NESTED = object()


class Fields:
    """The fields that were asked for, each read when it is used.

    One that is too long is not read, and `unread` names it.
    """

    def __init__(self, written: Mapping[str, msgspec.Raw]) -> None:
        self._written = {
            name: value
            for name, value in written.items()
            if len(memoryview(value)) <= LONGEST_FIELD
        }
        too_long = [name for name in written if name not in self._written]
        #: why not all were read, such as "a field TextBody of more than 655360 bytes"; empty: all
        #: were
        self.unread = (
            f"a field {too_long[0]} of more than {LONGEST_FIELD} bytes" if too_long else ""
        )

    def text(self, name: str) -> str | None:
        """The text in a field; None where there is none, or something else, which is not built."""
        written = self._written.get(name)
        if written is None or memoryview(written)[0] != _QUOTE:
            return None
        value = self.value(name)
        return value if isinstance(value, str) else None

    def value(self, name: str) -> Any:
        """The value of a field; None where it is absent.

        UnreadableNotice where it is no JSON, or passes a limit of `read_json`.
        """
        written = self._written.get(name)
        if written is None:
            return None
        raw = memoryview(written)
        if raw[0] != _QUOTE:
            return read_json(bytes(raw), f"the field {name}")
        try:
            # Decoded from where it stands, so that it is not held twice.
            return msgspec.json.decode(raw, type=str)
        except (msgspec.DecodeError, UnicodeDecodeError) as fault:
            raise UnreadableNotice(f"the field {name} is no text: {fault}") from fault

    def scalar(self, name: str) -> Any:
        """The value of a field as `value` has it, and NESTED for a list or an object."""
        written = self._written.get(name)
        is_nested = written is not None and memoryview(written)[0] in (_BRACE, _BRACKET)
        return NESTED if is_nested else self.value(name)

    def scalar_or_list(self, name: str) -> Any:
        """The value of a field as `value` has it, and NESTED for an object."""
        written = self._written.get(name)
        is_object = written is not None and memoryview(written)[0] == _BRACE
        return NESTED if is_object else self.value(name)

    def inner(self, name: str, names: Iterable[str]) -> "Fields":
        """Some fields of the object in a field; none where there is no object."""
        written = self._written.get(name)
        return (
            Fields({})
            if written is None or memoryview(written)[0] != _BRACE
            else read_fields(memoryview(written), names)
        )


def read_fields(raw: bytes | memoryview, names: Iterable[str]) -> Fields:
    """Some fields of a JSON object in UTF-8; UnreadableNotice where it is none.

    A byte order mark is skipped.
    """
    wanted = tuple(names)
    if raw[: len(BOM_UTF8)] == BOM_UTF8:
        raw = memoryview(raw)[len(BOM_UTF8) :]
    try:
        found = msgspec.json.decode(raw, type=_fields_named(wanted))
    except (msgspec.DecodeError, ValueError, RecursionError) as fault:
        raise UnreadableNotice(f"the body is not JSON, or no object: {fault}") from fault
    values = zip(wanted, msgspec.structs.astuple(found), strict=True)
    return Fields({name: value for name, value in values if value is not msgspec.UNSET})


@cache
def _fields_named(names: tuple[str, ...]) -> type[msgspec.Struct]:
    """An object with these fields, none of them built.

    The struct's own names are numbers, as `from` would be none.
    """
    own = {f"field_{number}": name for number, name in enumerate(names)}
    fields = [(each, msgspec.Raw | msgspec.UnsetType, msgspec.UNSET) for each in own]
    return msgspec.defstruct("Fields", fields, rename=own)
