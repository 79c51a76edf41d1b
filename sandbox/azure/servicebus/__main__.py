"""python -m sandbox.azure.servicebus --config sandbox/demo/servicebus.json --port 5672.

The stand-in as a process of its own.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.azure.servicebus.config import ConfigError, Entities, load_config
from sandbox.azure.servicebus.server import DEFAULT_PORT, HOST, Server

_USAGE_ERROR = 2
_HIGHEST_PORT = 65_535


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until interrupted.

    Exit code 2 if the configuration or the port cannot be used; stderr has the reason.
    """
    options = _options(arguments)
    logging.basicConfig(level=logging.DEBUG if options.debug else logging.INFO)
    try:
        asyncio.run(_serve(load_config(options.config), options.port))
    except ConfigError as bad:
        print(bad, file=sys.stderr)
        return _USAGE_ERROR
    except OSError as bad:
        print(
            (
                f"Cannot listen on {HOST}:{options.port}: {os.strerror(bad.errno or 0)}. "
                "Choose another --port."
            ),
            file=sys.stderr,
        )
        return _USAGE_ERROR
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.azure.servicebus",
        description=(
            "A stand-in for Azure Service Bus on 127.0.0.1: in memory, AMQP 1.0 without TLS."
        ),
    )
    parser.add_argument(
        "--config", type=Path, required=True, help="entities, in the format of Microsoft's emulator"
    )
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="0 takes a free one (default: %(default)s)"
    )
    parser.add_argument("--debug", action="store_true", help="log every frame")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(
            f"a port is a number from 0 to {_HIGHEST_PORT}, not {text}"
        )
    return int(text)


async def _serve(entities: Entities, port: int) -> None:
    server = Server()
    entities.create_in(server.namespace)
    await server.start(port)
    names = ", ".join(entities.names)
    print(
        "Stand-in for Azure Service Bus (not Azure; in memory, no TLS) "
        f"with {names}. Connection string:"
    )
    print(server.connection_string, flush=True)
    await _interrupted()
    await server.stop()


async def _interrupted() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers on its loop
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
