"""The pauses, as an operator asks for them."""

from collections.abc import Sequence

from shared.domain.redeploy.pauses import Pause
from shared.usecases.app import App


async def list_pauses(app: App) -> Sequence[Pause]:
    """All pauses in force, in order of target. Changes nothing."""
    return await app.pauses.all()
