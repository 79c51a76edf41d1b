"""The border of the webhooks.

JSON within limits, and nothing that a decoder raises gets past it.
"""

import json
from collections.abc import Callable

import pytest

from shared.domain.notices.decoding import DecoderFailed, decodes
from shared.domain.notices.event_grid import read_events
from shared.domain.notices.mail.message import address_in
from shared.domain.notices.mail.text import plain_text
from shared.domain.notices.notice import UnreadableNotice
from shared.domain.notices.untrusted_json import LONGEST_FIELD, MOST_NESTED, read_fields, read_json


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


def test_fields_are_read_and_others_passed_over() -> None:
    raw = b'{"from": "a", "x": {"y": [1, 2, {}]}, "fr\\u006fm": "b", "subject": null, "From": 1}'

    assert read_fields(raw, ("from", "subject", "body")) == {"from": "b", "subject": None}


def test_a_field_is_read_up_to_a_limit_and_what_is_passed_over_has_none() -> None:
    text = b'"' + b"x" * (LONGEST_FIELD - 2) + b'"'
    others = b'"b": [' + text + b"," + text + b"]"

    assert read_fields(b'{"a": ' + text + b"," + others + b"}", ("a",)) == {
        "a": "x" * (LONGEST_FIELD - 2)
    }
    with pytest.raises(UnreadableNotice, match=f"the field b has more than {LONGEST_FIELD} bytes"):
        read_fields(b"{" + others + b"}", ("a", "b"))


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
