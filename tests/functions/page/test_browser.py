"""The page in a real Chromium.

Without one on PATH these tests are skipped, and fail where REQUIRE_BROWSER is set.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.functions.page.chromium import NAMES, Tab, chromium_path, new_tab
from tests.functions.page.stand_in_app import (
    HOSTILE,
    SET,
    StandInApp,
    a_job,
    a_scan,
    stand_in_app,
)

pytestmark = pytest.mark.skipif(
    chromium_path() is None and not os.environ.get("REQUIRE_BROWSER"),
    reason=f"no browser on PATH: install one of {', '.join(NAMES)}",
)
VIEWS = {
    "overview": "Needs you",
    "jobs": "26 jobs",
    "plan": "it waits for its window",
    "locks": "ledger",
    "health": "The app works",
    "notices": "scanned",
    "machine?id=x": "Trail",
}
_SHOWS = "document.body.innerText.includes({text!r})"


@pytest.fixture
async def app() -> AsyncIterator[StandInApp]:
    async with stand_in_app() as made:
        yield made


@pytest.fixture
async def tab(tmp_path: Path) -> AsyncIterator[Tab]:
    async with new_tab(tmp_path) as made:
        yield made


async def shows(tab: Tab, text: str) -> None:
    await tab.until(_SHOWS.format(text=text))


async def test_every_view_in_both_themes_and_three_widths(app: StandInApp, tab: Tab) -> None:
    expected = f"{len(app.jobs)} jobs"
    for dark in (False, True):
        for width in (360, 768, 1200):
            for view, text in VIEWS.items():
                await tab.open(f"{app.url}#/{view}", width=width, dark=dark)
                await shows(tab, expected if view == "jobs" else text)
                wide = await tab.run("document.documentElement.scrollWidth")
                assert wide <= width, (view, width)
    assert await tab.run("window.hit") is None
    assert tab.faults == []


async def test_text_of_strangers_is_shown_and_never_markup(app: StandInApp, tab: Tab) -> None:
    for view in VIEWS:
        await tab.open(f"{app.url}#/{view}")
        if view not in ("locks", "health"):
            await shows(tab, HOSTILE)
        assert await tab.run("document.querySelectorAll('img').length") == 0
    assert await tab.run("window.hit") is None
    assert tab.faults == []


async def test_an_act_says_what_it_does_and_needs_a_reason(app: StandInApp, tab: Tab) -> None:
    await tab.open(app.url)
    await shows(tab, "Needs you")
    await tab.run("document.getElementById('pause-all').click()")
    await shows(tab, "Stops 7 waiting machines; 2 machines in flight are finished")
    await tab.run("document.getElementById('act-reason').value = 'incident'")
    app.jobs = [*app.jobs, a_job("new-1", "planned")]
    await tab.run("refresh()")
    assert await tab.run("document.getElementById('act-reason').value") == "incident"
    await tab.run("document.getElementById('act-go').click()")
    assert app.posted == []
    await tab.run("document.getElementById('act-by').value = 'ada'")
    await tab.run("document.getElementById('act-go').click()")
    await tab.until("!document.querySelector('dialog[open]')")
    body = {"target": "everything", "by": "ada", "reason": "incident"}
    assert app.posted == [("pause", body)]
    assert tab.faults == []


async def test_the_keyboard_reaches_and_leaves_the_box(app: StandInApp, tab: Tab) -> None:
    await tab.open(app.url)
    await shows(tab, "Needs you")
    await tab.run("document.getElementById('pause-all').focus()")
    await press(tab, "Enter")
    await tab.until("document.querySelector('dialog[open]')")
    assert await tab.run("document.activeElement.id") == "act-by"
    await press(tab, "Escape")
    await tab.until("!document.querySelector('dialog[open]')")
    assert await tab.run("document.activeElement.id") == "pause-all"


async def press(tab: Tab, key: str) -> None:
    text = {"Enter": "\r"}.get(key, "")
    code = {"Enter": 13, "Escape": 27}[key]
    for kind in ("keyDown", "keyUp"):
        more = {"text": text} if text and kind == "keyDown" else {}
        await tab.send(
            "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more
        )


async def test_a_filter_keeps_focus_and_text_while_news_come(app: StandInApp, tab: Tab) -> None:
    await tab.open(f"{app.url}#/jobs")
    await shows(tab, "front-1")
    await tab.run("document.getElementById('filter-text').focus()")
    await tab.send("Input.insertText", text="ledger")
    await shows(tab, "2 jobs of")
    app.jobs = [*app.jobs, a_job("ledger-3", "planned")]
    await tab.run("refresh()")
    await shows(tab, "3 jobs of")
    assert await tab.run("document.activeElement.id") == "filter-text"
    assert await tab.run("document.getElementById('filter-text').value") == "ledger"


async def test_old_figures_are_marked_and_acts_locked(app: StandInApp, tab: Tab) -> None:
    await tab.open(app.url)
    await shows(tab, "Needs you")
    app.is_down = True
    await tab.run("answeredAt = Date.now() - 31000, refresh()")
    await shows(tab, "Not updated since")
    await shows(tab, "no route to the storage")
    assert await tab.run("document.getElementById('pause-all').disabled") is True
    app.is_down = False
    await tab.run("refresh()")
    await tab.until("document.getElementById('stale').hidden")
    assert await tab.run("document.getElementById('pause-all').disabled") is False


async def test_the_key_is_asked_for_and_kept_out_of_the_address(app: StandInApp, tab: Tab) -> None:
    app.key = "the-key"
    await tab.open(app.url)
    await tab.until("document.getElementById('key').open")
    await tab.run("document.getElementById('key-text').value = 'the-key'")
    await tab.run("document.querySelector('#key-form button').click()")
    await shows(tab, "Needs you")
    stored = "localStorage.length + sessionStorage.length + document.cookie.length"
    assert await tab.run(stored) == 0
    assert "the-key" not in await tab.run("location.href")


async def test_a_person_who_signed_in_needs_no_key_and_types_no_name(
    app: StandInApp, tab: Tab
) -> None:
    app.key, app.rights = "k3y", ["read", "own", "operate"]
    await tab.open(app.url)
    await shows(tab, "Needs you")
    await tab.run("document.getElementById('pause-all').click()")
    await shows(tab, "Stops 7 waiting machines")
    assert await tab.run("document.activeElement.id") == "act-reason"
    assert await tab.run("document.getElementById('act-by').checkVisibility()") is False
    await tab.run("document.getElementById('act-reason').value = 'incident'")
    await tab.run("document.getElementById('act-go').click()")
    await tab.until("!document.querySelector('dialog[open]')")
    assert app.posted == [("pause", {"target": "everything", "reason": "incident"})]
    # The session ends: the page asks again, and a key works too.
    app.rights, app.has_sign_in = None, True
    await tab.run("refresh()")
    await tab.until("document.getElementById('key').open")
    assert await tab.run("document.getElementById('sign-in').checkVisibility()") is True
    await tab.run("document.getElementById('key-text').value = 'k3y'")
    await tab.run("document.querySelector('#key button').click()")
    await tab.until("!document.querySelector('dialog[open]')")
    await tab.run("document.getElementById('pause-all').click()")
    await tab.until("document.getElementById('act').open")
    assert await tab.run("document.getElementById('act-by').checkVisibility()") is True
    assert tab.faults == []


async def test_the_link_to_sign_in_is_there_where_there_is_a_sign_in(
    app: StandInApp, tab: Tab
) -> None:
    for has_sign_in in (False, True):
        app.key, app.has_sign_in = "k3y", has_sign_in
        await tab.open(f"{app.url}?{has_sign_in}")
        await tab.until("document.getElementById('key').open")
        shown = await tab.run("document.getElementById('sign-in').checkVisibility()")
        assert shown is has_sign_in


async def test_a_reader_has_no_button_to_pause_everything(app: StandInApp, tab: Tab) -> None:
    app.rights = ["read"]
    await tab.open(app.url)
    await shows(tab, "Needs you")
    assert await tab.run("document.getElementById('pause-all').hidden") is True


async def test_10000_jobs_are_shown_within_bounds(app: StandInApp, tab: Tab) -> None:
    app.jobs = [a_job(f"vm-{n}", "planned", f"ud:{n % 5}", f"set-{n // 20}") for n in range(10_000)]
    await tab.open(f"{app.url}#/jobs")
    await shows(tab, "10,000 jobs of")
    assert await tab.run("document.querySelectorAll('tbody tr').length") == 500
    assert await tab.run("document.querySelector('table').getAttribute('aria-rowcount')") == "10001"
    await tab.run("location.hash = '#/overview'")
    await shows(tab, "0 of 10000 done")
    assert await tab.run("document.querySelectorAll('.panel').length") < 120


async def test_paper_has_every_row_of_the_filter(app: StandInApp, tab: Tab) -> None:
    app.jobs = [a_job(f"vm-{n}", "planned") for n in range(700)]
    await tab.open(f"{app.url}#/jobs")
    await shows(tab, "700 jobs of")
    rows = "document.querySelectorAll('tbody tr').length"
    for event, expected in (("beforeprint", 700), ("afterprint", 500)):
        await tab.run(f"window.dispatchEvent(new Event('{event}'))")
        assert await tab.run(rows) == expected
    assert tab.faults == []


async def test_a_halt_on_a_later_page_of_locks_is_shown(app: StandInApp, tab: Tab) -> None:
    app.free_locks = 2500
    await tab.open(app.url)
    await shows(tab, "halts avset:ledger")
    await tab.run("location.hash = '#/locks'")
    await shows(tab, "agent not ready for 31 min")
    assert tab.faults == []


async def test_an_act_counts_the_machines_of_all_pages(app: StandInApp, tab: Tab) -> None:
    app.jobs = [a_job(f"vm-{n}", "planned") for n in range(2345)]
    await tab.open(app.url)
    await shows(tab, "Needs you")
    await tab.run("document.getElementById('pause-all').click()")
    await shows(tab, "Stops 2,345 waiting machines")


async def test_a_list_without_end_is_cut_and_says_so(app: StandInApp, tab: Tab) -> None:
    app.jobs = [a_job(f"vm-{n}", "succeeded") for n in range(60_000)]
    await tab.open(f"{app.url}#/jobs")
    await shows(tab, "50,000 jobs of")
    await shows(tab, "For all, type: forestall jobs")


async def test_the_plan_is_not_made_anew_at_each_refresh(app: StandInApp, tab: Tab) -> None:
    await tab.open(app.url)
    await shows(tab, "to spare")
    before = len(app.asked)
    for _ in range(3):
        await tab.run("refresh()")
    assert sum(each == "jobs" for each in app.asked[before:]) == 3
    assert sum(each.startswith("plan") for each in app.asked) == 1
    await tab.run("forget(), refresh()")
    assert sum(each.startswith("plan") for each in app.asked) == 2


async def test_the_plan_is_drawn_and_written(app: StandInApp, tab: Tab) -> None:
    await tab.open(f"{app.url}#/plan")
    await shows(tab, "front-13")
    assert await tab.run("document.querySelectorAll('svg.plan rect').length") == 3
    assert await tab.run("document.querySelectorAll('svg.plan .deadline').length") == 1
    assert await tab.run("document.querySelector('svg.plan').getAttribute('aria-hidden')") == "true"
    assert await tab.run("document.querySelectorAll('tbody tr').length") == 3
    await tab.open(f"{app.url}#/plan?group=crm")
    await tab.until("document.querySelectorAll('tbody tr').length === 1")
    assert tab.faults == []


async def test_what_fails_outside_the_jobs_needs_somebody(app: StandInApp, tab: Tab) -> None:
    app.scans = [a_scan(HOSTILE)]
    app.targets = [
        {"name": "crm-teams", "kind": "teams", "condition": "broken", "reason": HOSTILE,
         "waiting": 0, "accepted": None},
    ]  # fmt: skip
    await tab.open(app.url)
    await shows(tab, "not scanned")
    await shows(tab, "messages to crm-teams")
    await tab.open(f"{app.url}#/health")
    await shows(tab, "fails since 2026-11-29T13:00")
    assert await tab.run("window.hit") is None
    assert tab.faults == []


async def test_standalone_machines_are_one_placement(app: StandInApp, tab: Tab) -> None:
    app.jobs = [a_job(f"vm-{n}", "planned") | {"scope": f"vm:{SET}/vm-{n}"} for n in range(300)]
    await tab.open(app.url)
    await shows(tab, "standalone machines")
    assert await tab.run("document.querySelectorAll('.lanes').length") == 1


#: checks of our own, in the manner of axe: they find less than axe does
_UNNAMED = """
[...document.querySelectorAll('a, button, input, select, dialog, [role]')].filter((each) => {
  const label = each.getAttribute('aria-label') || each.textContent.trim()
    || (each.labels && [...each.labels].map((one) => one.textContent).join('').trim())
    || document.getElementById(each.getAttribute('aria-labelledby'))?.id;
  return !label && each.getAttribute('role') !== 'status' && each.getAttribute('role') !== 'alert';
}).map((each) => each.outerHTML)
"""
_TWICE = """
(() => { const ids = [...document.querySelectorAll('[id]')].map((each) => each.id);
  return ids.filter((id, n) => ids.indexOf(id) !== n); })()
"""
_HEADINGS = "[...document.querySelectorAll('main h1, main h2, main h3')].map((e) => e.tagName)"


@pytest.mark.parametrize("view", VIEWS)
async def test_each_view_has_names_headings_and_captions(
    app: StandInApp, tab: Tab, view: str
) -> None:
    await tab.open(f"{app.url}#/{view}")
    await tab.until("document.querySelector('main h1')")
    assert await tab.run(_UNNAMED) == []
    assert await tab.run(_TWICE) == []
    headings = await tab.run(_HEADINGS)
    assert headings[0] == "H1"
    assert headings.count("H1") == 1
    tables = "document.querySelectorAll('table').length"
    assert await tab.run(tables) == await tab.run("document.querySelectorAll('caption').length")
    assert await tab.run("document.documentElement.lang") == "en"
