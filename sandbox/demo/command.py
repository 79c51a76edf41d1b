"""The demo from the prepared input to its exit code.

Setup, run, report, and on request everything keeps running.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec
from rich.console import Console

from sandbox.audit.files import history_of, rules_of
from sandbox.azure.fleets.fleet import Fleet
from sandbox.demo.alert.sender import AlertSender
from sandbox.demo.end import End, Patience
from sandbox.demo.environment import DemoEnvironment
from sandbox.demo.keys import KEY_HEADER, new_key
from sandbox.demo.live.reasons import reasons_of
from sandbox.demo.live.summary import summary
from sandbox.demo.live.views import Plain, Screen
from sandbox.demo.observer import Observer
from sandbox.demo.options import GivenPolicy, Options
from sandbox.demo.policy import rehearsal_policy
from sandbox.demo.ports import port_note
from sandbox.demo.rehearsal import Rehearsal
from sandbox.demo.report.document import Report, report_on

OK, NOT_OK = 0, 1
#: beyond the run's own limit, so that the window's end is near but never blocks
_WINDOW_LONGER = timedelta(minutes=5)
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """One start of the demo."""

    options: Options
    fleet: Fleet
    policy: GivenPolicy
    console: Console

    async def run(self) -> int:
        """Play, report, and return the exit code.

        Raises ChildFailed where the stage could not be set up.
        """
        self._print(
            "Setting up Azurite, Service Bus, Azure and the app; machines: "
            f"{len(self.fleet.machines)} ..."
        )
        for note in self.fleet.notes:
            self._print(f"Note: {note}")
        (self.options.out / "policy.json").write_text(self.policy.effective)
        environment = DemoEnvironment(
            options=self.options,
            policy=self.policy.text,
            key=new_key() if self.options.serve else "",
            report=self._print,
        )
        try:
            await environment.start()
            headers = {KEY_HEADER: environment.key} if environment.key else None
            async with aiohttp.ClientSession(headers=headers) as session:
                observer = Observer(
                    session=session, arm_url=environment.arm_url, app_url=environment.app_url
                )
                return await self._run_in(environment, observer)
        finally:
            await environment.stop()

    async def _run_in(self, environment: DemoEnvironment, observer: Observer) -> int:
        began = time.monotonic()
        app_identity = await observer.client_id(environment.identity_header)
        view = Plain(self.console) if self.options.plain else Screen(self.console)
        rehearsal = Rehearsal(
            environment=environment,
            observer=observer,
            alerts=AlertSender(session=observer.session, app_url=environment.app_url),
            view=view,
            app_identity=app_identity,
            subscriptions=self._names(),
            started=began,
            patience=self._patience(),
        )
        environment.report_to(rehearsal.report)
        with view:
            end = await rehearsal.run()
        environment.report_to(self._print)
        answers = await observer.responses()
        if not self.options.serve:
            await environment.stop()
        report = self._report(rehearsal, end, answers)
        if self.options.serve:
            await self._keep_serving(environment)
        return OK if report.ok and isinstance(end, End) else NOT_OK

    def _patience(self) -> Patience:
        rules = rules_of(self.options.out / "policy.json")
        waits = (
            rules.limits.cool_down,
            rules.limits.spacing,
            rules.canary.soak if rules.canary.machines else timedelta(0),
            rules.timing.bake_time,
        )
        return Patience(
            limit=self.options.limit,
            between_starts=sum(each.total_seconds() for each in waits),
            until=datetime.now(UTC) + timedelta(seconds=self.options.limit),
        )

    def _report(
        self, rehearsal: Rehearsal, end: End | str, answers: Mapping[str, int] | None
    ) -> Report:
        """Audit the log, write the report, and show it."""
        history = history_of(self.options.out / "events.jsonl")
        rules = rules_of(self.options.out / "policy.json")
        report = report_on(
            history,
            rules,
            app_identity=rehearsal.app_identity,
            measured=self._measured(rehearsal, end, answers),
            left_alone=rehearsal.observer.left_alone,
        )
        (self.options.out / "report.json").write_bytes(report.to_json())
        reasons = reasons_of(rehearsal.observer.jobs, rehearsal.observer.semaphores)
        if end is not End.SETTLED:
            self._print(f"Ended early: {end}.")
        self.console.print()
        self.console.print(summary(report, self._names(), reasons), highlight=False)
        self._print(f"{self.options.out}/report.json, events.jsonl, policy.json, logs/")
        return report

    def _measured(
        self, rehearsal: Rehearsal, end: End | str, answers: Mapping[str, int] | None
    ) -> Mapping[str, Any]:
        """Figures that only the demo knows."""
        app = rehearsal.environment.app
        starts = app.start_seconds if app else []
        return {
            "fleet": self.fleet.name,
            "seed": self.options.seed,
            "ended_because": str(end),
            "elapsed_seconds": round(rehearsal.elapsed, 3),
            "answers": answers,
            "throttled_answers": None if answers is None else answers.get("429", 0),
            "app_restarts": app.restarts if app else 0,
            "app_start_seconds": {"first": starts[0], "slowest": max(starts)} if starts else None,
        }

    async def _keep_serving(self, environment: DemoEnvironment) -> None:
        process = environment.app.child.pid if environment.app and environment.app.child else "-"
        forestall, url = ".venv/bin/forestall", environment.app_url
        machine = next(iter(self.fleet.machines)).id
        lines = (
            f"{port_note(url)}Everything keeps running until Ctrl-C.",
            f"The page: {url}/api/v1/ui",
            f"Its key:  {environment.key}",
            "",
            "In another terminal:",
            f"  export FORESTALL_KEY=$(cat {self.options.out / 'key'})",
            f"  {forestall} jobs --url {url}",
            f"  {forestall} semaphores --url {url}",
            f"  {forestall} explain {machine} --url {url}",
            f'  {forestall} pause everything --reason "a test" --url {url}',
            f"  curl -s '{environment.arm_url}/sim/status?machines=no'",
            f"The app is process {process}: kill -9 it, and it comes back.",
        )
        self._print("\n" + "\n".join(lines))
        self._print(await environment.wait_for_failure())

    def _names(self) -> Mapping[str, str]:
        return {one.id.lower(): one.name or one.id for one in self.fleet.subscriptions}

    def _print(self, line: str) -> None:
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)


def policy_for(options: Options, given: GivenPolicy | None, now: datetime) -> GivenPolicy:
    """The user's own policy; otherwise one that is open for this run (served: for a day)."""
    if given is not None:
        return given
    open_for = _A_DAY if options.serve else timedelta(seconds=options.limit) + _WINDOW_LONGER
    text = msgspec.json.encode(rehearsal_policy(now.astimezone(UTC), open_for)).decode()
    return GivenPolicy(text=text, effective=text + "\n")
