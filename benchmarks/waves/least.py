"""The least time of a wave that was played, by the program that judges the demo, too.

The scopes come from the machines and the policy, and not from the engine's locks.
"""

from collections.abc import Iterator, Sequence

from sandbox.audit.least.bound import Least, Move, ScopeRule, least_time
from shared.domain.machine.region_pairs import paired_with
from shared.domain.policy.policy import Policy
from tests.support.fake_azure import FakeVm

_MANY = 1_000_000


def least_of(vms: Sequence[FakeVm], policy: Policy) -> Least:
    """The least time in which all of them can be moved once, with what each of them takes."""
    scopes: dict[str, ScopeRule] = {}
    bake = policy.timing.bake_time
    moves = []
    for vm in vms:
        script = vm.scripts[0]
        if script.agent_ready_after is None:
            raise ValueError("a machine that does not come back has no least time")
        memberships = []
        for scope, lane, rule in _scopes(vm, policy):
            scopes[scope] = rule
            memberships.append((scope, lane))
        seconds = (script.duration + script.agent_ready_after + bake).total_seconds()
        moves.append(Move(machine=vm.machine.id, seconds=seconds, scopes=tuple(memberships)))
    return least_time(moves, scopes)


def _scopes(vm: FakeVm, policy: Policy) -> Iterator[tuple[str, str | None, ScopeRule]]:
    limits, machine = policy.limits, vm.machine
    cool_down, spacing = limits.cool_down.total_seconds(), limits.spacing.total_seconds()
    if vm.placement != machine.id:
        rule = ScopeRule(slots=limits.slots, cool_down=cool_down, spacing=spacing)
        yield f"placement {vm.placement}", str(vm.update_domain), rule
    if limits.per_region is not None:
        pair = paired_with(machine.location) or (machine.location,)
        rule = ScopeRule(slots=limits.per_region, cool_down=cool_down)
        yield f"{' and '.join(pair)} in {machine.subscription}", machine.location, rule
    cap = ScopeRule(
        slots=limits.per_subscription or _MANY,
        ramp=limits.ramp,
        budget=policy.error_budgets.subscription.failures,
    )
    yield f"subscription {machine.subscription}", None, cap
    if limits.total is not None:
        yield "all", None, ScopeRule(slots=limits.total)
