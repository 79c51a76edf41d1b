"""Whether a machine may be moved at all, by its owner's tag and by its kind. Pure.

Asked three times: when its job is planned, at every scan while the job waits, and right before the
call, each time of the machine as its own resource shows it then. So an owner who changes his mind
after the plan is heard.
"""

from shared.domain import reasons
from shared.domain.machine.machine import Machine
from shared.domain.policy.policy import Tags

#: values of the control tag that let a machine go, and those that are known to leave it alone
_ON = ("on", "true", "yes")
_OFF = ("off", "false", "no")


def exemption_reason(machine: Machine, tags: Tags) -> str | None:
    """Why the machine is left alone whatever Azure plans for it; None if it may be moved.

    Of the control tag only `on`, `true`, `yes` and its absence let a machine go. Every other value
    leaves it alone (I6).
    """
    control = machine.tag(tags.control)
    if has_unknown_value(machine, tags):
        return reasons.tagged_unknown(tags.control, control, ", ".join((*_ON, *_OFF)))
    if control in _OFF:
        return reasons.tagged(tags.control, control)
    if machine.dedicated_host is not None:
        return reasons.ON_DEDICATED_HOST
    return None


def has_unknown_value(machine: Machine, tags: Tags) -> bool:
    """Whether the control tag has a value that is neither a known yes nor a known no, such as `maybe` or nothing at all."""
    return machine.tag(tags.control) not in (None, *_ON, *_OFF)
