"""Where the app starts tasks: in one module, whose tests show that it leaves none behind."""

import ast
from pathlib import Path

import shared

ROOT = Path(shared.__file__).parents[1]
#: a shared attempt outlives the caller that began it, on purpose: others wait for the same value
STARTS_TASKS = {"shared/concurrency.py", "shared/shared_attempt.py"}
STARTERS = {
    "create_task",
    "ensure_future",
    "gather",
    "as_completed",
    "wait",
    "run_coroutine_threadsafe",
}


def starts_of_tasks(text: str) -> set[str]:
    """The calls in a module that start tasks which it has to wait for by itself."""
    calls = (each.func for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Call))
    return {
        each.attr
        for each in calls
        if isinstance(each, ast.Attribute)
        and each.attr in STARTERS
        and (each.attr != "wait" or ast.unparse(each.value) == "asyncio")
    }


def test_tasks_are_started_in_one_place() -> None:
    files = [*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    found = {
        each.relative_to(ROOT).as_posix()
        for each in files
        if starts_of_tasks(each.read_text(encoding="utf-8"))
    }
    assert found == STARTS_TASKS


def test_each_way_to_start_a_task_is_found() -> None:
    assert starts_of_tasks("asyncio.gather(a())") == {"gather"}
    assert starts_of_tasks("loop.create_task(a())") == {"create_task"}
    assert starts_of_tasks("asyncio.wait([a])\nevent.wait()") == {"wait"}
    assert starts_of_tasks("event.wait()") == set()
