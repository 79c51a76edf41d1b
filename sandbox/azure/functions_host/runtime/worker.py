"""Drives Microsoft's azure-functions-runtime in this process.

Indexes an app directory and invokes its functions.

The five public coroutines of the package are used, with the stand-in message classes of `protos`,
and not its `native_invocation` module. That module is about 0.1-0.2 ms faster per invocation. But
it exists only in 1.3.0, is not in `__all__`, describes a failure differently from the host's log,
and lacks SDK-type bindings. Azure's own worker process calls the coroutines, which are the same in
1.0 to 1.3.

No listeners, routes, schedules or output sends here: those are the host's, not the runtime's.
"""

import asyncio
import json
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import azure_functions_runtime as runtime  # type: ignore[import-untyped]

from sandbox.azure.functions_host.errors import IndexingError
from sandbox.azure.functions_host.runtime import protos
from sandbox.azure.functions_host.runtime.bindings import Function
from sandbox.azure.functions_host.runtime.shapes import Event, Value, plain

RUNTIME = f"azure-functions-runtime {version('azure-functions-runtime')}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocation:
    """The result of one invocation, in plain values.

    `error` is the runtime's message ("RuntimeError: boom"), as the host logs it. `outputs` holds
    what was set on output bindings other than `$return`.
    """

    id: str
    function: str
    succeeded: bool
    return_value: Value = None
    outputs: Mapping[str, Value] = field(default_factory=dict)
    error: str = ""
    stack_trace: str = ""


class Worker:
    """The runtime with one app indexed.

    One per process: the runtime's registry and `import function_app` are process-global, so a
    second app would get functions of the first.
    """

    _indexed: ClassVar[Path | None] = None

    def __init__(self, app_dir: Path) -> None:
        self.app_dir = app_dir.resolve()
        self.functions: dict[str, Function] = {}

    async def start(self) -> None:
        """Import and index the app; raises IndexingError with the runtime's own message.

        App settings must be in the environment by now: the app may read them when it is imported,
        and the runtime reads PYTHON_THREADPOOL_THREAD_COUNT here.
        """
        self._claim_process()
        sys.path.insert(0, str(self.app_dir))
        runtime.start_threadpool_executor()
        request = protos.WorkerInitRequest(
            host_version="4.0.0", function_app_directory=str(self.app_dir)
        )
        response = await runtime.worker_init_request(_envelope(worker_init_request=request))
        if response.result.status != protos.StatusResult.Success:
            raise IndexingError(
                response.result.exception.message, response.result.exception.stack_trace
            )
        listing = await runtime.functions_metadata_request(
            _envelope(functions_metadata_request=None)
        )
        self.functions = {f.name: _function(f) for f in listing.function_metadata_results}
        if not self.functions:
            raise IndexingError(
                f"No functions found in {self.app_dir}: is there a function_app.py with functions?"
            )

    def _claim_process(self) -> None:
        if Worker._indexed is not None:
            raise RuntimeError(f"this process has indexed {Worker._indexed}: one app per process")
        Worker._indexed = self.app_dir

    async def invoke(
        self,
        name: str,
        inputs: Mapping[str, protos.TypedData],
        metadata: Mapping[str, protos.TypedData] | None = None,
        *,
        invocation_id: str | None = None,
    ) -> Invocation:
        """Run a function with these arguments and trigger metadata, as a host requests it.

        A function that raises, or a value that cannot be decoded or encoded, is an Invocation that
        did not succeed, not an exception. KeyError for an unknown function.
        """
        request = protos.InvocationRequest(
            invocation_id=invocation_id or str(uuid.uuid4()),
            function_id=self.functions[name].id,
            input_data=[protos.ParameterBinding(name=k, data=v) for k, v in inputs.items()],
            trigger_metadata=dict(metadata or {}),
        )
        # The runtime sets this variable for sync functions only; Azure's worker process does it for
        # async ones.
        token = runtime.invocation_id_cv.set(request.invocation_id)
        try:
            response = await runtime.invocation_request(_envelope(invocation_request=request))
        finally:
            runtime.invocation_id_cv.reset(token)
        return _invocation(name, response)

    async def trigger(
        self, name: str, event: Event, *, invocation_id: str | None = None
    ) -> Invocation:
        """Run a function with `event` as the value of its trigger's argument."""
        argument = self.functions[name].trigger["name"]
        return await self.invoke(
            name, {argument: event.data}, event.metadata, invocation_id=invocation_id
        )

    async def stop(self) -> None:
        """End the thread pool of sync functions; waits for those that run."""
        await asyncio.to_thread(runtime.stop_threadpool_executor)


def _envelope(**request: object) -> Any:
    return SimpleNamespace(
        request=SimpleNamespace(**request), properties={"protos": protos, "host": "127.0.0.1"}
    )


def _function(metadata: protos.RpcFunctionMetadata) -> Function:
    return Function(
        name=metadata.name,
        id=metadata.function_id,
        bindings=tuple(json.loads(raw) for raw in metadata.raw_bindings),
        has_retry_policy=metadata.retry_options is not None,
    )


def _invocation(function: str, response: protos.InvocationResponse) -> Invocation:
    failure = response.result.exception
    return Invocation(
        id=response.invocation_id,
        function=function,
        succeeded=response.result.status == protos.StatusResult.Success,
        return_value=plain(response.return_value),
        outputs={out.name: plain(out.data) for out in response.output_data},
        error=failure.message if failure else "",
        stack_trace=failure.stack_trace if failure else "",
    )
