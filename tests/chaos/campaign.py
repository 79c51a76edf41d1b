"""One campaign: the world, the hosts, the waves, the faults; then quiet, and what was left behind.

set up ── strikes and waves, until the kills are done ── faults over ── the waves under way end ──
all is looked at
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec

from sandbox.audit.auditor import audit
from sandbox.audit.files import history_of
from sandbox.audit.rules import read_rules
from sandbox.azure.arm.control_client import Control
from sandbox.demo.options import ROOT
from sandbox.demo.processes.child import ChildFailed, Guard
from tests.chaos.app_view import AppView
from tests.chaos.environment import Environment, start_environment
from tests.chaos.faults import CallMoment, planned_faults
from tests.chaos.figures import of_the_app, of_the_log
from tests.chaos.fleet import segments
from tests.chaos.guarantees import CampaignResult, broken_guarantees
from tests.chaos.injector import FaultInjector
from tests.chaos.logs import summary_of
from tests.chaos.options import Options
from tests.chaos.policy import campaign_policy
from tests.chaos.wave_progress import LogTail, WaveProgress
from tests.chaos.wave_stream import WaveStream
from tests.chaos.workers import Workers

#: seconds after the last fault within which everything must be over: a few times the grace, and
#: what was queued up. The app's share of Azure's limits counts in real minutes, also here.
SETTLES_WITHIN = 300.0
_POLL_EVERY = 1.0
_READ_LOG_EVERY = 0.02
_CHECK_IDLE_EVERY = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignOutcome:
    """How a campaign ended: `broken` is empty only if every promise was kept."""

    broken_guarantees: list[str]
    figures: dict[str, Any]


async def run(options: Options, report: Callable[[str], None]) -> CampaignOutcome:
    """Play a campaign and judge it; raises ChildFailed where a host cannot be started."""
    duration = timedelta(minutes=options.minutes, seconds=SETTLES_WITHIN + 120)
    policy = msgspec.json.encode(campaign_policy(datetime.now(UTC), duration)).decode()
    _clear(options)
    (options.out / "policy.json").write_text(policy, encoding="utf-8")
    guard = await Guard.start(ROOT)
    try:
        async with start_environment(options, segments(options.segments), policy) as environment:
            workers = await Workers.start(
                options.workers, environment.settings, options.logs, guard
            )
            try:
                result = await _run_in(options, environment, workers, report)
            finally:
                await workers.end()
    finally:
        await guard.dismiss()
    return result


async def _run_in(
    options: Options, environment: Environment, workers: Workers, report: Callable[[str], None]
) -> CampaignOutcome:
    async with aiohttp.ClientSession() as session:
        campaign = Campaign(
            options=options,
            environment=environment,
            workers=workers,
            app_view=AppView(session=session, workers=workers),
            injector=FaultInjector(
                environment=environment,
                workers=workers,
                plan=planned_faults(options.seed, options.workers, options.longest_pause),
            ),
            report=report,
        )
        return await campaign.play()


@dataclass(slots=True, kw_only=True)
class Campaign:
    """A campaign under way."""

    options: Options
    environment: Environment
    workers: Workers
    app_view: AppView
    injector: FaultInjector
    report: Callable[[str], None]
    progress: WaveProgress = field(default_factory=WaveProgress)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def play(self) -> CampaignOutcome:
        """From the first faults to the result."""
        control = Control(self.environment.azure_url)
        streams = [
            WaveStream(
                segment=segment,
                progress=self.progress,
                app_view=self.app_view,
                control=control,
                closing=self.closing,
            )
            for segment in segments(self.options.segments)
        ]
        began = time.monotonic()
        async with asyncio.TaskGroup() as beside:
            tasks = [
                beside.create_task(one)
                for one in (self._read_log(), self._poll(), self._report_progress())
            ]
            flowing = [beside.create_task(stream.run()) for stream in streams]
            await self._inject()
            sent = time.monotonic() - began
            settled = await self._settle(flowing)
            for task in (*tasks, *flowing):
                task.cancel()
        return await self._outcome(sent, settled)

    async def _inject(self) -> None:
        try:
            async with asyncio.timeout(self.options.minutes * 60):
                await self.injector.run(self.options.kills)
        except TimeoutError:
            self.report("The time is up.")
        finally:
            self.injector.end()
            self.closing.set()

    async def _settle(self, flowing: list[asyncio.Task[None]]) -> float | None:
        """Wait until nothing is left to be done.

        After how many seconds, or None if that took too long.
        """
        began = time.monotonic()
        self.report(
            f"{self.injector.kills} kills; the faults are over, and everything has to settle."
        )
        try:
            async with asyncio.timeout(SETTLES_WITHIN):
                await asyncio.gather(*flowing)
                while True:
                    if await self._is_idle():
                        return round(time.monotonic() - began, 1)
                    await asyncio.sleep(_CHECK_IDLE_EVERY)
        except TimeoutError:
            return None

    async def _is_idle(self) -> bool:
        """Whether no message is left anywhere and no lock in use.

        The timers' own scans come and go.
        """
        return (
            not self.environment.messages_left()
            and await self.app_view.refresh()
            and not self.app_view.locks_in_use
        )

    async def _read_log(self) -> None:
        """Keep the progress, and report to the targeted signals what machines do."""
        log = LogTail(self.options.events)
        moments = {"machine.down": CallMoment.MACHINE_DOWN, "agent.ready": CallMoment.AGENT_READY}
        turn = 0
        while True:
            new = list(log.new_events())
            self.progress.apply(new)
            for event in new:
                moment = moments.get(event["event"])
                if moment is not None and self.environment.targeted_signals.waits_for(moment):
                    turn += (
                        1  # which process has to do with the machine cannot be seen: each in turn
                    )
                    self.environment.targeted_signals.process_reached(
                        self.workers.all[turn % len(self.workers.all)].name, moment
                    )
            await asyncio.sleep(_READ_LOG_EVERY)

    async def _poll(self) -> None:
        while True:
            await self.app_view.refresh()
            if (why := self.workers.permanent_failure()) is not None:
                raise ChildFailed(why)
            await asyncio.sleep(_POLL_EVERY)

    async def _report_progress(self) -> None:
        while True:
            await asyncio.sleep(15)
            done = sum(entry.is_done for entry in self.progress.entries.values())
            self.report(
                f"{self.injector.kills} kills; {done} of {len(self.progress.entries)} machines "
                f"maintained, {sum(job.is_final for job in self.app_view.jobs)} jobs over; "
                f"hosts up: {len(self.workers.urls())}; "
                f"messages: {self.environment.messages_left() or 'none'}; "
                f"locks in use: {len(self.app_view.locks_in_use)}"
            )

    async def _outcome(self, sent: float, settled: float | None) -> CampaignOutcome:
        messages = self.environment.messages_left() if settled is None else {}
        await self.app_view.refresh()
        history = history_of(self.options.events)
        progress = WaveProgress()
        progress.apply(LogTail(self.options.events).new_events())
        log_summary = summary_of(self.options.logs)
        rules = read_rules((self.options.out / "policy.json").read_bytes())
        result = CampaignResult(
            kills=self.injector.kills,
            kills_wanted=self.options.kills,
            idle_after=settled,
            violations=audit(history, rules),
            progress=progress,
            jobs=self.app_view.jobs,
            locks_in_use=self.app_view.locks_in_use,
            messages_left=messages,
            ends=[end for worker in self.workers.all for end in worker.ends],
            log_summary=log_summary,
        )
        return CampaignOutcome(
            broken_guarantees=broken_guarantees(result),
            figures=self._of_the_campaign(sent, settled)
            | of_the_log(history, progress)
            | {"violations": len(result.violations)}
            | of_the_app(log_summary),
        )

    def _of_the_campaign(self, sent: float, settled: float | None) -> dict[str, Any]:
        stops = [seconds for worker in self.workers.all for seconds in worker.stops]
        starts = sorted(s for worker in self.workers.all for s in worker.supervised.start_seconds)
        return {
            "seed": self.options.seed,
            "workers": self.options.workers,
            "kills": self.injector.kills,
            "stops": len(stops),
            "longest_stop_seconds": round(max(stops, default=0.0), 1),
            "faults": dict(sorted(self.injector.injected.items())),
            "storage_answers_lost": self.environment.storage.responses_lost,
            "seconds_under_faults": round(sent, 1),
            "settled_after_seconds": settled,
            "start_of_a_host_seconds": {"median": starts[len(starts) // 2], "slowest": starts[-1]},
        }


def _clear(options: Options) -> None:
    """An empty place: what an earlier campaign wrote must not be taken for this one's."""
    options.logs.mkdir(parents=True, exist_ok=True)
    for old in (*options.logs.glob("*.log"), options.out / "chaos.json", options.events):
        old.unlink(missing_ok=True)
