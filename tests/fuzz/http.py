"""`python -m tests.fuzz.http --schemathesis FILE`.

Schemathesis on the OpenAPI document, against the app on the sandbox.

schemathesis gets the secrets of the webhooks, so that it reaches the code behind them. Its
exit code is this one's.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox.azure.arm.background import running
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.azurite import Azurite
from sandbox.azure.servicebus.config import load_config
from sandbox.azure.servicebus.thread import BrokerThread
from tests.scenarios.environment import POLICY, ROOT, AppProcess, settings_for
from tests.scenarios.fleets import alone, fleet_of

SECRET = "a-word-of-sixteen-and-more"
WEBHOOK_SETTINGS = {
    "FORESTALL_SERVICE_HEALTH_SECRET": SECRET,
    "FORESTALL_EVENT_GRID_SECRET": SECRET,
    "FORESTALL_MAIL_PLAIN_SECRET": SECRET,
    "FORESTALL_MAIL_MAILGUN_KEY": SECRET,
    "FORESTALL_MAIL_GRAPH_CLIENT_STATE": SECRET,
}
#: What must hold of every answer. Not asked: that status and content type are the document's, as
#: the host answers some calls itself.
CHECKS = "not_a_server_error,response_schema_conformance"


def main() -> int:
    """Set the stage, let schemathesis at it, and take the stage down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--schemathesis",
        type=Path,
        required=True,
        help="its executable, in an environment of its own",
    )
    parser.add_argument("--examples", type=int, default=100, help="for each operation")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Azurite() as azurite,
        running(
            Simulator(fleet_of(alone("vm")), seed=7, events=Path(folder) / "events.jsonl")
        ) as arm,
        BrokerThread() as broker,
    ):
        for queue in load_config(ROOT / "sandbox/demo/servicebus.json").queues:
            broker.create_queue(queue.name, queue.properties)
        settings = settings_for(
            arm=arm, broker=broker, tables=azurite.connection_string, policy=POLICY, mode="observe"
        )
        app = AppProcess(environment={**settings, **WEBHOOK_SETTINGS}, log=Path(folder) / "app.log")
        app.start()
        try:
            return run_schemathesis(app.url, options.schemathesis, options.examples, Path(folder))
        finally:
            app.stop()


def run_schemathesis(url: str, schemathesis: Path, examples: int, folder: Path) -> int:
    """Run schemathesis in a process of its own; what it says goes to standard output."""
    command = [
        str(schemathesis.absolute()),
        "run",
        str(ROOT / "docs/openapi.json"),
        "--url",
        url,
        "--seed",
        "20261123",
    ]
    command += [
        "--checks",
        CHECKS,
        "--max-examples",
        str(examples),
        "--phases",
        "examples,coverage,fuzzing",
    ]
    command += [
        "-H",
        f"X-Forestall-Secret: {SECRET}",
        "--request-timeout",
        "30",
        "--suppress-health-check",
        "all",
    ]
    # Its packages are its own: none of our modules may be found first.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, check=False, env=environment, cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main())
