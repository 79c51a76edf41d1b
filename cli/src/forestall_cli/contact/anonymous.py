"""Makes a bundle that names nobody: it keeps what `vocabulary` lists, and replaces all else.

The same name gets the same replacement everywhere, and keeps capitals if it was all capitals. A
word of Azure is replaced too if it holds a name that was replaced elsewhere. Nothing can be turned
back: the names are numbered in the order in which they come. Known limit: a name inside a
word of Azure, and nowhere else in the bundle, is not known as a name.
"""

import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from forestall_cli.contact import vocabulary as words
from forestall_cli.contact.exchanges import Bundle, Exchange, Sent

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d(?: [AP]M)?(?: [+-]\d\d:\d\d)?"
)
#: a word of Azure: capitals as in RetryLater or PowerState/running, no digits; at most three words,
#: because a sentence may name somebody
_WORD = re.compile(
    r"(?:[A-Z][a-z]+)+(?:/[A-Za-z][a-z]*(?:[A-Z][a-z]+)*){0,3}(?: [A-Za-z][a-z]+){0,2}"
)
_PARTS_OF_REGIONS = (
    "africa|asia|australia|austria|belgium|brazil|canada|chile|china|denmark|europe|finland|france"
    "|germany|greece|india|indonesia|israel|italy|japan|korea|malaysia|mexico|newzealand|norway"
    "|poland|qatar|singapore|spain|sweden|switzerland|taiwan|uae|uk|us"
)
_REGION = re.compile(
    rf"(?:jio|usgov|usdod|north|south|east|west|central)*(?:{_PARTS_OF_REGIONS})"
    r"(?:north|south|east|west|central|gov|dod)*[0-9]?(?:euap)?"
)
#: by key, what else may stay
_ALSO: dict[str, re.Pattern[str]] = {
    "actions": re.compile(r"\*|(?:Microsoft\.[A-Za-z.]+|\*)/[A-Za-z/*]+"),
    "level": re.compile(r"Info|Warning|Error"),
    "location": _REGION,
    "region": _REGION,
    "targetresourcetype": re.compile(r"microsoft\.compute/virtualmachines[a-z/]*", re.IGNORECASE),
    "type": re.compile(r"Microsoft\.[A-Za-z.]+(?:/[A-Za-z]+)+", re.IGNORECASE),
    "vmagentversion": re.compile(r"[0-9.]{1,20}"),
    "vmsize": re.compile(r"(?:Standard|Basic)_[A-Z][A-Za-z0-9_-]{1,30}"),
    "zones": re.compile(r"[0-9]"),
}
_ALSO |= dict.fromkeys(("notactions", "dataactions", "notdataactions"), _ALSO["actions"])
_PARAMETER = re.compile(r"[0-9-]{10}|true|instanceView|FlexConsumption", re.IGNORECASE)
_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
#: values of headers about limits: a number, a time of day, or numbers for policies
_LIMITS = re.compile(
    r"\d{1,12}|\d\d:\d\d:\d\d(?:\.\d{1,7})?"
    r"|Microsoft\.[A-Za-z]+/[A-Za-z0-9]{1,60};\d{1,12}"
    r"(?:, ?Microsoft\.[A-Za-z]+/[A-Za-z0-9]{1,60};\d{1,12})*"
)
_SPLIT = re.compile(r"[^a-z0-9]+")
#: questions whose answers are about regions: `name` is then one
_ABOUT_REGIONS = ("locations", "flex-regions")
_SHORT = 3
_INSTANCE = 6  # digits of the number of an instance


def anonymous(bundle: Bundle) -> Bundle:
    """The same bundle without names. The one that was given is not changed."""
    replaced = _Replacements()
    for each in bundle.exchanges:  # so that each name is known before any word is kept
        _exchange(replaced, each)
    replaced.knows_all = True
    return Bundle(
        made_by=bundle.made_by,
        anonymous=True,
        kept=words.KEPT,
        exchanges=tuple(_exchange(replaced, each) for each in bundle.exchanges),
    )


class _Replacements:
    def __init__(self) -> None:
        self._by_text: dict[str, str] = {}
        self._long: set[str] = set()
        self._short: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._stays: dict[str, bool] = {}
        #: whether each name of the bundle was given to `name`
        self.knows_all = False

    def name(self, text: str, kind: str = "name") -> str:
        """The replacement of a name, in capitals if the name is."""
        key = text.lower()
        if key not in self._by_text:
            number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
            self._by_text[key] = (
                f"00000000-0000-4000-8000-{number:012d}" if kind == "guid" else f"{kind}-{number}"
            )
            (self._long if len(key) >= _SHORT else self._short).add(key)
        made = self._by_text[key]
        return made.upper() if text.isupper() else made

    def may_stay(self, text: str) -> bool:
        """Whether a word of Azure holds no name that was replaced; True until all are known.

        A bundle has few words and many names, so none is compared twice.
        """
        low = text.lower()
        if not self.knows_all or low in words.COMMON:
            return True
        if low not in self._stays:
            self._stays[low] = self._holds_no_name(low)
        return self._stays[low]

    def _holds_no_name(self, low: str) -> bool:
        return not (any(name in low for name in self._long) or self._short & set(_SPLIT.split(low)))

    def word(self, text: str) -> str:
        return text if self.may_stay(text) else self.name(text, "text")


