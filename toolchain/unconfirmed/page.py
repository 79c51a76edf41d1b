"""Makes the page of the register from its entries and the places of their markers."""

from collections.abc import Mapping, Sequence

from toolchain.unconfirmed.beliefs import Belief
from toolchain.unconfirmed.markers import WORD

_HEAD = f"""\
# What is unconfirmed

No part of Forestall has run against a real subscription yet. This page lists each assumption, and
what happens if it is wrong. It is generated (`python -m toolchain.unconfirmed`) from
`toolchain/unconfirmed/beliefs.toml` and from the markers `{WORD}(id)`; do not edit it by hand.

A test fails if a marker has no entry here, if an entry has no marker, or if an entry has no test of
its safe side. Did Azure answer otherwise? Please open an issue with the template *Behaviour of
Azure*.
"""


def page(register: Sequence[Belief], places: Mapping[str, Sequence[str]]) -> str:
    """The whole page, one section for each entry."""
    sections = [_section(each, places.get(each.id, ())) for each in register]
    return f"{_HEAD}\n{len(register)} assumptions.\n\n" + "\n".join(sections)


def _section(belief: Belief, files: Sequence[str]) -> str:
    rows = [
        ("assumed", belief.assumed),
        ("source", belief.source),
        ("used in", ", ".join(_link(each) for each in files)),
        ("if it is wrong", belief.if_wrong),
        ("shown by", ", ".join(_test(each) for each in belief.safe)),
        ("how to check", belief.check),
    ]
    table = [f"| {name} | {text} |" for name, text in rows]
    return "\n".join([f"## {belief.id}", "", "| | |", "| --- | --- |", *table, ""])


def _link(path: str) -> str:
    return f"[{path}]({path.removeprefix('docs/')})" if path.startswith("docs/") else f"`{path}`"


def _test(name: str) -> str:
    path, _, function = name.partition("::")
    return f"[{function}](../{path})"
