"""The pauses, as an operator asks for them."""

from shared.domain.redeploy.pauses import Pause
from shared.ports import Page
from shared.usecases.app import App
from shared.usecases.generation.pauses import pauses_in_force

#: pauses of one page where nobody says how many
LARGEST_PAGE = 1_000


async def list_pauses(
    app: App, *, after: str | None = None, at_most: int = LARGEST_PAGE
) -> Page[Pause]:
    """A page of the pauses in force, in order of target, behind a target. Changes nothing.

    After a loss of state one of them is not stored.
    """
    behind = [each for each in await pauses_in_force(app) if after is None or each.target > after]
    shown = sorted(behind, key=lambda each: each.target)[:at_most]
    return Page(shown, last=shown[-1].target if len(behind) > len(shown) else None)
