"""The person's own login: a token and a subscription from `az`. Nothing is stored."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from forestall_cli.contact.exchanges import ContactError

#: the id of a subscription; a login without one has words in its place
_PLAIN = re.compile(r"[0-9A-Za-z-]{1,64}")

#: runs `az` with arguments and returns its standard output; raises ContactError
type Az = Callable[[Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Login:
    """What the requests need."""

    token: str = field(repr=False)
    subscription: str


def run_az(arguments: Sequence[str]) -> str:
    """Run the Azure CLI. Its message is shown if it fails."""
    az = shutil.which("az")
    if az is None:
        raise ContactError("the Azure CLI is needed: install az, and run az login")
    try:
        done = subprocess.run(  # noqa: S603 - az of PATH, with our arguments
            [az, *arguments, "--output", "json"],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise ContactError(f"az {arguments[0]} does not answer: {type(fault).__name__}") from fault
    if done.returncode:
        words = (done.stderr.strip().splitlines() or ["no reason"])[0]
        raise ContactError(f"az {arguments[0]} failed ({words[:200]}): run az login first")
    return done.stdout


def login(az: Az, endpoint: str, subscription: str | None) -> Login:
    """A token for Resource Manager, and the subscription that was named or is az's default."""
    wanted = ["--subscription", subscription] if subscription else []
    answer = az(["account", "get-access-token", "--resource", f"{endpoint}/", *wanted])
    try:
        said = json.loads(answer)
        token, found = said["accessToken"], said["subscription"]
    except (ValueError, KeyError, TypeError) as fault:
        raise ContactError("az did not answer with a token: run az upgrade") from fault
    if not isinstance(found, str) or not _PLAIN.fullmatch(found):
        raise ContactError("az names no subscription: run az account set, or add --subscription")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise ContactError("az did not answer with a token: run az upgrade")
    return Login(token, found)
