"""The JSON forms of what HTTP functions take and answer, as JSON Schema. Tests hold them against the views."""

from typing import Any

type Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WORDS: Schema = {"type": "string", "minLength": 1, "pattern": r"\S"}
NUMBER: Schema = {"type": "integer"}
TIME: Schema = {"type": "string", "format": "date-time"}
MAYBE_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}


def list_of(item: Schema) -> Schema:
    """A list of one form."""
    return {"type": "array", "items": item}


def record(**properties: Schema) -> Schema:
    """An object that has all of these."""
    return {"type": "object", "required": list(properties), "properties": properties}


def ref(name: str) -> Schema:
    """A form from the table below."""
    return {"$ref": f"#/components/schemas/{name}"}


_PROOF = {"anyOf": [record(method=TEXT, who=TEXT), {"type": "null"}]}

SCHEMAS: dict[str, Schema] = {
    "Problem": record(error=TEXT),
    "Job": record(
        id=TEXT, machine=TEXT, subscription=TEXT, scope=TEXT, lane=MAYBE_TEXT, wave=TIME, selfServiceEnd=MAYBE_TIME,
        state=TEXT, reason=TEXT, due=MAYBE_TIME, atRisk=list_of(TEXT), step=NUMBER, attempts=NUMBER,
        leases=list_of(record(scope=TEXT, token=NUMBER)), operation=MAYBE_TEXT, probe=MAYBE_TEXT, started=MAYBE_TIME, finished=MAYBE_TIME,
    ),
    "Semaphore": record(
        scope=TEXT, lane=MAYBE_TEXT, slots=NUMBER,
        holders=list_of(record(job=TEXT, lane=MAYBE_TEXT, token=NUMBER, expires_at=TIME)),
        waiters=list_of(record(job=TEXT, lane=MAYBE_TEXT, since=TIME)),
        halts=list_of(record(reason=TEXT, job=TEXT, lane=MAYBE_TEXT, at=TIME)),
    ),
    "Pause": record(target=TEXT, reason=TEXT, by=TEXT, at=TIME),
    "Line": {**record(at=TIME, event=TEXT, by=TEXT), "additionalProperties": TEXT},
    "Receipt": record(
        id=TEXT, outcome={"enum": ["received", "scanning", "ignored", "dropped"]}, repeated={"type": "boolean"},
        reason=TEXT, scans=list_of(TEXT),
    ),
    "Notice": record(
        id=TEXT, at=TIME, source={"enum": ["service-health", "email", "event-grid"]}, subscriptions=list_of(TEXT),
        trackingId=TEXT, communicationId=TEXT, stage=TEXT, title=TEXT, services=list_of(TEXT), regions=list_of(TEXT),
        starts=MAYBE_TIME, ends=MAYBE_TIME, deliveredBy=_PROOF, sender=_PROOF,
        outcome={"enum": ["received", "scanning", "ignored", "dropped"]}, reason=TEXT,
        scans=list_of(record(subscription=TEXT, occasion=TEXT)),
    ),
}  # fmt: skip
