"""ARM resource ids taken apart.

    /subscriptions/{s}/resourceGroups/{rg}/providers/Microsoft.Compute/virtualMachines/{vm}
    /subscriptions/{s}/resourceGroups/{rg}/providers/Microsoft.Compute/virtualMachineScaleSets/{set}
        /virtualMachines/{n}

Azure echoes the casing that a resource was created with, so ids are compared lower-cased and shown
as they are. It does not check that anything exists.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

COMPUTE = "microsoft.compute"


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceId:
    """An id in its parts, each in its own casing; `types` and `names` run in parallel."""

    subscription: str
    resource_group: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last name: the machine, the set, or the number of an instance."""
        return self.names[-1]

    @property
    def kind(self) -> str:
        """The types below Microsoft.Compute, lower-cased.

        "virtualmachinescalesets/virtualmachines".
        """
        return "/".join(self.types).lower()

    @property
    def parent_name(self) -> str | None:
        """The scale set of an instance; None for everything else."""
        return self.names[0] if len(self.names) > 1 else None


def parse_id(text: str) -> ResourceId:
    """Take a Compute resource id apart; ValueError with the expected form where it is none."""
    parts = text.strip("/").split("/")
    expected = ("subscriptions", "resourcegroups", "providers")
    pairs = parts[6:]
    is_compute = (
        len(parts) >= 8  # noqa: PLR2004 - the number of parts of the shortest id
        and len(pairs) % 2 == 0
        and tuple(part.lower() for part in parts[0:5:2]) == expected
        and parts[5].lower() == COMPUTE
        and all(parts)
    )
    if not is_compute:
        message = (
            f"{text!r} is no Compute resource id "
            "(/subscriptions/{s}/resourceGroups/{rg}/providers/Microsoft.Compute"
            "/virtualMachines/{name})"
        )
        raise ValueError(message)
    return ResourceId(
        subscription=parts[1],
        resource_group=parts[3],
        types=tuple(pairs[0::2]),
        names=tuple(pairs[1::2]),
    )


def cleaned(text: str) -> str:
    """An id without the blanks, the host, the query and the last slash of a URL around it."""
    text = text.strip()
    if text.lower().startswith(("https://", "http://")):
        text = urlsplit(text).path
    return f"/{text.strip('/')}"


def key(text: str) -> str:
    """The form two spellings of one id share."""
    return text.rstrip("/").lower()
