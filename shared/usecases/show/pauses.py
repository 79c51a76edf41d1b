"""The pauses, as an operator asks for them."""

from collections.abc import Sequence

from shared.domain.redeploy.pauses import Pause
from shared.usecases.app import App
from shared.usecases.generation.pauses import pauses_in_force


async def list_pauses(app: App) -> Sequence[Pause]:
    """All pauses in force, in order of target. After a loss of state one of them is not stored."""
    return await pauses_in_force(app)
