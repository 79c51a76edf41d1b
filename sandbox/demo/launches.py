"""How each process of a rehearsal is started, and by which words it says that it is ready."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.demo.debugging import START_TIMEOUT, Debugging
from sandbox.demo.options import ROOT, Options
from sandbox.demo.processes.child import Launch
from sandbox.demo.settings import bare_environment

_PREPARE = "`make run` prepares everything that it needs; run that, or `make prepare`."
_SHOW_LOG = "If those lines do not help, the whole log does."


@dataclass(frozen=True, slots=True, kw_only=True)
class Launches:
    """The launches of one run."""

    options: Options

    def azurite(self) -> Launch:
        """Says its connection string."""
        return self._python(
            "azurite",
            "sandbox.azure.azurite",
            ready=r"^(DefaultEndpointsProtocol=\S+)$",
            remedy=_PREPARE,
        )

    def broker(self) -> Launch:
        """Says its connection string."""
        config = ROOT / "sandbox" / "demo" / "servicebus.json"
        return self._python(
            "servicebus",
            "sandbox.azure.servicebus",
            "--config",
            str(config),
            "--port",
            "0",
            ready=r"^(Endpoint=sb://\S+)$",
        )

    def arm(self, identity_header: str) -> Launch:
        """Says where it answers. It announces nothing before `POST /sim/begin`."""
        given = [
            "--fleet",
            *(str(each) for each in self.options.fleet),
            "--events",
            str(self.options.out / "events.jsonl"),
        ]
        given += [
            "--wave",
            self.options.wave.value,
            "--port",
            "0",
            "--seed",
            str(self.options.seed),
            "--identity-header",
            identity_header,
            "--hold",
        ]
        return self._python("arm", "sandbox.azure.arm", *given, ready=r"^(http://\S+) plays ")

    def app(self, port: int, settings: Mapping[str, str], key_file: Path | None = None) -> Launch:
        """Says where it answers and after how many seconds.

        With a key file it asks for its key, as in Azure.
        """
        given = ["--app", str(ROOT), "--port", str(port), "--plain"]
        given += ["--key-file", str(key_file)] if key_file else []
        ready = r"^ready on (http://\S+) after ([\d.]+) s"
        app = self._python(
            "app", "sandbox.azure.functions_host", *given, ready=ready, settings=settings
        )
        return app if self.options.debugging is None else _debugged(app, self.options.debugging)

    def _python(
        self,
        name: str,
        module: str,
        *given: str,
        ready: str,
        remedy: str = _SHOW_LOG,
        settings: Mapping[str, str] | None = None,
    ) -> Launch:
        return Launch(
            name=name,
            command=(sys.executable, "-m", module, *given),
            ready=re.compile(ready, re.MULTILINE),
            environment={**bare_environment(), **(settings or {})},
            folder=ROOT,
            log=Path(self.options.logs / f"{name}.log"),
            remedy=remedy,
        )


def _debugged(launch: Launch, debugging: Debugging) -> Launch:
    python, *rest = launch.command
    return replace(
        launch,
        command=(python, *debugging.interpreter_options, *rest),
        environment={**launch.environment, **debugging.settings},
        start_timeout=START_TIMEOUT if debugging.waits else launch.start_timeout,
    )
