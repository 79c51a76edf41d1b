"""The catalogue of seeded bugs, by subject.

Each has a name, a function and the patch that breaks it.
"""

from tests.simulation.mutants.catalogue.call import CALL
from tests.simulation.mutants.catalogue.canaries import CANARIES
from tests.simulation.mutants.catalogue.endings import ENDINGS
from tests.simulation.mutants.catalogue.kinds import KINDS
from tests.simulation.mutants.catalogue.leases import LEASES
from tests.simulation.mutants.catalogue.lock import LOCK
from tests.simulation.mutants.catalogue.loss import LOSS
from tests.simulation.mutants.catalogue.recovery import RECOVERY
from tests.simulation.mutants.catalogue.responses import RESPONSES
from tests.simulation.mutants.catalogue.retention import RETENTION
from tests.simulation.mutants.catalogue.verification import VERIFICATION
from tests.simulation.mutants.catalogue.weeks import WEEKS

MUTANTS = (
    *LOCK,
    *LEASES,
    *CANARIES,
    *CALL,
    *KINDS,
    *RESPONSES,
    *VERIFICATION,
    *ENDINGS,
    *RECOVERY,
    *LOSS,
    *RETENTION,
    *WEEKS,
)
