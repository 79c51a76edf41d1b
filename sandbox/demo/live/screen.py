"""The live screen: a picture as a rich renderable.

Drawing only; the same picture is always the same screen.

Forestall rehearsal                                     0:42   app runs
━━━━━━━━━━━━━━╺━━━━━━━  41 of 69 maintained · 4 on the way · 24 waiting

shop-production   as-shop-app   0 ●●● 1 ●◐· 2 ···   ud:1 goes: vm-4; 3 wait (ud:2): slot taken
"""

from collections.abc import Mapping, Sequence

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from sandbox.demo.live.fleet_state import MachineStage, MachineState
from sandbox.demo.live.snapshot import Group, Snapshot

GLYPHS: Mapping[MachineStage, tuple[str, str]] = {
    MachineStage.IDLE: ("·", "dim"),
    MachineStage.WAITING: ("○", ""),
    MachineStage.CALLED: ("◔", "yellow"),
    MachineStage.DOWN: ("◑", "bold yellow"),
    MachineStage.SETTLING: ("◕", "cyan"),
    MachineStage.MAINTAINED: ("●", "green"),
    MachineStage.NOT_ELIGIBLE: ("-", "dim"),
    MachineStage.OFF: ("x", "dim"),
}
#: lines of the screen that are not rows of groups or news
_FRAME = 9
_FEWEST_NEWS = 3
_MOST_NEWS = 10
_LANES_WIDTH = 48


def screen(snapshot: Snapshot, height: int) -> RenderableType:
    """The whole screen, cut to a terminal's height.

    Groups that are at work stay, finished ones go first.
    """
    groups = snapshot.groups
    room = max(1, height - _FRAME - _FEWEST_NEWS)
    shown = _most_telling(groups, room)
    news = max(_FEWEST_NEWS, min(_MOST_NEWS, height - _FRAME - len(shown)))
    parts: list[RenderableType] = [_head(snapshot), _bar(snapshot), Text(), _table(shown)]
    if len(shown) < len(groups):
        parts.append(Text(f"  and {len(groups) - len(shown)} more", style="dim"))
    parts += [Text(), _legend(), Rule(style="dim"), _ticker(snapshot.ticker, news)]
    return Padding(Stack(*parts), (1, 2))


def _head(snapshot: Snapshot) -> RenderableType:
    minutes, seconds = divmod(int(snapshot.elapsed), 60)
    table = Table.grid(expand=True)
    table.add_column()
    table.add_column(justify="right")
    table.add_row(
        Text("Forestall rehearsal", style="bold"),
        Text(f"{snapshot.app}   {minutes}:{seconds:02}", style="dim"),
    )
    return table


def _bar(snapshot: Snapshot) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    total = len(snapshot.fleet.eligible)
    done = snapshot.stages.get(MachineStage.MAINTAINED, 0)
    bar = ProgressBar(
        total=max(1, total),
        completed=done,
        width=32,
        complete_style="green",
        finished_style="green",
    )
    table.add_row(bar, Text(tally(snapshot)))
    return table


def tally(snapshot: Snapshot) -> str:
    """One line of counts, such as "41 of 69 maintained · 4 on the way · 24 waiting"."""
    stages = snapshot.stages
    moving = sum(
        stages.get(environment, 0)
        for environment in (MachineStage.CALLED, MachineStage.DOWN, MachineStage.SETTLING)
    )
    parts = [
        f"{stages.get(MachineStage.MAINTAINED, 0)} of {len(snapshot.fleet.eligible)} maintained"
    ]
    for count, what in (
        (moving, "on the way"),
        (stages.get(MachineStage.WAITING, 0), "waiting"),
        (stages.get(MachineStage.IDLE, 0), "not announced yet"),
        (stages.get(MachineStage.OFF, 0), "off the list"),
    ):
        if count:
            parts.append(f"{count} {what}")
    return " · ".join(parts)


def _most_telling(groups: Sequence[Group], room: int) -> Sequence[Group]:
    by_need = sorted(groups, key=lambda group: (group.is_done, not group.sentence))[:room]
    return [group for group in groups if group in by_need]


def _table(groups: Sequence[Group]) -> RenderableType:
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True, max_width=24, overflow="ellipsis")
    table.add_column(no_wrap=True, max_width=28, overflow="ellipsis")
    table.add_column(max_width=_LANES_WIDTH)
    table.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
    before = None
    for group in groups:
        name = "" if group.subscription == before else group.subscription
        before = group.subscription
        table.add_row(
            Text(name, style="bold"),
            group.name,
            _lanes(group.lanes),
            Text(group.sentence, style="dim"),
        )
    return table


def _lanes(lanes: Mapping[str, Sequence[MachineState]]) -> Text:
    line = Text()
    for lane, machines in lanes.items():
        if lane:
            line.append(f"{lane.rpartition(':')[2]} ", style="dim")
        for machine in machines:
            glyph, style = GLYPHS[machine.stage]
            line.append(glyph, style=style)
        line.append("  ")
    return line


def _legend() -> Text:
    line = Text(style="dim")
    for environment, (glyph, style) in GLYPHS.items():
        line.append(glyph, style=style)
        line.append(
            f" {'off the list' if environment is MachineStage.OFF else environment.value}   "
        )
    return line


def _ticker(news: Sequence[str], room: int) -> Text:
    return Text("\n".join(news[-room:]), style="dim", no_wrap=True, overflow="ellipsis")
