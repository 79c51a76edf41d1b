"""The border of the webhooks.

JSON within limits, and nothing that a decoder raises gets past it.
"""

import json
from collections.abc import Callable

import pytest

from shared.domain.notices.decoding import DecoderFailed, decodes
from shared.domain.notices.event_grid import read_events
from shared.domain.notices.json_fields import LONGEST_FIELD, NESTED, Fields, read_fields
from shared.domain.notices.mail.message import address_in
from shared.domain.notices.mail.text import plain_text
from shared.domain.notices.notice import UnreadableNotice
from shared.domain.notices.untrusted_json import MOST_NESTED, MOST_VALUES, read_json


def nested(levels: int, piece: str = "[]") -> str:
    return piece[:-1] * levels + "1" + piece[-1] * levels


@pytest.mark.parametrize("piece", ["[]", '{"a":}', '{"[\\"": [1, {"x": []}]  , "b":}'])
def test_json_is_read_to_a_depth_that_no_notice_has(piece: str) -> None:
    text = nested(MOST_NESTED - 3, piece)

    assert read_json(text) == json.loads(text)
    assert read_json(text.encode()) == json.loads(text)
    assert read_json(text.encode("utf-16")) == json.loads(text)
    for raw in (
        nested(MOST_NESTED + 1, piece),
        nested(5_000, piece).encode(),
        nested(100_000, piece),
    ):
        with pytest.raises(UnreadableNotice, match=f"nested more than {MOST_NESTED} levels"):
            read_json(raw)


@pytest.mark.parametrize(
    "value",
    [
        [[]] * 1000,
        "[" * 1000,
        '"[' * 1000,
        "\\" * 1000 + "[",
        [{"{": "\\\\"}] * 1000,
        ["\\"] * 500 + ["[" * 70],
    ],
)
def test_brackets_in_texts_and_beside_each_other_are_no_depth(value: object) -> None:
    assert read_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    "raw",
    [
        "]" * 100 + "[" * 64,
        "[" * 65 + '"' + '\\"' * 100,
        '"' + "[" * 100,
        "[}" * 100,
        "\\" * 100,
        "",
    ],
)
def test_brackets_that_do_not_match_are_no_json(raw: str) -> None:
    with pytest.raises(UnreadableNotice):
        read_json(raw)


def test_an_event_without_id_is_known_by_its_content_however_it_is_nested() -> None:
    event = {"type": "x", "data": json.loads(nested(MOST_NESTED - 3))}

    (notice,) = read_events(read_json(json.dumps([event])))

    assert len(notice.communication_id) == 32


@pytest.mark.parametrize("value", [[0] * (MOST_VALUES - 2), {"x": ["a,b", "[,]"] * 6_000}])
def test_json_is_read_to_a_number_of_values_that_no_notice_has(value: object) -> None:
    assert read_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        [0] * (MOST_VALUES + 1),
        [[]] * (MOST_VALUES // 2 + 2),
        {str(each): 0 for each in range(MOST_VALUES + 1)},
    ],
)
def test_more_values_are_not_built(value: object) -> None:
    with pytest.raises(UnreadableNotice, match=f"the body holds more than {MOST_VALUES} values"):
        read_json(json.dumps(value))


def values(fields: Fields, *names: str) -> dict[str, object]:
    return {name: fields.value(name) for name in names if fields.value(name) is not None}


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_fields_are_read_and_others_passed_over(mark: bytes) -> None:
    raw = b'{"from": "a", "x": {"y": [1, 2, {}]}, "fr\\u006fm": "b", "subject": null, "From": 1}'

    assert values(
        read_fields(mark + raw, ("from", "subject", "body")), "from", "subject", "body"
    ) == {"from": "b"}


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b'"a"', b"{", b'{"a": "\\ud800"}', b'{"a": "\x01"}', b"\xff\xfe{\0}\0"]
)
def test_what_is_no_object_in_utf_8_is_unreadable(raw: bytes) -> None:
    with pytest.raises(UnreadableNotice, match="the body is not JSON, or no object"):
        read_fields(raw, ("a",))


