"""What a machine's own resource says of how it is built and who made it. Decides nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Facts that decide whether a redeploy is safe for a machine, and what it destroys.

    A fact that the resource does not mention has the value of the ordinary machine.
    """

    #: the VM size as ARM spells it, such as `Standard_D4s_v5`; empty where the resource names none
    size: str = ""
    has_ephemeral_os_disk: bool = False
    is_spot: bool = False
    #: lower-cased ARM id of the resource that manages it; a scale set manages its own members and
    #: is not named here
    managed_by: str | None = None
    #: lower-cased publisher of its image
    image_publisher: str = ""
    #: lower-cased publishers of its extensions
    extension_publishers: tuple[str, ...] = ()
    #: whether its own resource asks for a public IP address that may change
    has_dynamic_public_ip: bool = False
