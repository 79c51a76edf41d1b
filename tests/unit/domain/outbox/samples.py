"""Values that the tests of the outbox start from."""

from typing import Any

from shared.domain.messages import Notification
from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.message import Message
from shared.domain.outbox.news import News, news_of
from shared.domain.outbox.targets import OutsideTarget, TargetKind
from tests.unit.domain.samples import NOW, vm_id

KEY = bytes(range(1, 33))
TEAMS_URL = (
    "https://prod-1.westeurope.logic.azure.com:443/workflows/9f/triggers/manual/paths/invoke"
    "?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sig=AbC-_1"
)
HOSTILE = (
    "vm_app_01",
    "*blue*",
    "- item",
    "R&D <!channel>",
    "<https://evil.example|portal>",
    'web; app, "x"\\y',
    "\u202egnp.exe",
    "<img src=x onerror=alert(1)>",
    "Zürich 🙂",
    "x" * 4000,
)


def a_message(**changes: Any) -> Message:
    return Message(
        **{
            "id": "evt-7",
            "event": OutboxEvent.FAILED,
            "title": "crm-db-2 did not come back",
            "text": "agent not ready",
            "names": ("crm-db-2",),
            "todo": "Look at the machine.",
            "link": "https://forestall.example.com/api/v1/ui",
            "at": NOW,
            **changes,
        }
    )


def a_target(kind: TargetKind = TargetKind.TEAMS, **changes: Any) -> OutsideTarget:
    return OutsideTarget(
        **{"name": str(kind), "kind": kind, "url": f"https://{kind}.test/hook", **changes}
    )


def failed(name: str, reason: str = "agent not ready for 31 min", kind: str = "job.failed") -> News:
    notification = Notification(kind=kind, subject=f"s~{name}", text=f"{vm_id(name)}: {reason}")
    return news_of(notification, NOW)
