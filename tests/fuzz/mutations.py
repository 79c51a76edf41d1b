"""Structure-aware mutation: a JSON value, a raw mail or a text with a few edits in its own form.

The same seed gives the same mutants.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

#: values that readers of JSON stumble over
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, 10**30, "", " ", "\x00", "\u202e", "\ud800", "null", "true",
    [], {}, [[]], "x" * 2_000, ["x"] * 200, {"a": {"b": {"c": {}}}}, "9" * 400,
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "/subscriptions/x", "a@b.c, d@e.f",
    "=?utf-8?q?=ff?=", "<style>", "&#99999999;", "(" * 40, "../../x",
)  # fmt: skip
#: lines that a mail may have anywhere
ODD_LINES = (
    b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: text/plain; charset=punycode",
    b"Content-Type: message/rfc822", b"Content-Transfer-Encoding: base64", b"--b", b"--b--", b"",
    b"From: a@b.c", b"From: <" + b"x" * 900 + b"@y>", b"Subject: =?utf-8?b?////?=", b": :",
    b"Authentication-Results: x; dmarc=pass header.from=microsoft.com", b"\xff\xfe\x00", b"\t;a=b",
)  # fmt: skip
_WRAPPED, _REPEATED = 70, 50


def seeded(seed: object) -> Random:
    """A source of random choices that is the same for each seed."""
    return Random(str(seed))  # noqa: S311 - no secret depends on it


def mutated_json(value: Any, random: Random) -> Any:
    """A copy with one to three places changed."""
    changed = deepcopy(value)
    for _ in range(random.randint(1, 3)):
        changed = _change(changed, random)
    return changed


def mutated_text(raw: bytes, random: Random) -> bytes:
    """A raw mail, or any text of lines, with one to three lines changed."""
    lines = raw.split(b"\n")
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(lines) + 1)
        match random.randrange(5):
            case 0:
                lines.insert(at, random.choice(ODD_LINES))
            case 1 if lines:
                del lines[min(at, len(lines) - 1)]
            case 2:
                lines[at:at] = lines[max(0, at - 3) : at] * random.choice((2, 30))
            case 3 if lines:
                line = lines[min(at, len(lines) - 1)]
                cut = random.randint(0, len(line))
                lines[min(at, len(lines) - 1)] = line[:cut] + random.randbytes(3) + line[cut:]
            case _:
                lines.reverse()
    return b"\n".join(lines)


def written(value: Any, random: Random) -> bytes:
    """The value as JSON, now and then not quite: cut off, or with a key twice."""
    raw = json.dumps(value).encode()
    match random.randrange(20):
        case 0:
            return raw[: random.randint(0, len(raw))]
        case 1:
            return raw.replace(b"{", b'{"data": 1, ', 1)
        case 2:
            return b"\xef\xbb\xbf" + raw
        case _:
            return raw


def _change(value: Any, random: Random) -> Any:
    places = list(_places(value))
    if not places:
        return deepcopy(random.choice(ODD_VALUES))
    holder, key = random.choice(places)
    match random.randrange(6):
        case 0:
            del holder[key]
        case 1:
            holder[key] = [holder[key]] * random.choice((1, _REPEATED))
        case 2:
            for _ in range(random.choice((1, _WRAPPED))):
                holder[key] = {"value": holder[key]}
        case 3 if isinstance(holder, dict):
            holder[random.choice((key.upper(), key.lower(), f" {key}"))] = holder.pop(key)
        case 4:
            other, name = random.choice(places)
            if _is_there(other, name) and _is_there(holder, key):
                holder[key] = deepcopy(other[name])
        case _:
            holder[key] = deepcopy(random.choice(ODD_VALUES))
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a value: what holds it, and its key or number."""
    if isinstance(value, dict):
        for key, inner in list(value.items()):
            yield value, key
            yield from _places(inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield value, number
            yield from _places(inner)


def _is_there(holder: Any, key: Any) -> bool:
    return key in holder if isinstance(holder, dict) else key < len(holder)
