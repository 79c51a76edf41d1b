"""The right that each operation needs, by the name of its function.

An operation that is missing here is for function keys alone, and a test says so.
"""

from collections.abc import Mapping
from typing import Final

from shared.domain.access.rights import Right

_READ = """
    show_health   list_jobs   list_machines   list_semaphores   list_pauses   list_scans
    explain_machine   show_plan
    check_policy_files   compare_policy_files   plan_with_policy_files   show_machine_rules
    list_policy_versions
    list_targets   preview_message   list_calendar_addresses   list_notices   show_notice
    show_arrivals
"""
#: of one machine each: an owner may do it for machines of its groups
_OWN = """
    add_pause   remove_pause   retry_job   reopen_job
"""
_OPERATE = """
    allow_starts   lift_halt   release_job   cancel_job   prioritize_job   open_job_window
    release_one_lease   test_target   test_health_check
    start_rehearsal   rehearse_tables   rehearse_messages   rehearse_alerts
    add_calendar_address   revoke_calendar_address
"""
_APPROVE = ""

RIGHTS: Final[Mapping[str, Right]] = {
    name: right
    for right, names in (
        (Right.READ, _READ),
        (Right.OWN, _OWN),
        (Right.OPERATE, _OPERATE),
        (Right.APPROVE, _APPROVE),
    )
    for name in names.split()
}
