"""The page of the state machine is generated from the table, so it cannot tell another story."""

from shared.domain.job.states import TRANSITIONS, State
from toolchain.generate.state_machine import PAGE, page


def test_the_stored_page_is_the_generated_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: python -m toolchain.generate.state_machine"
    )


def test_it_draws_and_lists_every_arrow() -> None:
    lines = page().splitlines()

    for (state, event), target in TRANSITIONS.items():
        assert f"| {state.value} | {event.value} | {target.value} |" in lines
    assert sum(" --> " in line and ": " in line for line in lines) == len(TRANSITIONS)


def test_mermaid_meets_no_identifier_with_a_hyphen() -> None:
    arrows = [line.split(":")[0] for line in page().splitlines() if " --> " in line]

    assert arrows
    assert all("-" not in arrow.replace(" --> ", " ") for arrow in arrows)
    assert all(
        line.endswith("--> [*]") for line in arrows[-sum(state.is_final for state in State) :]
    )
