"""What a redeploy destroys or changes on a machine, although it comes back well. Decides nothing.

Source: azure-compute-docs, maintenance-and-updates.md: the temporary disk is lost, and dynamic
public IP addresses change.
"""

from collections.abc import Iterator
from enum import StrEnum

from shared.domain.machine.kinds.sizes import has_local_nvme, may_have_temporary_disk
from shared.domain.machine.machine import Machine


class Harm(StrEnum):
    """One thing that is not as before after a redeploy."""

    EPHEMERAL_OS_DISK = "ephemeral-os-disk"  # reset to its image
    LOCAL_NVME = "local-nvme"  # emptied
    TEMPORARY_DISK = "temporary-disk"  # emptied; not named where the size is known to have none
    DYNAMIC_PUBLIC_IP = "dynamic-public-ip"  # may be another one


def harms_of(machine: Machine) -> tuple[Harm, ...]:
    """What a redeploy of the machine harms, the worst first.

    A public address is known only where the machine's own resource asks for it. An address on a
    network interface of its own is not read.
    """
    return tuple(_harms(machine))


def _harms(machine: Machine) -> Iterator[Harm]:
    traits = machine.traits
    if traits.has_ephemeral_os_disk:
        yield Harm.EPHEMERAL_OS_DISK
    if has_local_nvme(traits.size):
        yield Harm.LOCAL_NVME
    if may_have_temporary_disk(traits.size):
        yield Harm.TEMPORARY_DISK
    if traits.has_dynamic_public_ip:
        yield Harm.DYNAMIC_PUBLIC_IP
