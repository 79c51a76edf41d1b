"""The audit trail's entries: what was decided, meant and done, for whom and when.

Stores nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.utc import require_aware


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One line of the audit trail.

    `subject` is a job id, a scope, a subscription or a pause target.
    """

    at: datetime
    subject: str
    #: past tense for facts (`job.redeploying`), `about_to_` before a dangerous call
    #: (`about_to_call`)
    event: str
    by: str = "forestall"
    detail: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_aware(at=self.at)
