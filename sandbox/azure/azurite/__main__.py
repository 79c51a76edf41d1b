"""`python -m sandbox.azure.azurite`.

Run Azurite in the foreground until Ctrl-C, and print its connection string.
"""

import argparse
import signal
import sys
import threading

from sandbox.azure.azurite.launcher import Azurite, AzuriteNotStarted, Ports


def main() -> int:
    """Exit code 0 after Ctrl-C or SIGTERM, 1 if Azurite could not be started."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.azure.azurite", description=__doc__)
    for service in ("blob", "queue", "table"):
        parser.add_argument(f"--{service}-port", type=int, default=0, help="default: any free one")
    chosen = parser.parse_args()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    ports = Ports(blob=chosen.blob_port, queue=chosen.queue_port, table=chosen.table_port)
    try:
        with Azurite(ports=ports) as azurite:
            print(azurite.connection_string, flush=True)
            stopping.wait()
    except AzuriteNotStarted as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
