"""A waiting job takes anew what it took from its machine: other tags, another lane, another end of the phase."""

from shared.domain.job.job import JobId
from shared.domain.job.particulars import Particulars
from shared.usecases.app import App


async def record_news(app: App, job: JobId, news: Particulars) -> None:
    """Put the job's new particulars on its trail."""
    await app.record(
        job,
        "job.renewed",
        self_service_end=news.self_service_end,
        lane=f"{news.placement.scope} {news.placement.lane}",
        group=news.group and news.group.scope,
        zone=news.zone and news.zone.lane,
        pair=news.pair.lane,
        probe=news.probe and news.probe.place,
    )
