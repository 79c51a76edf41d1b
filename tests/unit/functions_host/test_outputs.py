"""What an output value becomes on the queue."""

import pytest

from sandbox.azure.functions_host.outputs import bodies
from sandbox.azure.functions_host.runtime.shapes import Value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, []),
        ("plain text", ["plain text"]),
        ('"a JSON text"', ['"a JSON text"']),
        ("17", ["17"]),
        (b"\x00\xff", [b"\x00\xff"]),
        ("[]", []),
        ('[{"a":1},"text",2,[3]]', ['{\n  "a": 1\n}', "text", "2", "[\n  3\n]"]),
        ('{"a":"\u00e4"}', ['{\n  "a": "\u00e4"\n}']),
        ("[broken", ["[broken"]),
    ],
)
def test_an_array_is_a_message_per_element_and_other_json_is_written_anew(
    value: Value, expected: list[str | bytes]
) -> None:
    assert bodies(value) == expected
