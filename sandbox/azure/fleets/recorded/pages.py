"""Lists of which a part is missing: a page that another one follows, or rows that were cut off."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.azure.fleets.documents import Document
from sandbox.azure.fleets.recorded.keys import with_known_names
from sandbox.azure.fleets.recorded.responses import exchanges, json_in

#: where a list says that another page follows: REST, Resource Graph, OData
_NEXT_PAGE = {
    each.lower()
    for each in (
        *("nextLink", "next_link", "@odata.nextLink", "odata.nextLink"),
        *("skip_token", "skipToken", "$skipToken"),
    )
}


def pages_left(documents: Sequence[Document]) -> Iterator[str]:
    """A sentence for each page whose next page nobody fetched."""
    fetched = {url for document in documents for url in _fetched(document.content)}
    for document in documents:
        pages = list(_pages(with_known_names(document.content)))
        for link in {link: None for page in pages for link in _links(page)}:
            if link not in fetched:
                yield (
                    f"{document.file}: {document.place}: a page ends here and says that another one"
                    " follows. Unless that one is in another file, machines are missing:"
                    " fetch its nextLink (`az rest --url`), or use `az vm list`, which follows it"
                )
        if any(map(_is_cut_off, pages)):
            yield (
                f"{document.file}: {document.place}: Resource Graph has more rows than are here."
                " Machines are missing: run the query again with `--first 1000`, and for the rest"
                " with `--skip-token`"
            )


def _is_cut_off(page: Mapping[str, Any]) -> bool:
    """Whether a response of Resource Graph says so, and names no page that follows."""
    values = {name.lower().replace("_", ""): value for name, value in page.items()}
    if any(
        isinstance(values.get(each), str) and values[each] for each in ("skiptoken", "$skiptoken")
    ):
        return False
    here, there = values.get("count"), values.get("totalrecords")
    fewer = isinstance(here, int) and isinstance(there, int) and here < there
    return "data" in values and (fewer or str(values.get("resulttruncated")).lower() == "true")


def _links(page: Mapping[str, Any]) -> Iterator[str]:
    for name, value in page.items():
        if name.lower() in _NEXT_PAGE and isinstance(value, str) and value.strip():
            yield value


def _fetched(content: Any) -> Iterator[str]:
    for exchange in exchanges(content):
        request = exchange.get("request")
        if isinstance(request, Mapping):
            yield str(request.get("url"))


def _pages(content: Any) -> Iterator[Mapping[str, Any]]:
    """Every object around resources: what a server answered, however deep it is."""
    if isinstance(content, list):
        for each in content:
            yield from _pages(each)
    elif isinstance(content, Mapping) and not isinstance(content.get("id"), str):
        yield content
        for value in content.values():
            yield from _pages(json_in(value))
