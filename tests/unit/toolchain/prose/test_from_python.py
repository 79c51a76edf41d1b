"""What a Python file says in words."""

import pytest

from toolchain.prose.from_python import is_message, python_prose
from toolchain.prose.passages import Kind

SOURCE = '''\
"""The module: one line.

A paragraph
on two lines.

* an item
  that goes over two lines
* another item

A sample:

    a sample = that is no prose

| a | table |

===== ======
a     table
===== ======

The end.
"""

import logging  # a comment behind code

# A block of comments
# on two lines.
x = 1  # noqa: S105 - the reason of an exception
y = 2  # type: ignore[misc]

#: what an attribute means
z: int = 3
"""Describes the attribute."""


def f(name: str) -> str:
    """Say it."""
    logging.info("the scan of %s has ended now", name)
    raise ValueError(
        f"cannot read the file {name!r:>{10}}: "
        "it is not there, "
        f"{'so this is code and no prose at all'}"
    )
'''


def said(source: str, *, messages: bool = True) -> list[tuple[Kind, int, str]]:
    return [
        (each.kind, each.line, each.text)
        for each in python_prose(source, messages=messages).passages
    ]


def test_docstrings_comments_and_messages_are_found_with_their_lines() -> None:
    assert said(SOURCE) == [
        (Kind.DOCSTRING, 1, "The module: one line."),
        (Kind.DOCSTRING, 3, "A paragraph on two lines."),
        (Kind.DOCSTRING, 6, "an item that goes over two lines"),
        (Kind.DOCSTRING, 8, "another item"),
        (Kind.DOCSTRING, 10, "A sample:"),
        (Kind.DOCSTRING, 20, "The end."),
        (Kind.COMMENT, 23, "a comment behind code"),
        (Kind.COMMENT, 25, "A block of comments on two lines."),
        (Kind.COMMENT, 27, "the reason of an exception"),
        (Kind.COMMENT, 30, "what an attribute means"),
        (Kind.DOCSTRING, 32, "Describes the attribute."),
        (Kind.DOCSTRING, 36, "Say it."),
        (Kind.MESSAGE, 37, "the scan of %s has ended now"),
        (Kind.MESSAGE, 39, "cannot read the file `code`: it is not there, `code`"),
    ]


def test_without_messages_other_strings_are_left_out() -> None:
    assert {kind for kind, _, _ in said(SOURCE, messages=False)} == {Kind.DOCSTRING, Kind.COMMENT}


@pytest.mark.parametrize(
    "text",
    [
        "the scan has ended now",
        "no such queue: `code`",
        "Choose another port with --port.",
        "it's not a lock of mine",
    ],
)
def test_a_phrase_for_people_is_a_message(text: str) -> None:
    assert is_message(text)


@pytest.mark.parametrize(
    "text",
    [
        "application/json; charset=utf-8",
        "/subscriptions/s/resourceGroups/g",
        "PartitionKey eq 'a' and RowKey gt 'b'",
        "%Y-%m-%dT%H:%M:%SZ",
        "two words",
        "SELECT * FROM x WHERE a=1 AND b=2",
        "",
    ],
)
def test_a_key_a_path_or_a_format_is_none(text: str) -> None:
    assert not is_message(text)


def test_a_string_that_is_an_expression_is_no_docstring() -> None:
    assert said('x = "one two three four"\n', messages=False) == []
    assert said('"one two" + "three four"\n', messages=False) == []


def test_nested_quotes_and_raw_or_byte_strings_are_read() -> None:
    assert said('f"""{x["a"]} is one of the names"""\n') == [
        (Kind.DOCSTRING, 1, "`code` is one of the names")
    ]
    assert said('x = r"a \\d of the raw text"\n') == [(Kind.MESSAGE, 1, r"a \d of the raw text")]
    assert said('x = b"bytes are not for people here"\n') == []
