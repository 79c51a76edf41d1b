"""A real Chromium on this machine, driven over its DevTools protocol."""

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_SECONDS = 60.0


def chromium_path() -> str | None:
    """Where a Chromium or Chrome is; None where none is on PATH."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Tab:
    """One tab. Every exception of the page and every violation of its policy is kept."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._next = 0
        self.faults: list[str] = []

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol; what it answers."""
        self._next += 1
        number = self._next
        await self._socket.send_str(json.dumps({"id": number, "method": method, "params": params}))
        async with asyncio.timeout(_SECONDS):
            while True:
                message = json.loads((await self._socket.receive()).data)
                if message.get("id") == number:
                    found: dict[str, Any] = message.get("result", {})
                    if "error" in message:
                        found = {"exceptionDetails": message["error"]}
                    return found
                self._keep(message)

    async def run(self, script: str) -> Any:
        """The value of an expression in the page; a promise is awaited."""
        answer = await self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, script: str) -> None:
        """Return when an expression in the page is true."""
        await self._wait(
            f"new Promise((done, late) => {{ const end = Date.now() + 20000;"
            f" (function look() {{ if ({script}) done(true);"
            f" else if (Date.now() > end) late(new Error('never'));"
            f" else setTimeout(look, 20); }})(); }})"
        )

    async def _wait(self, script: str) -> None:
        """As `run`, again where the page was left meanwhile: its promises end then."""
        for _ in range(20):
            answer = await self.send(
                "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
            )
            if "exceptionDetails" not in answer:
                return
            if "never" in str(answer):
                break
        raise AssertionError(f"{script} never became true: {answer['exceptionDetails']}")

    async def open(self, url: str, *, width: int = 1200, dark: bool = False) -> None:
        """Load an address in a window of that width."""
        await self.send("Page.enable")
        await self.send("Runtime.enable")
        await self.send("Log.enable")
        await self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.send("Emulation.setEmulatedMedia", features=[theme])
        # An address that differs in its fragment alone would not be loaded again.
        await self.send("Page.navigate", url="about:blank")
        await self.until("location.href === 'about:blank'")
        await self.send("Page.navigate", url=url)
        await self.until("location.href !== 'about:blank' && document.readyState === 'complete'")

    async def screenshot(self) -> bytes:
        """A picture of the window, as PNG."""
        answer = await self.send("Page.captureScreenshot", format="png")
        return base64.b64decode(answer["data"])

    def _keep(self, message: dict[str, Any]) -> None:
        params = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.faults.append(json.dumps(params["exceptionDetails"])[:500])
        if message.get("method") == "Log.entryAdded":
            entry = params["entry"]
            if entry["source"] in ("security", "violation") or "Content Security" in entry["text"]:
                self.faults.append(entry["text"])


@asynccontextmanager
async def new_tab(folder: Path) -> AsyncIterator[Tab]:
    """A tab of a browser of its own, which ends with the block."""
    path = chromium_path()
    assert path is not None
    process = await asyncio.create_subprocess_exec(
        path,
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"),
        *(f"--user-data-dir={folder}", "--no-first-run", "about:blank"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(_SECONDS):
            while b"DevTools listening on" not in (line := await process.stderr.readline()):
                assert line, "Chromium ended before it listened"
        host = line.decode().split("ws://")[1].split("/")[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://{host}/json") as response:
                tabs = await response.json()
            (address,) = [each["webSocketDebuggerUrl"] for each in tabs if each["type"] == "page"]
            async with session.ws_connect(address, max_msg_size=0) as socket:
                yield Tab(socket)
    finally:
        process.kill()
        await process.wait()
