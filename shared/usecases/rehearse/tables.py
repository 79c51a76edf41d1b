"""Try the tables: one row written, read and deleted in each."""

from collections.abc import Mapping

from shared.domain.rehearsal import subject_of
from shared.usecases.app import App
from shared.usecases.rehearse.start import RehearsalRefused, refusal


async def try_tables(
    app: App, rehearsal: str, *, token: str, by: str
) -> Mapping[str, str] | RehearsalRefused:
    """What failed in each table, by its name; empty where all went well.

    `token`: random, new for each call.
    """
    if (refused := await refusal(app, rehearsal)) is not None:
        return refused
    found = await app.store_trials.try_all(f"{rehearsal}-{token}")
    failed = ", ".join(sorted(name for name, failure in found.items() if failure))
    await app.record(subject_of(rehearsal), "rehearsal.tables_tried", by=by, failed=failed or None)
    return found
