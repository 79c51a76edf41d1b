"""Why the broker refuses something, with the condition that Azure uses for it.

Texts are ours: Azure's are unconfirmed.

Conditions: the SDK's own table of error codes, and Microsoft's "AMQP errors in Azure Service Bus".
"""


class BrokerError(Exception):
    """A refusal that the client gets.

    An AMQP error condition, a sentence, and the status of a management reply.
    """

    def __init__(self, condition: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.condition = condition
        self.description = description
        self.status = status


def message_lock_lost() -> BrokerError:
    """The lock token names no lock that holds."""
    return BrokerError(
        "com.microsoft:message-lock-lost",
        (
            "The message lock is lost: it expired, or the message was settled already. "
            "Receive the message again."
        ),
        410,
    )


def session_lock_lost() -> BrokerError:
    """The session is not locked by this receiver (any more)."""
    return BrokerError(
        "com.microsoft:session-lock-lost",
        (
            "The session lock is lost: it expired, or the receiver was closed. "
            "Accept the session again."
        ),
        410,
    )


def session_in_use(session_id: str) -> BrokerError:
    """Another receiver holds the session."""
    return BrokerError(
        "com.microsoft:session-cannot-be-locked",
        f"Session '{session_id}' is locked by another receiver.",
    )


def no_session_in_time() -> BrokerError:
    """A receiver asked for the next session, and none came in time."""
    return BrokerError("com.microsoft:timeout", "No session became available in time.")


def entity_not_found(path: str) -> BrokerError:
    """No such queue, topic or subscription."""
    return BrokerError(
        "amqp:not-found",
        f"There is no queue, topic or subscription '{path}' in this namespace.",
        404,
    )


def message_not_found(sequence_number: int) -> BrokerError:
    """No message with this number is in the state that the operation needs."""
    return BrokerError(
        "com.microsoft:message-not-found",
        f"There is no such message with sequence number {sequence_number}.",
        404,
    )


def not_allowed(description: str) -> BrokerError:
    """The entity, as it is configured, never does this."""
    return BrokerError("amqp:not-allowed", description)


def too_large(size: int, limit: int) -> BrokerError:
    """One message is larger than the entity takes."""
    return BrokerError(
        "amqp:link:message-size-exceeded",
        f"The message has {size} bytes; the limit is {limit}.",
    )


def quota_exceeded(path: str, limit: int) -> BrokerError:
    """The entity is full."""
    return BrokerError(
        "amqp:resource-limit-exceeded",
        (
            f"'{path}' has reached its size limit of {limit} bytes. "
            "Receive messages, or empty its dead-letter queue."
        ),
        403,
    )


def server_busy() -> BrokerError:
    """Azure's throttling; here only when a test asks for it."""
    return BrokerError(
        "com.microsoft:server-busy", "The server is busy. Wait ten seconds and try again.", 503
    )


def unauthorized(claim: str) -> BrokerError:
    """The token is good, but not for this."""
    return BrokerError(
        "amqp:unauthorized-access", f"The claim '{claim}' is required for this operation.", 401
    )


def bad_token(reason: str) -> BrokerError:
    """The token itself is not accepted."""
    return BrokerError("com.microsoft:auth-failed", f"The token is not accepted: {reason}.", 401)


def bad_request(description: str) -> BrokerError:
    """A request of the wrong shape."""
    return BrokerError("amqp:invalid-field", description, 400)


def not_implemented(what: str) -> BrokerError:
    """Azure may do it; this stand-in does not."""
    return BrokerError(
        "amqp:not-implemented", f"This stand-in for Service Bus does not implement {what}.", 501
    )
