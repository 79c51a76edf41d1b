"""What an act will do, in numbers, before it is done."""

from forestall_cli.client import ApiClient
from forestall_cli.errors import ApiError
from forestall_cli.look.fleet import MOVING, WAITING
from forestall_cli.names import machine_name, scope_name, short_job
from forestall_cli.output.cell import cell
from forestall_cli.paging import all_jobs, all_semaphores
from forestall_cli.plan import whole
from forestall_cli.responses.jobs import JobView


def of_pause(app: ApiClient, target: str) -> str:
    """Such as: This stops 197 waiting machines; 6 in flight are finished."""
    try:
        waiting, moving = _counts(app, target)
    except ApiError as fault:
        return f"This pauses {cell(target)}. The numbers cannot be read: {fault}."
    if not waiting and not moving and target.startswith(("region:", "subscription:")):
        return f"This pauses {cell(target)}. The answer says what that holds."
    return f"This stops {_machines(waiting, 'waiting ')}; {moving} in flight are finished."


def of_resume(app: ApiClient, target: str) -> str:
    """Such as: This lets at most 197 waiting machines start again."""
    try:
        waiting, _ = _counts(app, target)
    except ApiError as fault:
        return f"This resumes {cell(target)}. The numbers cannot be read: {fault}."
    return f"This lets at most {_machines(waiting, 'waiting ')} start again, by all other rules."


def of_lift_halt(app: ApiClient, scope: str) -> str:
    """Such as: This lets 4 waiting machines of avset:web continue."""
    try:
        locks = [each for each in all_semaphores(app) if each.scope == scope]
    except ApiError as fault:
        return f"This lifts the halt of {cell(scope)}. The numbers cannot be read: {fault}."
    waiting = sum(len(each.waiters) for each in locks)
    return (
        f"This lets {_machines(waiting, 'waiting ')} of {scope_name(cell(scope))} continue."
        " Repair the failed machine first."
    )


def of_job(job: JobView | None, named: str, does: str) -> str:
    """Such as: This ends the job of vm-1 (job-73928e05), which is deferred."""
    if job is None:
        return f"This {does} {cell(named)}."
    of = f"the job of {cell(machine_name(job.machine))} ({short_job(job.id)})"
    return f"This {does} {of}, which is {cell(job.state)}."


def _machines(count: int, what: str) -> str:
    return f"{count} {what}machine{'' if count == 1 else 's'}"


def _counts(app: ApiClient, target: str) -> tuple[int, int]:
    """Waiting machines and machines in flight of a target."""
    kind, _, rest = target.partition(":")
    if kind == "group":
        name = rest.partition("/")[2]
        states = [each.state for each in whole(app, name).machines] if name.strip() else []
    else:
        wanted = rest.lower()
        states = [
            each.state
            for each in all_jobs(app)
            if kind == "everything"
            or (kind == "subscription" and each.subscription.lower() == wanted)
            or (kind == "machine" and each.machine.lower() == wanted)
        ]
    return sum(each in WAITING for each in states), sum(each in MOVING for each in states)
