"""Takes a picture of each view in both themes: `python -m tests.functions.page.screenshots FOLDER`.

The data is the stand-in's. A Chromium or Chrome is needed on PATH.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.functions.page.chromium import new_tab
from tests.functions.page.stand_in_app import stand_in_app

VIEWS = ("overview", "jobs", "plan", "locks", "notices", "health", "machine?id=x")


async def take(folder: Path) -> list[Path]:
    """The pictures, 1,200 pixels wide."""
    taken = []
    with tempfile.TemporaryDirectory() as profile:
        async with stand_in_app() as app, new_tab(Path(profile)) as tab:
            for dark in (False, True):
                for view in VIEWS:
                    await tab.open(f"{app.url}#/{view}", dark=dark)
                    await tab.until("document.querySelector('main h1')")
                    name = f"{view.partition('?')[0]}-{'dark' if dark else 'light'}.png"
                    (folder / name).write_bytes(await tab.screenshot())
                    taken.append(folder / name)
    return taken


def main() -> None:
    """Write them to the folder of the command line."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out")
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(folder))


if __name__ == "__main__":
    main()
