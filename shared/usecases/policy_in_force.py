"""The policy with groups that this process goes by, and why a newer one is not in force."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.policy.files.layers import LayeredPolicy
from shared.domain.policy.files.published import PublishedPolicy


@dataclass(slots=True)
class PolicyInForce:
    """Replaced as a whole, so that one decision never mixes two versions."""

    #: None: the policy of the setting counts, which has no groups
    current: LayeredPolicy | None = None
    #: the name of its version where it is stored, and who published it
    name: str = ""
    by: str = ""
    #: the files of `current`
    stored: PublishedPolicy | None = None
    #: why the newest version is not in force, or cannot be read; empty: it is in force
    problem: str = ""
    #: versions that are no policy, with every problem
    refused: dict[str, str] = field(default_factory=dict)
    looked_at: datetime | None = None
