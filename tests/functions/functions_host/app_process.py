"""The runtime with one app in a process of its own, driven from a test. No host around it."""

import asyncio
import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from sandbox.azure.functions_host.runtime.bindings import Function
from sandbox.azure.functions_host.runtime.protos import TypedData
from sandbox.azure.functions_host.runtime.shapes import Event
from sandbox.azure.functions_host.runtime.worker import Invocation, Worker


class AppProcess:
    """Indexes on entry, raising what the worker raises; everything that crosses is plain data."""

    def __init__(self, app_dir: Path) -> None:
        self._app_dir = app_dir
        self._pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))

    def __enter__(self) -> Self:
        try:
            self.functions = self._pool.submit(_Child.index, self._app_dir).result(30)
        except BaseException:
            self._pool.shutdown()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown()

    def trigger(self, name: str, event: Event) -> Invocation:
        """Run a function with a value for its trigger."""
        return self._pool.submit(_Child.trigger, name, event).result(30)

    def invoke(
        self, name: str, inputs: Mapping[str, TypedData], metadata: Mapping[str, TypedData]
    ) -> Invocation:
        """Run a function with exactly these inputs."""
        return self._pool.submit(_Child.invoke, name, inputs, metadata).result(30)


class _Child:
    """What runs in the other process."""

    worker: ClassVar[Worker]

    @classmethod
    def index(cls, app_dir: Path) -> dict[str, Function]:
        cls.worker = Worker(app_dir)
        asyncio.run(cls.worker.start())
        return cls.worker.functions

    @classmethod
    def trigger(cls, name: str, event: Event) -> Invocation:
        return asyncio.run(cls.worker.trigger(name, event))

    @classmethod
    def invoke(
        cls, name: str, inputs: Mapping[str, TypedData], metadata: Mapping[str, TypedData]
    ) -> Invocation:
        return asyncio.run(cls.worker.invoke(name, inputs, metadata))
