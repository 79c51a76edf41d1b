"""Kinds that are left alone, silent agents, and sets without domains."""

from shared.domain.job.required_locks import _placements
from shared.domain.job.spec import _agent_check
from shared.domain.machine.kinds.kinds import Kind, kinds_of
from shared.domain.machine.placement import one_at_a_time_reason
from shared.domain.policy.eligibility import allowed_kinds, exemption_of, exemption_under
from shared.domain.redeploy.last_checks import before_call
from shared.ports import Exemptions
from shared.usecases.scan.note_exemptions import note_exemptions
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import drop, instead


def _no_kinds() -> dict[Kind, str]:
    return {}


def _every_kind() -> frozenset[str]:
    return frozenset({"no-agent"})


KINDS = (
    Mutant("do not store which machines are left alone", note_exemptions, drop(Exemptions.store)),
    Mutant("redeploy a kind that is left alone", exemption_of, instead(kinds_of, _no_kinds)),
    Mutant(
        "do not read the owner's tag before the call",
        before_call,
        instead(exemption_under, None),
    ),
    Mutant("waive a silent agent unasked", _agent_check, instead(allowed_kinds, _every_kind)),
    Mutant(
        "let members without a domain go at the same time",
        _placements,
        instead(one_at_a_time_reason, None),
    ),
)
