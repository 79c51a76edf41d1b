"""The version of a policy: a hash of all its rules. Pure."""

from hashlib import sha256

from shared.domain.policy.policy import Policy


def version_of(policy: Policy) -> str:
    """The same rules have the same version, in each process of one release."""
    return sha256(repr(policy).encode()).hexdigest()[:16]
