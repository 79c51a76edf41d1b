"""What only the real client can get wrong.

Whom it connects to, what it sends along, whose certificate it takes, what it swallows.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.adapters.health.http_checks import HttpHealthChecks
from shared.domain.health.health_check import HealthCheck, HealthCheckPolicy, Healthy, Unhealthy
from shared.settings.azure.identity import read_identity
from shared.settings.reading.reader import Reader

HEALTHY = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
RULE = HealthCheckPolicy()
HOST = "web-1.shop.test"


class Server:
    """Answers the same to every request, and keeps the requests."""

    def __init__(self, response: bytes = HEALTHY, *, drips: bool = False) -> None:
        self.answer = response
        self.drips = drips
        self.heard: list[bytes] = []
        self.sent = 0
        self.port = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            self.heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self.answer)
            await writer.drain()
            while self.drips and not writer.is_closing():
                writer.write(b"x" * 65536)
                self.sent += 65536
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def serving(server: Server, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server


def at(*responses: Sequence[str]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """A resolver that gives one answer after the other; the last stays."""
    left = list(responses)

    async def look_up(_host: str, _port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return look_up


def client_of(*responses: Sequence[str], **more: object) -> HttpHealthChecks:
    resolver = at(*(responses or (["127.0.0.1"],)))
    return HttpHealthChecks(resolver=resolver, loopback=True, **more)  # type: ignore[arg-type]


async def ask(
    checks: HttpHealthChecks, port: int, scheme: str = "http", rule: HealthCheckPolicy = RULE
) -> Healthy | Unhealthy:
    return await checks.check(HealthCheck(url=f"{scheme}://{HOST}:{port}/health?code=secret"), rule)


async def test_the_address_that_was_judged_is_the_one_that_is_connected_to() -> None:
    """A name may show another address the second time (DNS rebinding): it is looked up once."""
    async with serving(Server()) as server:
        assert await ask(client_of(["127.0.0.1"], ["169.254.169.254"]), server.port) == Healthy()
    assert len(server.heard) == 1


async def test_a_name_that_leads_out_of_bounds_is_not_connected_to() -> None:
    async with serving(Server()) as server:
        for addresses in (["127.0.0.1", "169.254.169.254"], ["169.254.169.254"]):
            assert isinstance(await ask(client_of(addresses), server.port), Unhealthy)
    assert server.heard == []


async def test_in_azure_this_machine_is_out_of_bounds() -> None:
    async with serving(Server()) as server:
        for url in (f"http://127.0.0.1:{server.port}/", f"http://localhost:{server.port}/"):
            health = await HttpHealthChecks().check(HealthCheck(url=url), RULE)
            assert isinstance(health, Unhealthy)
            assert "it is this app itself" in health.reason
    assert server.heard == []


async def test_so_is_the_endpoint_of_its_own_identity() -> None:
    env = {
        "IDENTITY_ENDPOINT": "http://127.0.0.1:4141/msi/token",
        "IMDS_ENDPOINT": "http://Tokens.test:80",
    }
    hosts = read_identity(Reader(env)).hosts
    assert hosts == {"127.0.0.1", "tokens.test"}
    async with serving(Server()) as server:
        health = await ask(client_of(forbidden=hosts), server.port)
    assert isinstance(health, Unhealthy)
    assert "identity endpoint" in health.reason
    assert server.heard == []


async def test_nothing_is_sent_along_and_no_proxy_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    login = tmp_path / "netrc"
    login.write_text(f"machine {HOST} login ada password secret\n")
    login.chmod(0o600)
    monkeypatch.setenv("NETRC", str(login))
    async with (
        serving(Server()) as proxy,
        serving(
            Server(b"HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n")
        ) as server,
    ):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        client = client_of()
        for _ in range(2):
            assert await ask(client, server.port) == Healthy()
    assert proxy.heard == []
    assert len(server.heard) == 2
    for head in server.heard:
        lines = head.decode().lower().split("\r\n")
        names = {line.partition(":")[0] for line in lines[1:] if line}
        assert lines[0] == "get /health?code=secret http/1.1"
        assert names == {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert f"host: {HOST}:{server.port}" in lines


async def test_an_answer_without_end_is_left_when_enough_of_it_was_read() -> None:
    endless = Server(b"HTTP/1.1 200 OK\r\n\r\n", drips=True)
    async with serving(endless):
        assert await ask(client_of(), endless.port) == Healthy()
        health = await ask(
            client_of(), endless.port, rule=HealthCheckPolicy(expected_text="never there")
        )
    assert isinstance(health, Unhealthy)
    assert "is not in its first 65536 bytes" in health.reason
    assert endless.sent < 64 * 1024 * 1024  # what fits into the sockets' buffers, and no more


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
        b"\x00\x01\x02\xff" * 100,
    ],
)
async def test_nonsense_has_failed_and_raises_nothing(response: bytes) -> None:
    async with serving(Server(response)) as server:
        health = await ask(client_of(), server.port, rule=HealthCheckPolicy(expected_text="ok"))
    assert isinstance(health, Unhealthy)
    assert "\n" not in health.reason
    assert "secret" not in health.reason
    assert len(health.reason) < 300
    assert health.reason.startswith(f"http://{HOST}:{server.port}/health ")


async def test_a_packed_answer_is_not_unpacked() -> None:
    bomb = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08"
    async with serving(Server(bomb)) as server:
        assert await ask(client_of(), server.port) == Healthy()
        assert isinstance(
            await ask(client_of(), server.port, rule=HealthCheckPolicy(expected_text="ok")),
            Unhealthy,
        )


async def test_a_name_that_nobody_knows_has_failed() -> None:
    async def nobody(_host: str, _port: int) -> Sequence[str]:
        raise OSError("Name or service not known")

    health = await ask(HttpHealthChecks(resolver=nobody), 80)

    assert health == Unhealthy(
        reason=f"http://{HOST}:80/health cannot be reached: Name or service not known"
    )


async def test_a_resolver_that_hangs_counts_into_the_time() -> None:
    async def hangs(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    health = await ask(
        HttpHealthChecks(resolver=hangs),
        80,
        rule=HealthCheckPolicy(timeout=timedelta(milliseconds=50)),
    )

    assert health == Unhealthy(reason=f"http://{HOST}:80/health gave no answer within 0.05 s")


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    """A server's context for a host, and the file of the certificate that signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{host}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = folder / f"{host}.crt"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    file.write_bytes(secret + public.read_bytes())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context, public


async def test_a_certificate_that_nobody_vouches_for_has_failed(tmp_path: Path) -> None:
    context, _ = certificate(tmp_path, HOST)
    async with serving(Server(), context) as server:
        health = await ask(client_of(), server.port, "https")
    assert isinstance(health, Unhealthy)
    assert "certificate" in health.reason.lower()
    assert server.heard == []


@pytest.mark.parametrize(("owner", "passes"), [(HOST, True), ("127.0.0.1.shop.test", False)])
async def test_the_certificate_must_be_of_the_urls_host_though_an_address_is_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: str, *, passes: bool
) -> None:
    context, public = certificate(tmp_path, owner)
    # aiohttp makes its context at import; in place of the public authorities it trusts ours here.
    monkeypatch.setattr(
        "aiohttp.connector._SSL_CONTEXT_VERIFIED", ssl.create_default_context(cafile=str(public))
    )
    async with serving(Server(), context) as server:
        health = await ask(client_of(), server.port, "https")
    assert (health == Healthy()) is passes
