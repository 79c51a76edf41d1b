"""The control API from Python, for demos and tests. Blocking, standard library only.

It is for the person or script that runs a test; the app never imports it.
"""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

TIMEOUT = 10.0  # seconds


class ControlRefused(Exception):
    """The control API said no; the message says what to do."""


class Control:
    """What /sim offers, one method each."""

    def __init__(self, base_url: str) -> None:
        """`base_url` as the simulator prints it."""
        self.base_url = base_url

    def status(self, *, machines: bool = True) -> dict[str, Any]:
        """Figures, and every machine as it truly is."""
        return self._request("GET", "/sim/status" + ("" if machines else "?machines=no"))

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """What happened behind the `after`-th event, oldest first."""
        events: list[dict[str, Any]] = self._request("GET", f"/sim/events?after={after}")["events"]
        return events

    def switch_on(self, kind: str, **settings: Any) -> None:
        """Switch a fault on: `switch_on("lost-response", on="actions", times=1)`."""
        self._request("POST", "/sim/faults", {"kind": kind} | settings)

    def switch_off(self, kind: str = "all") -> None:
        """Switch the faults of a kind off."""
        self._request("POST", "/sim/faults", {"off": kind})

    def do(self, machine_id: str, act: str, **settings: Any) -> dict[str, Any]:
        """Let somebody stop, start, deallocate, delete, resize or redeploy a machine.

        Returns its true state.
        """
        return self._request("POST", f"/sim/machines/{machine_id.strip('/')}/{act}", settings)

    def create(self, machine: dict[str, Any]) -> dict[str, Any]:
        """Let somebody create a machine (keys as in a fleet file); returns its true state."""
        return self._request("POST", "/sim/machines", machine)

    def cancel_wave(self, name: str) -> int:
        """Let Azure withdraw a wave; returns how many machines it was taken from."""
        return int(self._request("POST", "/sim/waves", {"cancel": name})["machines"])

    def move_wave(self, name: str, **times: str) -> int:
        """Let Azure cancel a wave, and announce it with other times (keys as in a fleet file)."""
        return int(self._request("POST", "/sim/waves", {"move": name} | times)["machines"])

    def announce(self, name: str, machines: list[str], **times: str) -> int:
        """Let Azure announce a new wave, or take more machines into a running one (no times)."""
        return int(
            self._request("POST", "/sim/waves", {"announce": name, "machines": machines} | times)[
                "machines"
            ]
        )

    def begin(self) -> bool:
        """Launch the waves that the simulator holds back; False where it holds none."""
        return bool(self._request("POST", "/sim/begin")["begun"])

    def stop(self) -> None:
        """End the simulator."""
        self._request("POST", "/sim/stop")

    def _request(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        # The address is on 127.0.0.1.
        request = Request(self.base_url + path, data=data, method=method)  # noqa: S310
        try:
            with urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310 - as above
                result: dict[str, Any] = json.load(response)
                return result
        except HTTPError as refused:
            with refused:
                raise ControlRefused(json.load(refused)["error"]) from refused
