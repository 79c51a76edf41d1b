"""A client of the Debug Adapter Protocol: what an editor does to stop at a line, and no more.

A message is JSON behind a Content-Length header. Its type is request, response or event.
"""

import json
import socket
from collections import deque
from dataclasses import dataclass, field
from typing import Any

type Message = dict[str, Any]


class AdapterError(Exception):
    """The adapter has refused a request, or has closed the connection."""


@dataclass(slots=True)
class DebugAdapter:
    """A connection to an adapter; `close` it. Each method may raise TimeoutError."""

    _socket: socket.socket
    _buffer: bytes = b""
    _sent: int = 0
    _events: deque[Message] = field(default_factory=deque)

    @classmethod
    def connect(cls, port: int, *, timeout: float = 30.0) -> "DebugAdapter":
        """Connect to an adapter on 127.0.0.1; OSError if nothing listens."""
        return cls(socket.create_connection(("127.0.0.1", port), timeout=timeout))

    def close(self) -> None:
        """End the connection; the program continues."""
        self._socket.close()

    def initialize(self) -> Message:
        """Begin a session; returns what the adapter can do."""
        return self.request(
            "initialize", {"adapterID": "python", "clientID": "test", "linesStartAt1": True}
        )

    def attach(self, breakpoints: dict[str, list[int]]) -> list[Message]:
        """Attach, with breakpoints by path and line; returns them as the adapter has set them."""
        attached = self._send("attach", {"justMyCode": True})
        self.event("initialized")
        found: list[Message] = []
        for path, lines in breakpoints.items():
            given = {"source": {"path": path}, "breakpoints": [{"line": line} for line in lines]}
            found += self.request("setBreakpoints", given)["breakpoints"]
        self.request("configurationDone")
        self._response(attached)
        return found

    def request(self, command: str, arguments: Message | None = None) -> Message:
        """The body of the response to a request; raises AdapterError if it was refused."""
        return self._response(self._send(command, arguments))

    def event(self, name: str) -> Message:
        """The body of the next event of that name; others before it are dropped."""
        while True:
            message = self._events.popleft() if self._events else self._next()
            if message["type"] == "event" and message["event"] == name:
                return dict(message.get("body") or {})

    def _send(self, command: str, arguments: Message | None) -> int:
        self._sent += 1
        message = {
            "seq": self._sent,
            "type": "request",
            "command": command,
            "arguments": arguments or {},
        }
        body = json.dumps(message).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._sent

    def _response(self, request: int) -> Message:
        while True:
            message = self._next()
            if message["type"] == "event":
                self._events.append(message)
            elif message["type"] == "response" and message["request_seq"] == request:
                if not message["success"]:
                    raise AdapterError(message.get("message"))
                return dict(message.get("body") or {})

    def _next(self) -> Message:
        head, _, rest = self._read_until(b"\r\n\r\n")
        length = int(head.partition(b":")[2])
        while len(rest) < length:
            rest += self._receive()
        self._buffer = rest[length:]
        message: Message = json.loads(rest[:length])
        return message

    def _read_until(self, mark: bytes) -> tuple[bytes, bytes, bytes]:
        while mark not in self._buffer:
            self._buffer += self._receive()
        return self._buffer.partition(mark)

    def _receive(self) -> bytes:
        if not (received := self._socket.recv(65536)):
            raise AdapterError("the adapter has closed the connection")
        return received
