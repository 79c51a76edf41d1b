"""Writes docs/state-machine.md from the job's transition table.

Decides nothing about the transitions themselves.

`python -m toolchain.generate.state_machine` writes the page. A test compares it with a fresh one.
"""

from pathlib import Path

from shared.domain.job.states import TRANSITIONS, State

PAGE = Path(__file__).parents[2] / "docs" / "state-machine.md"

_HEAD = """\
# The states of a job

A job is one machine in one wave. This page is generated from `TRANSITIONS` in
`shared/domain/job/states.py` (`python -m toolchain.generate.state_machine`); do not edit it by
hand. Every arrow is one named event. An event in a state without a row for it raises
`UnknownTransition`, as that is a bug and never an operating condition.
"""


def page() -> str:
    """The whole page: the drawing, the same as a table, and what each kind means for the lock."""
    return f"{_HEAD}\n{_drawing()}\n{_table()}\n{_kinds()}"


def _drawing() -> str:
    arrows = [
        f"    {_node(state)} --> {_node(target)}: {event.value}"
        for (state, event), target in TRANSITIONS.items()
    ]
    names = [
        f'    state "{state.value}" as {_node(state)}'
        for state in State
        if _node(state) != state.value
    ]
    starts = [f"    [*] --> {_node(state)}" for state in (State.PLANNED,)]
    ends = [f"    {_node(state)} --> [*]" for state in State if state.is_final]
    return "\n".join(["```mermaid", "stateDiagram-v2", *names, *starts, *arrows, *ends, "```", ""])


def _node(state: State) -> str:
    # Mermaid ends an identifier at a hyphen.
    return state.value.replace("-", "_")


def _table() -> str:
    rows = [
        f"| {state.value} | {event.value} | {target.value} |"
        for (state, event), target in TRANSITIONS.items()
    ]
    return "\n".join(["| state | event | next state |", "| --- | --- | --- |", *rows, ""])


def _kinds() -> str:
    final = ", ".join(state.value for state in State if state.is_final)
    flying = ", ".join(state.value for state in State if state.may_be_in_flight)
    return (
        f"Final states: {final}.\n"
        "A job leaves one only if it is reopened, or parked for an operator.\n\n"
        "States in which Azure may be moving the machine, so that the leases must be held:\n"
        f"{flying}.\n"
    )


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
