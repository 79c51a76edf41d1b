"""A scene on this machine: started, waited for until it is there, and kept until Ctrl-C."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import aiohttp
from rich.console import Console

from sandbox.azure.fleets.native import write_native
from sandbox.demo.alert.body import alert
from sandbox.demo.environment import DemoEnvironment
from sandbox.demo.keys import KEY_HEADER, new_key
from sandbox.demo.observer import Observer
from sandbox.demo.options import Options
from sandbox.demo.ports import port_note
from sandbox.demo.scenes.calm import calm
from sandbox.demo.scenes.deadline import deadline
from sandbox.demo.scenes.scene import Scene, SceneName
from sandbox.demo.scenes.trouble import trouble

OK, NOT_OK = 0, 1
_LOOKS_EVERY = 1.0  # seconds
_SCENES: dict[SceneName, Callable[[datetime], Scene]] = {
    SceneName.CALM: calm,
    SceneName.TROUBLE: trouble,
    SceneName.DEADLINE: deadline,
}


def scene_of(name: SceneName, now: datetime) -> Scene:
    """The scene of this name; its windows count from `now`."""
    return _SCENES[name](now.astimezone(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """One start of a scene."""

    options: Options
    scene: Scene
    console: Console

    async def run(self) -> int:
        """Until Ctrl-C, or until a process dies: 1 then, and where the scene does not come up."""
        self._print(f"Scene {self.scene.name.value}: {self.scene.shows}\nSetting it up ...")
        environment = self._environment()
        try:
            await environment.start()
            headers = {KEY_HEADER: environment.key}
            async with aiohttp.ClientSession(headers=headers) as session:
                observer = Observer(
                    session=session, arm_url=environment.arm_url, app_url=environment.app_url
                )
                if problem := await self._come_up(environment, observer):
                    self._print(problem)
                    return NOT_OK
            self._print(invitation(self.scene, self.options, environment))
            self._print(await environment.wait_for_failure())
            return NOT_OK
        finally:
            await environment.stop()

    def _environment(self) -> DemoEnvironment:
        fleet = self.options.out / "fleet.json"
        fleet.write_bytes(write_native(self.scene.fleet))
        policy = self.options.out / "policy"
        policy.mkdir(exist_ok=True)
        for old in policy.glob("*.yaml"):
            old.unlink()
        for name, text in self.scene.files.items():
            (policy / name).write_text(text)
        return DemoEnvironment(
            options=replace(self.options, fleet=(fleet,)),
            policy="",
            policy_files=str(policy),
            key=new_key(),
            report=self._print,
        )

    async def _come_up(self, environment: DemoEnvironment, observer: Observer) -> str:
        """Wait until the scene is there. Returns what went wrong, or an empty text."""
        broken = asyncio.create_task(environment.wait_for_failure())
        ends = time.monotonic() + self.options.limit
        alerted = False
        try:
            while time.monotonic() < ends:
                await observer.poll_app()
                if observer.app_responds and not alerted:
                    alerted = await self._alert(environment, observer.session)
                if self.scene.is_there(observer.jobs, observer.semaphores):
                    return ""
                done, _ = await asyncio.wait([broken], timeout=_LOOKS_EVERY)
                if done:
                    return broken.result()
        finally:
            broken.cancel()
        reason = f" The app says: {observer.problem}" if observer.problem else ""
        return (
            f"The scene did not come up within {self.options.limit:g} s.{reason} "
            f"Look into {self.options.logs}/app.log."
        )

    async def _alert(self, environment: DemoEnvironment, session: aiohttp.ClientSession) -> bool:
        """Send the alert of the scene, if it has one; whether that is done."""
        if self.scene.alerted is None:
            return True
        body = json.dumps(alert(self.scene.alerted, datetime.now(UTC)))
        url = f"{environment.app_url}/api/notices/service-health"
        async with session.post(url, data=body) as response:
            return response.ok

    def _print(self, line: str) -> None:
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)


def invitation(scene: Scene, options: Options, environment: DemoEnvironment) -> str:
    """What a person reads when the scene is there: the page, the key, and commands to type."""
    app = environment.app_url
    tries = "\n".join(f"  .venv/bin/forestall {each}" for each in scene.tries)
    return f"""
{port_note(app)}{scene.shows}

The page: {app}/api/v1/ui
Its key:  {environment.key}

The command, in another terminal, in this folder:
  export FORESTALL_KEY=$(cat {options.out / "key"})
{tries}

Azure's stand-in answers at {environment.arm_url}/sim/status?machines=no
Everything keeps running until Ctrl-C."""
