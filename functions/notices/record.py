"""HTTP triggers for operators: which notices came, and what came of each."""

from datetime import datetime, timedelta
from typing import Any

import azure.functions as func

from functions.http import BadRequest, answered, as_json, problem
from functions.operators.views import job_view
from shared.bootstrap import inbox
from shared.domain.notices.notice import Proof
from shared.domain.notices.record import Entry
from shared.usecases.notices.trace import recent_notices, trace_notice

blueprint = func.Blueprint()

_DAYS = 30
#: Service Health itself shows its events for 90 days (azure-docs service-health-overview)
_MOST_DAYS = 366


@blueprint.route(route="v1/notices", methods=["GET"])
@answered
async def list_notices(req: func.HttpRequest) -> func.HttpResponse:
    """The notices of the last `days` (30 without it), newest first."""
    days = _days(req.params.get("days"))
    entries = await recent_notices(await inbox(), timedelta(days=days))
    return as_json({"notices": [notice_view(each) for each in entries]})


@blueprint.route(route="v1/notices/{notice}", methods=["GET"])
@answered
async def show_notice(req: func.HttpRequest) -> func.HttpResponse:
    """One notice, with the jobs that its scans planned and the waves they belong to."""
    found = await trace_notice(await inbox(), req.route_params["notice"])
    if found is None:
        return problem(404, "there is no notice with this id")
    jobs = [job_view(each) for each in found.jobs]
    return as_json(
        {"notice": notice_view(found.entry), "waves": sorted({each["wave"] for each in jobs}), "jobs": jobs}
    )


def notice_view(entry: Entry) -> dict[str, Any]:
    """One notice as operators see it. A public form: names change only with the changelog."""
    notice = entry.notice
    return {
        "id": entry.id,
        "at": _time(entry.at),
        "source": notice.source.value,
        "subscriptions": list(notice.subscriptions),
        "trackingId": notice.tracking_id,
        "communicationId": notice.communication_id,
        "stage": notice.stage,
        "title": notice.title,
        "services": list(notice.services),
        "regions": list(notice.regions),
        "starts": _time(notice.starts),
        "ends": _time(notice.ends),
        "deliveredBy": _proof(entry.proof),
        "sender": _proof(entry.sender),
        "outcome": entry.outcome.value,
        "reason": entry.reason,
        "scans": [{"subscription": each.subscription, "occasion": each.occasion} for each in entry.scans],
    }


def _proof(proof: Proof | None) -> dict[str, str] | None:
    return None if proof is None else {"method": proof.method, "who": proof.who}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _days(text: str | None) -> int:
    if text is None:
        return _DAYS
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= _MOST_DAYS:
        raise BadRequest(f"days must be a whole number from 1 to {_MOST_DAYS}")
    return int(text)
