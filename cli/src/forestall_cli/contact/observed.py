"""What a first contact saw that is no assumption: the clock, and whether the app fits in a region.

It reads the responses before they lose their names, and shows them to their owner only.
"""

from collections.abc import Iterator, Sequence
from statistics import median

from forestall_cli.contact.exchanges import Exchange
from forestall_cli.contact.json_shapes import elements, text_at, value_at

_OK = 200
#: as far as leases allow for clocks of workers
_MOST_SKEW = 5.0


def observed(exchanges: Sequence[Exchange], region: str) -> str:
    """A line for each thing. `region`: where the app is to be deployed; empty: nobody said."""
    lines = [*_clock(exchanges), *_regions(exchanges, region), *_provider(exchanges)]
    return "\n".join([*lines, *_quotas(exchanges, region)])


def _clock(exchanges: Sequence[Exchange]) -> Iterator[str]:
    skews = [each.skew for each in exchanges if each.skew is not None]
    if not skews:
        return
    skew = median(skews)
    sense = "behind" if skew > 0 else "ahead of"
    advice = "" if abs(skew) <= _MOST_SKEW else ": set it before you read times of this machine"
    yield f"clock: this machine is {abs(skew):.1f} s {sense} Azure's{advice}"


def _regions(exchanges: Sequence[Exchange], region: str) -> Iterator[str]:
    found = _one(exchanges, "flex-regions")
    if found is None:
        yield "Flex Consumption: Azure does not name its regions to this login"
        return
    names = {_plain(text_at(each, "name")) for each in elements(found)}
    where = ""
    if region:
        where = f"; {region} is {'' if _plain(region) in names else 'NOT '}one of them"
    yield f"Flex Consumption: {len(names)} regions{where}"


def _provider(exchanges: Sequence[Exchange]) -> Iterator[str]:
    found = _one(exchanges, "provider-app")
    state = text_at(found.body, "registrationState") if found else ""
    if state:
        advice = "" if state == "Registered" else ": the first deployment registers it"
        yield f"resource provider Microsoft.App: {state}{advice}"


def _quotas(exchanges: Sequence[Exchange], region: str) -> Iterator[str]:
    """Quotas of App Service. No list with Flex Consumption is recorded yet."""
    if not region:
        yield "quotas: add --region, and they are asked for"
        return
    found = _one(exchanges, "web-usages")
    if found is None:
        yield f"quotas of App Service in {region}: no response; look at Quotas in the portal"
        return
    rows = list(elements(found))
    yield f"quotas of App Service in {region}: {len(rows)}"
    for each in rows:
        used, limit = value_at(each, "currentValue"), value_at(each, "limit")
        name = text_at(each, "name", "localizedValue") or text_at(each, "name", "value")
        full = isinstance(used, int) and isinstance(limit, int) and 0 <= limit <= used
        yield f"  {name}: {used} of {limit}{' (USED UP)' if full else ''}"


def _one(exchanges: Sequence[Exchange], question: str) -> Exchange | None:
    """The successful response to a question."""
    found = [each for each in exchanges if each.question == question and each.status == _OK]
    return found[0] if found else None


def _plain(name: str) -> str:
    """`West Europe` and `westeurope` are one region."""
    return name.replace(" ", "").lower()
