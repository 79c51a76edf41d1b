"""The sandbox with the app in observe mode, and the command that rehearses it."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from forestall_cli.arguments import parse
from forestall_cli.client import ApiClient
from forestall_cli.contact.arm import Transport
from forestall_cli.output.answer import Answer
from forestall_cli.rehearse.command import World, rehearse
from sandbox.azure.arm.background import Running, running
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.azurite.launcher import Azurite, Ports
from sandbox.azure.fleets.fleet import Fleet, MachineSpec, Subscription, WaveSpec
from sandbox.azure.fleets.times import When
from sandbox.azure.servicebus.config import load_config
from sandbox.azure.servicebus.thread import BrokerThread
from tests.functions.functions_host.host_process import REPOSITORY, HostProcess
from tests.rehearsal.breakable_proxy import BreakableProxy, breakable_proxy

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
#: no timer fires in a test
_NEVER = "0 0 0 1 1 *"


@dataclass(kw_only=True)
class Stage:
    """All that runs, and what breaks it."""

    host: HostProcess
    arm: Running
    #: before the app, and before its tables
    front: BreakableProxy
    storage: BreakableProxy
    prefix: str
    seconds: float = 0.0
    requests: list[str] = field(default_factory=list)

    def rehearse(
        self, *options: str, wait: int = 60, transport: Transport | None = None, sleeps: bool = True
    ) -> Answer:
        """Run the command with these options."""
        given = parse(
            ["rehearse", "--yes", "--by", "ada", "--reason", "drill", "--wait", str(wait), *options]
        )
        app = ApiClient(url=f"http://127.0.0.1:{self.front.port}", key="")
        return rehearse(app, given, self._world(transport, sleeps=sleeps))

    def _world(self, transport: Transport | None, *, sleeps: bool) -> World:
        import time  # noqa: PLC0415 - the real clock is here alone

        def no_transport(*_: object) -> Any:
            raise AssertionError("Azure is asked without --resource-group")

        def skip(seconds: float) -> None:
            self.seconds += seconds

        return World(
            az=lambda _: '{"accessToken": "token", "subscription": "x"}',
            transport=transport or no_transport,
            sleep=time.sleep if sleeps else skip,
            clock=time.monotonic if sleeps else lambda: self.seconds,
        )


def outcomes(answer: Answer) -> dict[str, str]:
    """How each hop ended, by its name."""
    document: Any = answer.document
    return {each["hop"]: each["outcome"] for each in document["hops"]}


def detail(answer: Answer, hop: str) -> str:
    """What was said of a hop."""
    document: Any = answer.document
    (found,) = [each["detail"] for each in document["hops"] if each["hop"] == hop]
    return str(found)


@contextmanager
def stage(
    azurite: Azurite,
    folder: Path,
    settings: Mapping[str, str] | None = None,
    without_forwarding: str = "",
) -> Iterator[Stage]:
    """Start it all. `without_forwarding`: a queue that keeps its dead letters."""
    prefix = f"t{secrets.token_hex(6)}"
    with ExitStack() as stack:
        broker = stack.enter_context(BrokerThread())
        for queue in load_config(REPOSITORY / "sandbox/demo/servicebus.json").queues:
            properties = queue.properties
            if queue.name == without_forwarding:
                properties = replace(properties, forward_dead_letters_to=None)
            broker.create_queue(queue.name, properties)
        arm = stack.enter_context(running(Simulator(_fleet())))
        storage = stack.enter_context(breakable_proxy(azurite.ports.table))
        ports = azurite.ports
        connection = Ports(
            blob=ports.blob, queue=ports.queue, table=storage.port
        ).connection_string()
        environment = {
            **arm.environment,
            "AzureWebJobsStorage": azurite.ports.connection_string(),
            "StateStorage": connection,
            "ServiceBusConnection": broker.connection_string,
            "FORESTALL_SUBSCRIPTIONS": SUBSCRIPTION,
            "FORESTALL_MODE": "observe",
            "FORESTALL_TABLE_PREFIX": prefix,
            "SCAN_SCHEDULE": _NEVER,
            "RECOVER_SCHEDULE": _NEVER,
            "FUNCTIONS_WORKER_RUNTIME": "python",
            **(settings or {}),
        }
        log = folder / f"{prefix}.log"
        host = stack.enter_context(
            HostProcess(REPOSITORY, environment, log, "--port", "0", "--plain")
        )
        port = int(host.url.rpartition(":")[2])
        front = stack.enter_context(breakable_proxy(port))
        yield Stage(host=host, arm=arm, front=front, storage=storage, prefix=prefix)


def _fleet() -> Fleet:
    """Machines whose self-service phase is open: in the mode act the app would move them."""
    below = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute"
    machines = tuple(
        MachineSpec(id=f"{below}/virtualMachines/vm-{number}", location="westeurope", wave="winter")
        for number in range(3)
    )
    return Fleet(
        name="rehearsal",
        subscriptions=(Subscription(id=SUBSCRIPTION),),
        machines=machines,
        waves=(WaveSpec(name="winter", announce_after=When(timedelta(0))),),
    )