def _exchange(replaced: _Replacements, one: Exchange) -> Exchange:
    return Exchange(
        question=one.question,
        request=Sent(one.request.method, _url(replaced, one.request.url)),
        status=one.status,
        headers=_headers(replaced, one.headers),
        body=_value(
            replaced,
            _with_regions(one.body) if one.question in _ABOUT_REGIONS else one.body,
            key="",
            is_named=False,
        ),
        seconds=one.seconds,
        skew=one.skew,
    )


def _with_regions(value: Any) -> Any:
    """The same body, with the key `region` where `name` is the name of a region."""
    if isinstance(value, list):
        return [_with_regions(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        "region"
        if key == "name" and isinstance(below, str) and _REGION.fullmatch(below)
        else key: _with_regions(below)
        for key, below in value.items()
    }


def _headers(replaced: _Replacements, headers: dict[str, str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, value in headers.items():
        if not name.startswith(words.HEADERS):
            continue
        if name in ("location", "azure-asyncoperation"):
            kept[_header(replaced, name)] = _url(replaced, value)
        elif (
            _DATE.fullmatch(value)
            or value in words.CAUSES
            or (_LIMITS.fullmatch(value) and replaced.may_stay(value))
        ):
            kept[_header(replaced, name)] = value
        else:
            kept[_header(replaced, name)] = replaced.name(value, "text")
    return kept


def _header(replaced: _Replacements, name: str) -> str:
    if set(name.split("-")) <= words.PARTS_OF_HEADERS:
        return name
    return f"x-ms-ratelimit-{replaced.name(name, 'other')}"


def _value(replaced: _Replacements, value: Any, *, key: str, is_named: bool) -> Any:
    if isinstance(value, dict) and key not in words.LEFT_OUT:
        named = is_named or key in words.NAMED_BY_PEOPLE
        return {
            _key(replaced, name, is_named=named): _value(
                replaced, below, key=name.lower(), is_named=named
            )
            for name, below in value.items()
        }
    if key in words.LEFT_OUT:
        return []
    if isinstance(value, list):
        return [_value(replaced, each, key=key, is_named=is_named) for each in value]
    if isinstance(value, str):
        return _text(replaced, value, key="" if is_named else key)
    if is_named and isinstance(value, int | float):  # a tag may be a number of a customer
        return replaced.name(str(value))
    return value


def _key(replaced: _Replacements, name: str, *, is_named: bool) -> str:
    return name if name.lower() in words.KEYS and not is_named else replaced.name(name, "field")


def _text(replaced: _Replacements, text: str, *, key: str) -> str:
    if not text or (key in words.TIMES and _TIME.fullmatch(text)):
        return text
    if key in words.WORDS and _is_word(key, text):
        return replaced.word(text)
    if text.lower().startswith(("https://", "http://")):
        return _url(replaced, text)
    if text.startswith("/"):
        return _path(replaced, text)
    if _GUID.fullmatch(text):
        return replaced.name(text, "guid")
    if key == "instanceid" and text.isdecimal() and len(text) <= _INSTANCE:
        return text
    return replaced.name(text)


def _is_word(key: str, text: str) -> bool:
    also = _ALSO.get(key)
    return bool(
        text.lower() in words.COMMON
        or _WORD.fullmatch(text)
        or (also is not None and also.fullmatch(text))
    )


def _path(replaced: _Replacements, path: str) -> str:
    made: list[str] = []
    before = ""
    in_a_set = "/virtualmachinescalesets/" in path.lower()
    for part in path.split("/"):
        low = part.lower()
        is_place = before == "locations" and _REGION.fullmatch(low) and replaced.may_stay(part)
        # Azure numbers the instances of a set. Elsewhere a number is a name that somebody gave.
        is_number = (
            in_a_set and before == "virtualmachines" and part.isdecimal() and len(part) <= _INSTANCE
        )
        if not part or low in words.SEGMENTS or is_place or is_number:
            made.append(part)
        else:
            made.append(replaced.name(part, "guid" if _GUID.fullmatch(part) else "name"))
        before = low
    return "/".join(made)


def _url(replaced: _Replacements, url: str) -> str:
    try:
        parts = urlsplit(url)
        host, query = parts.hostname or "", parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return replaced.name(url, "text")
    ours = host.startswith("management.") or host in ("127.0.0.1", "localhost", "::1")
    shown = "management.azure.com" if ours else f"{replaced.name(host, 'host')}.example"
    made = f"https://{shown}{_path(replaced, parts.path)}"
    given = [_parameter(replaced, name, value) for name, value in query]
    return f"{made}?{'&'.join(given)}" if given else made


def _parameter(replaced: _Replacements, name: str, value: str) -> str:
    low = name.lower()
    if low in words.PARAMETERS and _PARAMETER.fullmatch(value):
        return f"{name}={quote(replaced.word(value))}"
    set_id = re.search(r"/subscriptions/[^']+", value, re.IGNORECASE)
    if low == "$filter" and set_id:
        wanted = f"'virtualMachineScaleSet/id' eq '{_path(replaced, set_id[0])}'"
        return f"$filter={quote(wanted)}"
    if value:
        replaced.name(value, "text")
    return "skipped=x"