def test_a_field_that_is_no_utf_8_is_unreadable() -> None:
    with pytest.raises(UnreadableNotice, match="the field a is no text"):
        read_fields(b'{"a": "\xff"}', ("a",)).text("a")


def test_a_field_is_read_up_to_a_limit_and_what_is_passed_over_has_none() -> None:
    text = b'"' + b"x" * (LONGEST_FIELD - 2) + b'"'
    raw = b'{"a": ' + text + b', "b": [' + text + b"," + text + b"]}"

    alone, both = read_fields(raw, ("a",)), read_fields(raw, ("a", "b"))

    assert (alone.text("a"), alone.unread) == ("x" * (LONGEST_FIELD - 2), "")
    assert (both.value("b"), both.unread) == (None, f"a field b of more than {LONGEST_FIELD} bytes")


def test_an_object_in_a_field_is_read_by_fields_as_well() -> None:
    fields = read_fields(b'{"a": {"b": {"c": "x"}, "d": "y"}, "e": "z"}', ("a", "e", "f"))

    assert fields.inner("a", ("b",)).inner("b", ("c",)).text("c") == "x"
    assert fields.inner("e", ("b",)).text("b") is fields.inner("f", ("b",)).text("b") is None


def test_only_a_list_or_an_object_is_nested() -> None:
    fields = read_fields(b'{"a": [1], "b": {}, "c": "[", "d": 1, "e": null}', "abcdef")

    assert [fields.scalar(each) for each in "abcdef"] == [NESTED, NESTED, "[", 1, None, None]
    assert [fields.scalar_or_list(each) for each in "ab"] == [[1], NESTED]


def test_a_field_that_is_no_text_is_not_built_to_find_that() -> None:
    """Its values are beyond a limit, so building them would raise."""
    fields = read_fields(f'{{"a": {nested(MOST_NESTED + 1)}}}'.encode(), ("a",))

    assert fields.text("a") is None
    assert fields.scalar("a") is NESTED
    with pytest.raises(UnreadableNotice):
        fields.value("a")


@pytest.mark.parametrize(
    "header",
    [
        "(" * 500 + ")" * 500,
        "a@b.c " + "(" * 400 + ")" * 400,
        "x" * 995 + " <a@b.c>",
        "a\ud800@b.c",
        "a\u202e@b.c",
        "a\0@b.c",
        "a\xa0@b.c",
        "(" * 5000,
    ],
)
def test_no_address_is_looked_for_in_what_no_mail_program_writes(header: str) -> None:
    assert address_in(header) == ""


def test_an_address_may_have_comments() -> None:
    assert address_in("Ada (on leave (till May)) <ada@contoso.com>") == "ada@contoso.com"


@pytest.mark.parametrize(
    "reference", ["&#" + "9" * 5000 + ";", "&#x" + "f" * 5000, "&#99999999", "&#x1000000;"]
)
def test_references_to_no_character_are_replaced(reference: str) -> None:
    assert plain_text(f"a{reference}<br>b") == "a\ufffd b"


def test_references_to_characters_are_read() -> None:
    assert plain_text("&#65;&#x42;&#0000067;&uuml;&#x1F600;") == "ABCü\U0001f600"


def _recursive() -> None:
    _recursive()


FAULTS: list[Callable[[], object]] = [
    _recursive,
    lambda: "".encode("nonsense-8"),
    b"\xff".decode,
    lambda: int("9" * 5000),
    lambda: json.loads("{}")["key"],
    lambda: json.loads("[]")[0],
    lambda: 1 / 0,
    lambda: object().missing,  # type: ignore[attr-defined]
]


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_a_decoder_raises_its_input_is_unreadable(fault: Callable[[], object]) -> None:
    with pytest.raises(DecoderFailed, match=r"^the mail cannot be read \(\w+\)$"):
        decodes("the mail")(fault)()


def test_what_is_unreadable_keeps_its_reason_and_a_lack_of_memory_is_nobodys_fault() -> None:
    @decodes("the mail")
    def refuses(fault: type[Exception]) -> None:
        raise fault("why")

    with pytest.raises(UnreadableNotice, match=r"^why$"):
        refuses(UnreadableNotice)
    with pytest.raises(MemoryError):
        refuses(MemoryError)
