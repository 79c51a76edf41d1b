"""`python -m sandbox.azure.functions_host --app DIR`: the command line of the host.

All else is in `host`.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.azure.functions_host.clock import SystemClock
from sandbox.azure.functions_host.errors import IndexingError, StartError
from sandbox.azure.functions_host.host import Host, read_options
from sandbox.azure.functions_host.hostfile import HostOptions
from sandbox.azure.functions_host.logs import HOST_LOGGER, set_up
from sandbox.azure.functions_host.runtime.worker import RUNTIME
from sandbox.azure.functions_host.triggers.keys import Keys, read_keys
from sandbox.azure.functions_host.triggers.ncrontab import next_fire
from sandbox.azure.functions_host.triggers.web import BANNER

SIGNALS = (signal.SIGTERM, signal.SIGINT)
EXIT_GAVE_UP = 130  # a second signal, or the grace period is over: what ran was given up
EXIT_TIMEOUT = 3  # an invocation exceeded functionTimeout: Azure would restart the worker process

log = logging.getLogger(HOST_LOGGER)


def main() -> int:
    """Run until a signal.

    Exit codes: 0 stopped, 1 not indexed, 2 wrong settings or port, 3 functionTimeout, 130 gave up
    what ran.
    """
    arguments = _arguments()
    print(f"{BANNER}; functions run on {RUNTIME}", flush=True)
    try:
        app_dir = arguments.app.resolve()
        options, port = read_options(app_dir)
        set_up(options.log_level, plain=arguments.plain)
        os.chdir(app_dir)  # the worker process of the real host starts there, too
        host_port = port if arguments.port is None else arguments.port
        return asyncio.run(_serve(app_dir, options, host_port, read_keys(arguments.key_file)))
    except StartError as error:
        print(_explained(error), file=sys.stderr, flush=True)
        return error.exit_code


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.azure.functions_host",
        description=f"{BANNER}: runs an app directory on {RUNTIME}.",
    )
    parser.add_argument(
        "--app", type=Path, default=Path(), help="directory of function_app.py and host.json"
    )
    parser.add_argument(
        "--port", type=int, help="HTTP port on 127.0.0.1 (7071); 0 takes a free one"
    )
    parser.add_argument(
        "--key-file", type=Path, help="ask for the key in this file, as Azure does (default: none)"
    )
    parser.add_argument("--plain", action="store_true", help="no colours")
    return parser.parse_args()


def _explained(error: StartError) -> str:
    trace = (
        f"\n{error.stack_trace.rstrip()}"
        if isinstance(error, IndexingError) and error.stack_trace
        else ""
    )
    return f"{error}{trace}"


async def _serve(app_dir: Path, options: HostOptions, port: int, keys: Keys) -> int:
    host = Host(app_dir, options, keys=keys)
    stopping = asyncio.Event()
    _on_signal(stopping.set)
    await host.start(port)
    _announce(host)
    ends: list[asyncio.Future[Any]] = [asyncio.ensure_future(stopping.wait()), host.timed_out]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    if host.timed_out.done():
        _end_process(host.timed_out.result())
    log.info("stopping")
    _on_signal(_exit, EXIT_GAVE_UP)
    if not await host.stop():
        _exit(
            EXIT_GAVE_UP
        )  # a thread of a sync function cannot be stopped, and would keep the process alive
    await host.worker.stop()
    log.info("stopped")
    return 0


def _on_signal(call: Callable[..., object], *arguments: object) -> None:
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, call, *arguments)


def _announce(host: Host) -> None:
    print("Functions:", flush=True)
    for endpoint in host.plan.endpoints:
        methods = ",".join(sorted(endpoint.route.methods)) or "all methods"
        print(f"  {endpoint.route.function}: [{methods}] {host.url(endpoint)}")
    for timer in host.plan.timers:
        following = next_fire(timer.schedule, SystemClock().now())
        print(f"  {timer.function}: timerTrigger, next at {following:%Y-%m-%dT%H:%M:%SZ}")
    for queue in host.plan.queues:
        print(f"  {queue.function}: serviceBusTrigger {queue.queue}")
    age = time.time() - _process_start()
    print(f"ready on http://127.0.0.1:{host.port} after {age:.2f} s", flush=True)


def _process_start() -> float:
    """When this process was started, in seconds since the epoch.

    Now, where the platform does not tell.
    """
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        uptime = float(Path("/proc/uptime").read_text().split()[0])
    except OSError:
        return time.time()
    return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")


def _end_process(sentence: str) -> None:
    """As the real host on functionTimeout: the process with every invocation in it goes.

    Locks run out.
    """
    log.critical("%s: this process ends, as Azure's worker process would", sentence)
    _exit(EXIT_TIMEOUT)


def _exit(code: int) -> None:
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
