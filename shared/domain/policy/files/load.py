"""From the texts of policy files to rules that can be asked, or to every problem in one round."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.policy.files.document import Document, Layer, PolicyFile, read_document
from shared.domain.policy.files.layers import (
    NO_GROUP,
    LayeredPolicy,
    RuleSet,
    group_rules,
    platform_rules,
)
from shared.domain.policy.files.narrowing import refuse_widening
from shared.domain.policy.files.node import FileProblem, Problems
from shared.domain.policy.policy import Policy, PolicyProblems


@dataclass(frozen=True, slots=True)
class Refused:
    """Why files are no policy: every problem, in the order of files and lines."""

    problems: tuple[FileProblem, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def load_policy(files: Sequence[PolicyFile], now: datetime) -> LayeredPolicy | Refused:
    """The policy that files state. `now` is where the proof that owners only narrow starts."""
    problems = Problems()
    document = read_document(files, problems)
    if document is None:
        return Refused(tuple(problems))
    was_read = not len(problems)
    refuse_widening(document, now, problems)
    # A value that could not be read would contradict others by its absence.
    rule_sets = _rule_sets(document, problems) if was_read else {}
    if len(problems):
        return Refused(tuple(problems))
    return LayeredPolicy(document=document, rule_sets=rule_sets)


def load_platform_policy(text: str, name: str) -> Policy | Refused:
    """The rules of one platform file for every machine. `name` is what messages show.

    Groups are refused, as one policy holds for every machine.
    """
    problems = Problems()
    document = read_document([PolicyFile(name, text, is_platform=True)], problems)
    for group in () if document is None else document.groups:
        problems.add(
            group.layer.place, group.name, "is a group, and groups have no effect here. Remove it."
        )
    rule_sets = {} if document is None or len(problems) else _rule_sets(document, problems)
    if len(problems):
        return Refused(tuple(problems))
    return rule_sets[NO_GROUP].policy


def _rule_sets(document: Document, problems: Problems) -> dict[str, RuleSet]:
    found: dict[str, RuleSet] = {}
    try:
        found[NO_GROUP] = platform_rules(document)
    except PolicyProblems as fault:
        _contradictions(fault, document.platform, "defaults", problems)
        return found  # those of groups would repeat the same
    for group in document.groups:
        try:
            found[group.name] = group_rules(document, group)
        except PolicyProblems as fault:
            _contradictions(fault, group.layer, group.name, problems)
    return found


def _contradictions(fault: PolicyProblems, layer: Layer, name: str, problems: Problems) -> None:
    """Each with the line of the first rule that it names, if the layer has one of them."""
    for each in fault.problems:
        named = {key: written for key, written in layer.values.items() if key in each}
        first = min(named, key=lambda key: (each.index(key), -len(key)), default=None)
        place = named[first].place if first else None
        text = f"cannot be met: {each}."
        problems.add(place or layer.place, name, text)
