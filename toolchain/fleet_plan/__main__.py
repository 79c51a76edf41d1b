"""Plans fleet files without Azure and without an app: who starts when, and what does not fit.

python -m toolchain.fleet_plan --fleet FILE ... [--policy FILE ...] [--now 2026-12-01T20:00Z]
                               [--group NAME] [--wave all] [--json]

Fleet files are those of `make run FLEET=`, such as the output of `az vm list`. Policy files are
those of `toolchain.policy_check`, the platform's first, or one JSON file of FORESTALL_POLICY.
Without them the default rules count. JSON has the form of `GET /api/v1/plan`, in one page.

Exit code 0: the plan was printed; 2: a file or an option cannot be used, and a message says why.
"""

import logging
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from forestall_cli.plan import ENDLESS, table
from forestall_cli.responses.plan import PlanView
from functions.operators.views.plan import plan_view
from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.load import load, paths_of
from sandbox.azure.fleets.recorded.fleets import Waves
from shared.domain.policy.files.layers import LayeredPolicy
from shared.domain.policy.files.load import Refused, load_policy
from shared.domain.policy.policy import Policy
from shared.settings.policy import read_policy_setting
from shared.settings.reading.reader import Reader
from toolchain.fleet_plan.offline import plan_of_fleet, with_usual_phases
from toolchain.policy_check import read_files

_BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the plan; 2 if something that was given cannot be used."""
    options = _options(arguments)
    logging.getLogger("forestall").setLevel(logging.CRITICAL)
    policy, problems = _policy(options.policy, options.now)
    if problems:
        sys.stderr.write("\n".join(problems) + "\n")
        return _BAD_INPUT
    try:
        fleet = with_usual_phases(load(*paths_of(options.fleet), waves=Waves(options.wave)))
    except FleetError as fault:
        sys.stderr.write(f"{fault}\n")
        return _BAD_INPUT
    plan = plan_of_fleet(fleet, policy, options.now, options.group)
    if options.group is not None and not plan.machines:
        sys.stderr.write(
            f"No machine in an open phase is in the group {options.group!r}. "
            "`python -m toolchain.policy_check ... --fleet FILE` shows the group of each machine.\n"
        )
        return _BAD_INPUT
    shown = msgspec.json.encode(plan_view(plan, 0, max(1, len(plan.machines))))
    sys.stderr.writelines(f"note: {each}\n" for each in fleet.notes)
    if options.json:
        sys.stdout.write(msgspec.json.format(shown).decode() + "\n")
        return 0
    sys.stdout.write(table(msgspec.json.decode(shown, type=PlanView), ENDLESS) + "\n")
    left = len(fleet.machines) - len(plan.machines) - len(plan.left_alone)
    if left > 0 and options.group is None:
        sys.stdout.write(
            f"\nMachines without an open self-service phase at {options.now:%Y-%m-%dT%H:%MZ}: "
            f"{left}. Another --now may be in it. --wave all puts running machines into a wave.\n"
        )
    return 0


def _policy(paths: Sequence[Path], now: datetime) -> tuple[Policy | LayeredPolicy, list[str]]:
    """The policy of the files, and every problem in them."""
    if not paths:
        return Policy(), []
    files, problems = read_files(paths)
    if problems:
        return Policy(), problems
    if len(files) == 1 and paths[0].suffix == ".json":
        reader = Reader({"FORESTALL_POLICY": files[0].text})
        found = read_policy_setting(reader)
        name = str(paths[0])
        return found, [each.replace("FORESTALL_POLICY", name, 1) for each in reader.problems]
    layered = load_policy(files, now)
    return (Policy(), [str(layered)]) if isinstance(layered, Refused) else (layered, [])


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        prog="python -m toolchain.fleet_plan",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--fleet", nargs="+", required=True, metavar="FILE")
    parser.add_argument("--policy", nargs="+", type=Path, default=[], metavar="FILE")
    parser.add_argument("--now", type=_moment, default=datetime.now(UTC), metavar="INSTANT")
    parser.add_argument("--group", help="only the machines of this group of the policy")
    parser.add_argument(
        "--wave", choices=[each.value for each in Waves], default=Waves.AS_RECORDED.value
    )
    parser.add_argument("--json", action="store_true", help="as GET /api/v1/plan answers")
    return parser.parse_args(arguments)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as fault:
        raise ArgumentTypeError(f"{text!r} is no instant such as 2026-12-01T20:00Z") from fault
    if found.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} has no time zone: write 2026-12-01T20:00Z")
    return found.astimezone(UTC)


if __name__ == "__main__":
    sys.exit(main())
