"""Every composite type of AMQP 1.0 that a frame can hold, each field with its wire type.

Only shapes: what a peer should do with an Attach is said elsewhere. A field that a peer left out,
or sent as null, reads as its default here. Every field is written every time, because
azure-servicebus up to 7.14.2 indexes trailing fields (open[9], begin[7], attach[13], transfer[11])
without looking how many came.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Annotated, Any, get_args, get_type_hints

from sandbox.azure.servicebus.amqp import encoding
from sandbox.azure.servicebus.amqp.types import DecodeError, Described

Boolean = Annotated[bool, encoding.boolean]
UByte = Annotated[int, encoding.ubyte]
UShort = Annotated[int, encoding.ushort]
UInt = Annotated[int, encoding.uint]
ULong = Annotated[int, encoding.ulong]
Binary = Annotated[bytes, encoding.binary]
Text = Annotated[str, encoding.string]
Name = Annotated[str, encoding.symbol]
Map = Annotated[dict[Any, Any], encoding.anything]


def _nested(value: Any) -> bytes:
    return encoding.NULL if value is None else encode(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """Why something was refused or ended."""

    condition: Name
    description: Text | None = None
    info: Map | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Outcome: processed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Outcome: invalid. From a receiver it means dead-letter, from the broker it means failure."""

    error: Annotated[Error, _nested] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Outcome: not processed, and no attempt was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modified:
    """Outcome: not processed; abandon, or defer when `undeliverable_here`."""

    delivery_failed: Boolean = False
    undeliverable_here: Boolean = False
    message_annotations: Map | None = None


type Outcome = Accepted | Rejected | Released | Modified


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a link's messages come from."""

    address: Text | None = None
    durable: UInt = 0
    expiry_policy: Name | None = None
    timeout: UInt = 0
    dynamic: Boolean = False
    dynamic_node_properties: Map | None = None
    distribution_mode: Name | None = None
    filter: Map | None = None
    default_outcome: Annotated[Any, encoding.anything] = None
    outcomes: Annotated[Any, encoding.anything] = None
    capabilities: Annotated[Any, encoding.anything] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a link's messages go."""

    address: Text | None = None
    durable: UInt = 0
    expiry_policy: Name | None = None
    timeout: UInt = 0
    dynamic: Boolean = False
    dynamic_node_properties: Map | None = None
    capabilities: Annotated[Any, encoding.anything] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinator:
    """The target of a link that controls transactions."""

    capabilities: Annotated[Any, encoding.anything] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Begins a connection."""

    container_id: Text
    hostname: Text | None = None
    max_frame_size: UInt = 0xFFFFFFFF
    channel_max: UShort = 0xFFFF
    idle_time_out: UInt | None = None  # milliseconds
    outgoing_locales: Annotated[Any, encoding.anything] = None
    incoming_locales: Annotated[Any, encoding.anything] = None
    offered_capabilities: Annotated[Any, encoding.anything] = None
    desired_capabilities: Annotated[Any, encoding.anything] = None
    properties: Map | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Begins an AMQP session on a channel."""

    remote_channel: UShort | None = None
    next_outgoing_id: UInt
    incoming_window: UInt
    outgoing_window: UInt
    handle_max: UInt = 0xFFFFFFFF
    offered_capabilities: Annotated[Any, encoding.anything] = None
    desired_capabilities: Annotated[Any, encoding.anything] = None
    properties: Map | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """Attaches a link; `role` is true when the writer of the frame receives."""

    name: Text
    handle: UInt
    role: Boolean
    snd_settle_mode: UByte = 2
    rcv_settle_mode: UByte = 0
    source: Annotated[Source, _nested] | None = None
    target: Annotated[Target | Coordinator, _nested] | None = None
    unsettled: Map | None = None
    incomplete_unsettled: Boolean = False
    initial_delivery_count: UInt | None = None
    max_message_size: ULong | None = None
    offered_capabilities: Annotated[Any, encoding.anything] = None
    desired_capabilities: Annotated[Any, encoding.anything] = None
    properties: Map | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Grants credit and tells the state of the windows.

    Without a handle it is about the session alone.
    """

    next_incoming_id: UInt | None = None
    incoming_window: UInt
    next_outgoing_id: UInt
    outgoing_window: UInt
    handle: UInt | None = None
    delivery_count: UInt | None = None
    link_credit: UInt | None = None
    available: UInt | None = None
    drain: Boolean = False
    echo: Boolean = False
    properties: Map | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A message, or a part of one while `more` is true."""

    handle: UInt
    delivery_id: UInt | None = None
    delivery_tag: Binary | None = None
    message_format: UInt | None = None
    settled: Boolean | None = None
    more: Boolean = False
    rcv_settle_mode: UByte | None = None
    state: Annotated[Any, encoding.anything] = None
    resume: Boolean = False
    aborted: Boolean = False
    batchable: Boolean = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """The outcome of a range of deliveries.

    `role` is true when the writer of the frame received them.
    """

    role: Boolean
    first: UInt
    last: UInt | None = None
    settled: Boolean = False
    state: Annotated[Outcome, _nested] | None = None
    batchable: Boolean = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Detach:
    """Ends a link."""

    handle: UInt
    closed: Boolean = False
    error: Annotated[Error, _nested] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Ends an AMQP session."""

    error: Annotated[Error, _nested] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Ends a connection."""

    error: Annotated[Error, _nested] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaslMechanisms:
    """The ways to log in that the server offers."""

    mechanisms: Annotated[Any, encoding.anything]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaslInit:
    """The way that the client chose."""

    mechanism: Name
    initial_response: Binary | None = None
    hostname: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaslOutcome:
    """0 lets the client in."""

    code: UByte
    additional_data: Binary | None = None


