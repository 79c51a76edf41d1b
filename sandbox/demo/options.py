"""The demo's command line, and the checks that can be made before anything is started."""

import argparse
import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path

from sandbox.audit.rules import PolicyError, read_rules
from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.fleet import Fleet
from sandbox.azure.fleets.load import load, paths_of
from sandbox.azure.fleets.recorded.fleets import Waves
from sandbox.demo.debugging import PORT, START_TIMEOUT, Debugging, When
from sandbox.demo.ports import is_free
from sandbox.demo.scenes.scene import SceneName

ROOT = Path(__file__).resolve().parents[2]
DEMO_FLEET = ROOT / "sandbox" / "azure" / "fleets" / "demo.json"

RESULTS = ("report.json", "events.jsonl", "policy.json")
_LIMIT, _LIMIT_WITH_CRASHES = 300.0, 600.0  # seconds; an undisturbed demo needs less than 120


class BadInput(Exception):
    """Something that the user gave cannot be used; the message says what and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for; every path is absolute."""

    fleet: tuple[Path, ...]
    wave: Waves
    policy: Path | None
    out: Path
    seed: int
    plain: bool
    serve: bool
    scene: SceneName | None
    kill_app_every: float | None
    limit: float
    debugging: Debugging | None

    @property
    def logs(self) -> Path:
        """Where the children's output goes."""
        return self.out / "logs"


def read_options(arguments: Sequence[str] | None, *, is_terminal: bool) -> Options:
    """The options; without a terminal there is no live screen.

    argparse ends the process with 2 on unknown ones.
    """
    given = parser().parse_args(arguments)
    return Options(
        fleet=paths_of(given.fleet),
        wave=Waves(given.wave),
        policy=given.policy.resolve() if given.policy else None,
        out=given.out.resolve(),
        seed=given.seed,
        plain=given.plain or not is_terminal,
        serve=given.serve or given.scene is not None,
        scene=SceneName(given.scene) if given.scene else None,
        kill_app_every=given.kill_app_every,
        limit=given.limit or _default_limit(given),
        debugging=Debugging(when=When(given.debug), port=given.debug_port) if given.debug else None,
    )


def _default_limit(given: argparse.Namespace) -> float:
    if given.debug:
        return START_TIMEOUT
    return _LIMIT if given.kill_app_every is None else _LIMIT_WITH_CRASHES


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPolicy:
    """The user's policy as it is written, and as JSON with all defaults."""

    text: str
    effective: str


def prepare(options: Options) -> tuple[Fleet, GivenPolicy | None]:
    """The fleet and the user's policy, with an output folder that can be written.

    Raises BadInput.
    """
    _refuse_beside_a_scene(options)
    try:
        fleet = load(*options.fleet, waves=options.wave)
    except FleetError as fault:
        raise BadInput(str(fault)) from fault
    policy = _policy(options.policy) if options.policy else None
    if options.debugging and not is_free(options.debugging.port):
        raise BadInput(
            f"Port {options.debugging.port} is in use, so no debugger could attach. "
            "End the app that is being debugged, or choose another --debug-port."
        )
    _clear(options)
    return fleet, policy


def _refuse_beside_a_scene(options: Options) -> None:
    """A scene brings its own fleet and policy."""
    if options.scene is None:
        return
    given = [
        name
        for name, is_given in (
            ("--fleet", options.fleet != paths_of([str(DEMO_FLEET)])),
            ("--policy", options.policy is not None),
            ("--kill-app-every", options.kill_app_every is not None),
        )
        if is_given
    ]
    if given:
        raise BadInput(
            f"--scene cannot go together with {' and '.join(given)}: "
            "a scene has its own. Leave one of them out."
        )


