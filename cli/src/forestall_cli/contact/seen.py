"""The responses of a bundle by what they show: machines, views, listings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from forestall_cli.contact.exchanges import Bundle, Exchange
from forestall_cli.contact.json_shapes import elements, text_at, value_at

_OK = 200
_VIEW = "/instanceview"
STATUS = "maintenanceRedeployStatus"


@dataclass(frozen=True, slots=True)
class Seen:
    """A bundle, to be asked. Ids are in lower case."""

    bundle: Bundle

    def of(self, question: str) -> list[Exchange]:
        """The successful exchanges of a question, in order."""
        return [
            each
            for each in self.bundle.exchanges
            if each.question == question and each.status == _OK
        ]

    def own_views(self) -> dict[str, Any]:
        """By machine, its own instance view as last read."""
        return {
            urlsplit(each.request.url).path.lower().removesuffix(_VIEW): each.body
            for each in self.of("own-view")
            if isinstance(each.body, dict)
        }

    def watched(self) -> list[dict[str, Any]]:
        """The views of the machine that was watched, in order."""
        return [each.body for each in self.of("watch") if isinstance(each.body, dict)]

    def listed(self, question: str) -> dict[str, dict[str, Any]]:
        """By machine, its element in the listings of a question."""
        return {
            text_at(each, "id").lower(): each
            for exchange in self.of(question)
            for each in elements(exchange)
        }

    def order(self, question: str) -> list[str]:
        """The ids of a listing's first page, in order."""
        return [
            text_at(each, "id").lower() for one in self.of(question)[:1] for each in elements(one)
        ]

    def in_wave(self) -> set[str]:
        """Machines whose own view has a maintenance status."""
        return {name for name, view in self.own_views().items() if value_at(view, STATUS)}

    def views(self) -> Iterator[Any]:
        """Every instance view of every response."""
        yield from self.own_views().values()
        yield from self.watched()
        for question in ("uniform-list", "flexible-list", "status-only"):
            for each in self.listed(question).values():
                view = value_at(each, "properties", "instanceView")
                if isinstance(view, dict):
                    yield view
