"""The app's functions on Microsoft's runtime, for tests.

`pytest_plugins = ["sandbox.azure.functions_host.pytest_plugin"]`.

    from sandbox.azure.functions_host.runtime.messages import IncomingMessage, message_event
    from sandbox.azure.functions_host.runtime.shapes import http_event, timer_event
    from sandbox.azure.functions_host.runtime.worker import Worker

    async def test_a_late_timer_says_so(function_worker: Worker) -> None:
        done = await function_worker.trigger("scan", timer_event(past_due=True))
        assert done.succeeded, done.error

Only the runtime: no listener, schedule, route or output send takes part.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.azure.functions_host.runtime.worker import Worker


@pytest.fixture(scope="session")
def function_app_dir(pytestconfig: pytest.Config) -> Path:
    """The app directory that `function_worker` indexes: the repository root.

    Override it for another app.
    """
    return pytestconfig.rootpath


@pytest.fixture(scope="session")
def function_worker(function_app_dir: Path) -> Iterator[Worker]:
    """The runtime with the app indexed, one for the whole run: its registry is process-global.

    An app that cannot be indexed fails every test that asks for it, with the runtime's message.
    """
    if not (function_app_dir / "function_app.py").exists() and os.environ.get("CI") != "true":
        pytest.skip(f"there is no function_app.py in {function_app_dir}")
    worker = Worker(function_app_dir)
    asyncio.run(worker.start())
    yield worker
    asyncio.run(worker.stop())
