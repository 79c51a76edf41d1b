"""What an app asks for: its listeners, with every name resolved and every problem found.

Starts nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.azure.functions_host.errors import ConfigurationError
from sandbox.azure.functions_host.hostfile import HostOptions
from sandbox.azure.functions_host.outputs import Outputs
from sandbox.azure.functions_host.runtime.bindings import Function, problems
from sandbox.azure.functions_host.settings import AppSettings
from sandbox.azure.functions_host.triggers.connections import check
from sandbox.azure.functions_host.triggers.deliveries import QueueTrigger
from sandbox.azure.functions_host.triggers.ncrontab import ScheduleError, parse
from sandbox.azure.functions_host.triggers.routes import RouteError, route
from sandbox.azure.functions_host.triggers.timers import TimerSettings
from sandbox.azure.functions_host.triggers.web import Endpoint


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The listeners an app asks for, all names resolved."""

    endpoints: tuple[Endpoint, ...]
    timers: tuple[TimerSettings, ...]
    queues: tuple[QueueTrigger, ...]


def make_plan(functions: Iterable[Function], options: HostOptions, settings: AppSettings) -> Plan:
    """Resolve every trigger; ConfigurationError holds all that is missing or not supported."""
    planner = _Planner(options, settings)
    for function in functions:
        planner.add(function)
    if planner.problems:
        raise ConfigurationError(*planner.problems)
    return Plan(
        endpoints=tuple(planner.endpoints),
        timers=tuple(planner.timers),
        queues=tuple(planner.queues),
    )


class _Planner:
    def __init__(self, options: HostOptions, settings: AppSettings) -> None:
        self._options = options
        self._settings = settings
        self._unsupported: list[str] = []
        self._wanted_by: dict[str, list[str]] = {}
        self.endpoints: list[Endpoint] = []
        self.timers: list[TimerSettings] = []
        self.queues: list[QueueTrigger] = []

    @property
    def problems(self) -> list[str]:
        """Everything that keeps the host from starting, each problem once."""
        return self._unsupported + [
            f"{', '.join(names)}: {problem}" for problem, names in self._wanted_by.items()
        ]

    def add(self, function: Function) -> None:
        unsupported = problems(function)
        self._unsupported += unsupported
        if unsupported:
            return
        add = {
            "httpTrigger": self._http,
            "timerTrigger": self._timer,
            "serviceBusTrigger": self._queue,
        }
        try:
            Outputs(self._settings).check(function)
            add[function.trigger["type"]](function)
        except ConfigurationError as error:
            for problem in error.problems:
                self._note(problem, function)
        except (ScheduleError, RouteError) as error:
            self._note(str(error), function)

    def _note(self, problem: str, function: Function) -> None:
        """One setting that six functions want is one problem, and names the six."""
        self._wanted_by.setdefault(problem, []).append(function.name)

    def _http(self, function: Function) -> None:
        trigger = function.trigger
        template = self._settings.resolve(trigger.get("route") or function.name)
        found = route(function.name, template, trigger.get("methods"), self._options.route_prefix)
        response = next(
            (str(b["name"]) for b in function.outputs if b["type"] == "http"), "$return"
        )
        self.endpoints.append(
            Endpoint(route=found, response=response, level=trigger.get("authLevel") or "function")
        )

    def _timer(self, function: Function) -> None:
        trigger = function.trigger
        settings = TimerSettings(
            function=function.name,
            schedule=parse(self._settings.resolve(trigger["schedule"])),
            run_on_startup=bool(trigger.get("runOnStartup")),
            use_monitor=trigger.get("useMonitor") is not False,
        )
        self.timers.append(settings)

    def _queue(self, function: Function) -> None:
        trigger = function.trigger
        connection = self._settings.connection(trigger.get("connection", ""))
        check(connection)
        auto_complete = trigger.get("autoCompleteMessages")
        settings = QueueTrigger(
            function=function.name,
            queue=self._settings.resolve(trigger["queueName"]),
            connection=connection,
            max_concurrent_calls=self._options.max_concurrent_calls,
            max_lock_renewal=self._options.max_lock_renewal,
            auto_complete=self._options.auto_complete
            if auto_complete is None
            else bool(auto_complete),
            binary=str(trigger.get("dataType", "")).upper() == "BINARY",
        )
        self.queues.append(settings)
