"""A server between two others that passes requests on, and refuses those of some paths."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

HOST = "127.0.0.1"
#: those that belong to one connection, and those that the server writes itself
_OF_CONNECTION = {"connection", "transfer-encoding", "content-length", "keep-alive", "date"}


@dataclass(slots=True)
class BreakableProxy:
    """What it refuses, by a part of the path. Every method that `only` has; empty: all."""

    upstream: int
    port: int = 0
    broken: str = ""
    status: int = 403
    only: tuple[str, ...] = ()
    body: bytes = b"the proxy of the test refuses this"
    refused: list[str] = field(default_factory=list)

    def refuses(self, method: str, path: str) -> bool:
        """Whether a request is refused."""
        return (
            bool(self.broken)
            and self.broken in path.partition("?")[0]
            and (not self.only or method in self.only)
        )


@contextmanager
def breakable_proxy(upstream: int) -> Iterator[BreakableProxy]:
    """A proxy before a port of this machine, until the block ends."""
    proxy = BreakableProxy(upstream=upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if proxy.refuses(self.command, self.path):
                proxy.refused.append(f"{self.command} {self.path}")
                self.reply(proxy.status, [("Content-Type", "text/plain")], proxy.body)
                return
            connection = http.client.HTTPConnection(HOST, proxy.upstream, timeout=60)
            try:
                connection.request(self.command, self.path, body, dict(self.headers.items()))
                response = connection.getresponse()
                self.reply(response.status, response.getheaders(), response.read())
            finally:
                connection.close()

        def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in _OF_CONNECTION:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_MERGE = do_HEAD = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    proxy.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
