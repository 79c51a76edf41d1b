"""Asks a running app, and gives it an operator's word: `python -m shared.cli COMMAND --url https://APP.azurewebsites.net`.

The function key is read from the environment variable FUNCTION_KEY, so that it stands in no list of processes.
"""

import os
import sys
from argparse import Namespace

from shared.cli import jobs, notices
from shared.cli.asking import Asked, AskedInVain
from shared.cli.options import options


def main(arguments: list[str] | None = None) -> int:
    """Print what was asked for, or what came of the word; 1, with the reason, where the app does not follow."""
    given = options(arguments)
    app = Asked(url=given.url, key=os.environ.get("FUNCTION_KEY", ""))
    try:
        print(_COMMANDS[given.command](app, given), flush=True)  # noqa: T201 - a command's output
    except BrokenPipeError:
        # Whoever reads has seen enough, such as `| head`; at its end the interpreter would write to him once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except AskedInVain as fault:
        print(fault, file=sys.stderr)  # noqa: T201 - as above
        return 1
    except (KeyError, TypeError, AttributeError) as fault:
        # Another program, or another version of this one, answered.
        print(f"the answer is not understood ({fault!r}): is {given.url} Forestall?", file=sys.stderr)  # noqa: T201 - as above
        return 1
    return 0


def _notices(app: Asked, given: Namespace) -> str:
    if given.id:
        return notices.story(app.get("notices", given.id))
    return notices.table(app.get("notices", days=given.days))


def _jobs(app: Asked, given: Namespace) -> str:
    return jobs.jobs(app.get("jobs", subscription=given.subscription, state=given.state))


def _semaphores(app: Asked, _: Namespace) -> str:
    return jobs.semaphores(app.get("semaphores"))


def _pauses(app: Asked, _: Namespace) -> str:
    return jobs.pauses(app.get("pauses"))


def _explain(app: Asked, given: Namespace) -> str:
    return jobs.explanation(app.get("explain", machine=given.machine))


def _pause(app: Asked, given: Namespace) -> str:
    return f"paused {app.post('pause', target=given.target, **_word(given))['target']}"


def _resume(app: Asked, given: Namespace) -> str:
    return f"resumed {app.post('resume', target=given.target, **_word(given))['resumed']}"


def _lift_halt(app: Asked, given: Namespace) -> str:
    return f"lifted the halt of {app.post('halts', 'lift', scope=given.scope, **_word(given))['lifted']}"


def _retry(app: Asked, given: Namespace) -> str:
    return jobs.job(app.post("jobs", given.job, "retry", **_word(given)))


def _cancel(app: Asked, given: Namespace) -> str:
    moving = given.even_though_moving
    return jobs.job(app.post("jobs", given.job, "cancel", **_word(given), evenThoughMoving=moving))


def _release(app: Asked, given: Namespace) -> str:
    moving = given.even_though_moving
    return jobs.job(app.post("jobs", given.job, "release", **_word(given), evenThoughMoving=moving))


def _release_lease(app: Asked, given: Namespace) -> str:
    done = app.post("leases", "release", scope=given.scope, token=given.token, **_word(given))["released"]
    return f"released lease {done['token']} of {done['scope']}, which job {done['job']} had held"


def _word(given: Namespace) -> dict[str, str]:
    return {"by": given.by, "reason": given.reason}


_COMMANDS = {
    "notices": _notices,
    "jobs": _jobs,
    "semaphores": _semaphores,
    "pauses": _pauses,
    "explain": _explain,
    "pause": _pause,
    "resume": _resume,
    "lift-halt": _lift_halt,
    "retry": _retry,
    "cancel": _cancel,
    "release": _release,
    "release-lease": _release_lease,
}

if __name__ == "__main__":
    sys.exit(main())
