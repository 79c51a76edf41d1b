"""Stand-ins for the message classes (`protos`) that Microsoft's runtime gets from its host.

Strict on purpose: a field that the class does not declare raises, so a newer runtime that needs
more says so in the first test. Not protobuf: nothing is ever put on a wire. Names and fields are
those of FunctionRpc.proto (Azure/azure-functions-language-worker-protobuf), reduced to what the
runtime's five public coroutines touch.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

type Fields = Mapping[str, object | Callable[[], object]]
"""Field name to default; a callable makes a fresh default."""


class Message:
    """One message: the declared fields and, of the `oneof` group, at most one that is set.

    `None` means "not given", as in protobuf: a plain field then has its default, a oneof field is
    unset.
    """

    fields: ClassVar[Fields] = {}
    oneof: ClassVar[tuple[str, ...]] = ()
    oneof_name: ClassVar[str] = ""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, **given: object) -> None:
        unknown = given.keys() - self.fields.keys() - set(self.oneof)
        if unknown:
            raise ValueError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        for name, default in self.fields.items():
            value = given.get(name)
            setattr(
                self,
                name,
                value if value is not None else default() if callable(default) else default,
            )
        for name in self.oneof:
            setattr(self, name, given.get(name))

    def WhichOneof(self, group: str) -> str | None:  # noqa: N802 - protobuf's name
        """Name of the member of `group` that is set, or None; another group's name raises."""
        if group != self.oneof_name:
            raise ValueError(f"{type(self).__name__} has no oneof {group}")
        return next((name for name in self.oneof if getattr(self, name) is not None), None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({vars(self)})"


class StatusResult(Message):
    """Outcome of a request."""

    Failure, Success, Cancelled = 0, 1, 2
    fields: ClassVar[Fields] = {"status": 0, "result": "", "exception": None, "logs": list}


class RpcException(Message):
    """An exception as the host would log it."""

    fields: ClassVar[Fields] = {
        "source": "",
        "stack_trace": "",
        "message": "",
        "is_user_exception": False,
        "type": "",
    }


class WorkerMetadata(Message):
    """Who executes the functions."""

    fields: ClassVar[Fields] = {
        "runtime_name": "",
        "runtime_version": "",
        "worker_version": "",
        "worker_bitness": "",
        "custom_properties": dict,
    }


class WorkerInitRequest(Message):
    """Asks the runtime to import and index the app."""

    fields: ClassVar[Fields] = {
        "host_version": "",
        "capabilities": dict,
        "worker_directory": "",
        "function_app_directory": "",
    }


class WorkerInitResponse(Message):
    """Indexed, or why not."""

    fields: ClassVar[Fields] = {"capabilities": dict, "result": None, "worker_metadata": None}


class FunctionMetadataResponse(Message):
    """The functions of the app."""

    fields: ClassVar[Fields] = {
        "function_metadata_results": list,
        "result": None,
        "use_default_metadata_indexing": False,
    }


class RpcFunctionMetadata(Message):
    """One function with its bindings as JSON texts."""

    fields: ClassVar[Fields] = {
        "name": "",
        "directory": "",
        "script_file": "",
        "entry_point": "",
        "bindings": dict,
        "is_proxy": False,
        "status": None,
        "language": "",
        "raw_bindings": list,
        "function_id": "",
        "managed_dependency_enabled": False,
        "retry_options": None,
        "properties": dict,
    }


class BindingInfo(Message):
    """Type, direction and data type of one binding."""

    inout, out, undefined = 2, 1, 0
    fields: ClassVar[Fields] = {"type": "", "direction": 0, "data_type": 0, "properties": dict}


class RpcRetryOptions(Message):
    """A function's retry policy; the intervals are timedeltas."""

    fields: ClassVar[Fields] = {
        "max_retry_count": 0,
        "retry_strategy": "",
        "delay_interval": None,
        "minimum_interval": None,
        "maximum_interval": None,
    }


class FunctionLoadResponse(Message):
    """A function is ready to be invoked."""

    fields: ClassVar[Fields] = {"function_id": "", "result": None}


class FunctionEnvironmentReloadResponse(Message):
    """Answer to a specialisation, which this host never asks for."""

    fields: ClassVar[Fields] = {"capabilities": dict, "worker_metadata": None, "result": None}


class RpcTraceContext(Message):
    """W3C trace context of an invocation."""

    fields: ClassVar[Fields] = {"trace_parent": "", "trace_state": "", "attributes": dict}


class RetryContext(Message):
    """Which retry this invocation is."""

    fields: ClassVar[Fields] = {"retry_count": 0, "max_retry_count": 0, "exception": None}


class TypedData(Message):
    """One value of the kinds that host and worker exchange."""

    oneof: ClassVar[tuple[str, ...]] = (
        "string",
        "json",
        "bytes",
        "stream",
        "http",
        "int",
        "double",
        "collection_bytes",
        "collection_string",
        "collection_double",
        "collection_sint64",
        "model_binding_data",
        "collection_model_binding_data",
    )
    oneof_name: ClassVar[str] = "data"


class ParameterBinding(Message):
    """A named argument or output."""

    fields: ClassVar[Fields] = {"name": ""}
    oneof: ClassVar[tuple[str, ...]] = ("data", "rpc_shared_memory")
    oneof_name: ClassVar[str] = "rpc_data"


class InvocationRequest(Message):
    """Run this function with these inputs."""

    fields: ClassVar[Fields] = {
        "invocation_id": "",
        "function_id": "",
        "input_data": list,
        "trigger_metadata": dict,
        "trace_context": RpcTraceContext,
        "retry_context": RetryContext,
    }


class InvocationResponse(Message):
    """What the function returned, output or raised."""

    fields: ClassVar[Fields] = {
        "invocation_id": "",
        "output_data": list,
        "return_value": None,
        "result": None,
    }


class RpcHttp(Message):
    """An HTTP request or response."""

    fields: ClassVar[Fields] = {
        "method": "",
        "url": "",
        "headers": dict,
        "params": dict,
        "query": dict,
        "status_code": "",
        "enable_content_negotiation": False,
        "cookies": list,
        "body": TypedData,
    }


class RpcHttpCookie(Message):
    """One Set-Cookie of a response."""

    class SameSite:
        """FunctionRpc.proto's enum; `None` is a keyword of Python, so it is set below."""

        Lax, Strict, ExplicitNone = 1, 2, 3

    fields: ClassVar[Fields] = {
        "name": "",
        "value": "",
        "domain": None,
        "path": None,
        "expires": None,
        "secure": None,
        "http_only": None,
        "same_site": 0,
        "max_age": None,
    }


setattr(RpcHttpCookie.SameSite, "None", 0)


class NullableString(Message):
    """A text that may be missing."""

    fields: ClassVar[Fields] = {"value": ""}


class NullableBool(Message):
    """A truth value that may be missing."""

    fields: ClassVar[Fields] = {"value": False}


class NullableDouble(Message):
    """A number that may be missing."""

    fields: ClassVar[Fields] = {"value": 0.0}


class NullableTimestamp(Message):
    """A time that may be missing."""

    fields: ClassVar[Fields] = {"value": None}


class Timestamp(Message):
    """Seconds since the epoch.

    Without it the runtime would import protobuf for a cookie's expiry.
    """

    fields: ClassVar[Fields] = {"seconds": 0, "nanos": 0}