_CODES: dict[type, int] = {
    Open: 0x10,
    Begin: 0x11,
    Attach: 0x12,
    Flow: 0x13,
    Transfer: 0x14,
    Disposition: 0x15,
    Detach: 0x16,
    End: 0x17,
    Close: 0x18,
    Error: 0x1D,
    Accepted: 0x24,
    Rejected: 0x25,
    Released: 0x26,
    Modified: 0x27,
    Source: 0x28,
    Target: 0x29,
    Coordinator: 0x30,
    SaslMechanisms: 0x40,
    SaslInit: 0x41,
    SaslOutcome: 0x44,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    name: str
    encode: Callable[[Any], bytes]
    accepts: tuple[type, ...] | None  # None: anything
    mandatory: bool


def _field(name: str, hint: Any, *, mandatory: bool) -> _Field:
    annotated = hint if hasattr(hint, "__metadata__") else get_args(hint)[0]
    plain = annotated.__origin__
    return _Field(
        name=name,
        encode=annotated.__metadata__[0],
        accepts=None if plain is Any else _runtime_types(plain),
        mandatory=mandatory,
    )


def _runtime_types(plain: Any) -> tuple[type, ...]:
    plain = getattr(plain, "__value__", plain)  # a `type` alias names its members here
    members = get_args(plain)
    if isinstance(plain, type) or getattr(plain, "__origin__", None) is dict:
        return (getattr(plain, "__origin__", plain),)
    return tuple(members)


def _shape(cls: type) -> tuple[_Field, ...]:
    hints = get_type_hints(cls, include_extras=True)
    no_default = {field.name for field in fields(cls) if _has_no_default(field)}
    return tuple(_field(name, hint, mandatory=name in no_default) for name, hint in hints.items())


def _has_no_default(field: Any) -> bool:
    return field.default is field.default_factory  # both are dataclasses.MISSING


_SHAPES = {cls: _shape(cls) for cls in _CODES}
_CLASSES = {code: cls for cls, code in _CODES.items()}


def encode(composite: Any) -> bytes:
    """The described list of a composite, with every field written."""
    cls = type(composite)
    items = (field.encode(getattr(composite, field.name)) for field in _SHAPES[cls])
    return encoding.described(_CODES[cls], encoding.list_(items))


def composite(value: Any) -> Any:
    """A Described as the composite that its code names; anything else as it is.

    Raises DecodeError on a bad field.
    """
    if (
        not isinstance(value, Described)
        or not isinstance(value.code, int)
        or value.code not in _CLASSES
    ):
        return value
    cls = _CLASSES[value.code]
    shape = _SHAPES[cls]
    if not isinstance(value.value, list) or len(value.value) > len(shape):
        raise DecodeError(f"{cls.__name__.lower()} is not a list of at most {len(shape)} fields")
    given = {
        field.name: composite(item)
        for field, item in zip(shape, value.value, strict=False)
        if item is not None
    }
    for field in shape:
        _check(cls, field, given)
    return cls(**given)


def _check(cls: type, field: _Field, given: dict[str, Any]) -> None:
    if field.name not in given:
        if field.mandatory:
            raise DecodeError(f"{cls.__name__.lower()} lacks its field {field.name}")
    elif field.accepts is not None and not isinstance(given[field.name], field.accepts):
        raise DecodeError(f"{cls.__name__.lower()}: field {field.name} has the wrong type")
