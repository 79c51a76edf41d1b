"""Rights, and the app roles of Entra that give them.

Sample of the roles of a person: `Reader`, `Operator`, `Approver`, `Owner.crm`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_OWNER: Final = "owner."


class Right(StrEnum):
    """What an operation needs."""

    #: to read, also to try policy files
    READ = "read"
    #: to act for machines of one's own groups; an operator has it for all
    OWN = "own"
    #: every act but approvals
    OPERATE = "operate"
    #: to approve and to reject; only a person has it
    APPROVE = "approve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What the roles of one caller allow. `groups`: the groups that it owns, in lower case."""

    read: bool = False
    operate: bool = False
    approve: bool = False
    groups: frozenset[str] = frozenset()

    def has(self, right: Right) -> bool:
        """Whether the right is there; OWN without a look at the group."""
        match right:
            case Right.READ:
                return self.read
            case Right.OWN:
                return self.operate or bool(self.groups)
            case Right.OPERATE:
                return self.operate
            case Right.APPROVE:
                return self.approve

    def is_for(self, group: str) -> bool:
        """Whether acts on a machine of this group are allowed; empty: of no group."""
        return self.operate or (bool(group) and group.lower() in self.groups)


def rights_of(roles: Iterable[str]) -> Rights:
    """The rights of these roles. An unknown role gives nothing.

    Each known role allows reading.
    """
    given = {each.strip().lower() for each in roles}
    groups = frozenset(each.removeprefix(_OWNER) for each in given if each.startswith(_OWNER))
    groups -= {""}
    known = given & {"reader", "operator", "approver"}
    return Rights(
        read=bool(known or groups),
        operate="operator" in known,
        approve="approver" in known,
        groups=groups,
    )
