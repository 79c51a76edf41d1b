"""Which kinds of machines may be redeployed although Azure's guidance leaves them out. Pure."""

from dataclasses import dataclass

from shared.domain.machine.kinds.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRules:
    """Names of kinds, such as `spot`.

    Every kind that is not allowed is left alone, and reported.
    """

    #: kinds that are redeployed like any other machine
    allow: tuple[Kind, ...] = ()
    #: kinds that the tag `tags.allow` of a machine may allow; an empty list: no tag allows any
    tag_may_allow: tuple[Kind, ...] = tuple(Kind)