def _policy(path: Path) -> GivenPolicy:
    """Judged by the app's own reader, in another process: the sandbox has no code of the app."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and module, and a path
        [sys.executable, "-m", "toolchain.policy_check", "--setting", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stdout.strip() or done.stderr.strip()
        raise BadInput(f"{said}\nThe app would refuse this policy. docs/policy.md has the rules.")
    try:
        read_rules(done.stdout)
    except PolicyError as fault:
        raise BadInput(f"{path}: the auditor cannot judge by it: {fault}") from fault
    return GivenPolicy(text=path.read_text(encoding="utf-8"), effective=done.stdout)


def _clear(options: Options) -> None:
    """An empty place for the results.

    A report of an earlier run must not be taken for this one's.
    """
    try:
        options.logs.mkdir(parents=True, exist_ok=True)
        _claim(options)
        for old in (*options.logs.glob("*.log"), *(options.out / name for name in RESULTS)):
            old.unlink(missing_ok=True)
        (options.out / "policy.json").touch()
    except OSError as fault:
        raise BadInput(
            f"{options.out} cannot be written ({fault.strerror}). Choose another --out."
        ) from fault
    if not os.access(options.out, os.W_OK):
        raise BadInput(f"{options.out} cannot be written. Choose another --out.")


def _claim(options: Options) -> None:
    """Keep other processes out of the folder until this one ends: two would mix their events."""
    # Never closed: the lock is lifted when the process ends, however it ends.
    file = os.open(options.logs / ".lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        if fault.errno not in (errno.EACCES, errno.EAGAIN):
            raise
        os.close(file)
        raise BadInput(f"Another run writes to {options.out}. Choose another --out.") from fault


def parser() -> argparse.ArgumentParser:
    """Every option; docs/sandbox/demo.md describes them."""
    options = argparse.ArgumentParser(
        prog="python -m sandbox.demo",
        description=(
            "Play one wave over a fleet on this machine, show it, audit it, and write a report."
        ),
        epilog="Exit codes: 0 every eligible machine settled and no invariant broken; 1 not so; "
        "2 input that cannot be used; 130 Ctrl-C.",
    )
    options.add_argument(
        "--fleet",
        nargs="+",
        default=[str(DEMO_FLEET)],
        metavar="PATH",
        help="fleet, or what az, PowerShell or the REST API printed (default: the demo's)",
    )
    options.add_argument(
        "--wave",
        choices=[one.value for one in Waves],
        default=Waves.AS_RECORDED.value,
        help="which machines of Azure's output a wave reaches (default: those it was recorded for)",
    )
    options.add_argument(
        "--policy", type=Path, help="policy file (default: one in seconds, open now)"
    )
    options.add_argument(
        "--out",
        type=Path,
        default=Path("out"),
        help="folder for report, event log, logs (default: out)",
    )
    options.add_argument(
        "--seed", type=int, default=0, help="the same seed draws the same durations (default: 0)"
    )
    options.add_argument("--plain", action="store_true", help="lines instead of a live screen")
    options.add_argument("--serve", action="store_true", help="keep everything running afterwards")
    options.add_argument(
        "--scene",
        choices=[one.value for one in SceneName],
        help="open in the middle of a situation, and keep everything running",
    )
    options.add_argument(
        "--kill-app-every",
        type=_positive,
        metavar="SECONDS",
        help="kill the app (SIGKILL) again and again",
    )
    options.add_argument(
        "--limit",
        type=_positive,
        metavar="SECONDS",
        help=f"give up after this long (default: {_LIMIT:g}, "
        f"with --kill-app-every {_LIMIT_WITH_CRASHES:g}, with --debug {START_TIMEOUT:g})",
    )
    options.add_argument(
        "--debug",
        nargs="?",
        const=When.AT_ONCE.value,
        choices=[one.value for one in When],
        help=(
            "let a debugger attach to the app; with wait, "
            "the app does nothing before (docs/debugging.md)"
        ),
    )
    options.add_argument(
        "--debug-port", type=int, default=PORT, help=f"where a debugger attaches (default: {PORT})"
    )
    return options


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = nan
    if not 0 < number < inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return number
