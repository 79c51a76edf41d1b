"""HTTP triggers of the policy: check and compare files, the rules of a machine, the versions.

They only read. The app may not write where policies are published.
"""

import azure.functions as func

from functions.http import as_json, problem, with_error_responses
from functions.operators.requests import MOST_VERSIONS, limit_of, machine_of, policy_files_of
from functions.operators.views.policy.check import check_view
from functions.operators.views.policy.difference import difference_view, policy_plan_view
from functions.operators.views.policy.history import history_view
from functions.operators.views.policy.machine_rules import machine_rules_view
from shared.bootstrap import get_app
from shared.usecases.policies.check import check_policy
from shared.usecases.policies.compare import compare_policy
from shared.usecases.policies.history import policy_history
from shared.usecases.policies.machine_rules import show_rules

blueprint = func.Blueprint()


@blueprint.route(route="v1/policy/check", methods=["POST"])
@with_error_responses
async def check_policy_files(req: func.HttpRequest) -> func.HttpResponse:
    """What policy files mean, or every problem with its place. Nothing comes into force."""
    files = policy_files_of(req)
    return as_json(check_view(await check_policy(await get_app(), files)))


@blueprint.route(route="v1/policy/diff", methods=["POST"])
@with_error_responses
async def compare_policy_files(req: func.HttpRequest) -> func.HttpResponse:
    """What policy files would change for the machines in open waves."""
    files = policy_files_of(req)
    return as_json(difference_view(await compare_policy(await get_app(), files)))


@blueprint.route(route="v1/policy/plan", methods=["POST"])
@with_error_responses
async def plan_with_policy_files(req: func.HttpRequest) -> func.HttpResponse:
    """The plan as it would be with these policy files."""
    files = policy_files_of(req)
    return as_json(policy_plan_view(await compare_policy(await get_app(), files)))


@blueprint.route(route="v1/policy/machine", methods=["GET", "HEAD"])
@with_error_responses
async def show_machine_rules(req: func.HttpRequest) -> func.HttpResponse:
    """The rules of a `machine`, each with the file and the line that it comes from."""
    machine = machine_of(req)
    found = await show_rules(await get_app(), machine)
    if found is None:
        return problem(404, f"Azure does not find {machine}; check its ARM id")
    return as_json(machine_rules_view(found))


@blueprint.route(route="v1/policy/history", methods=["GET", "HEAD"])
@with_error_responses
async def list_policy_versions(req: func.HttpRequest) -> func.HttpResponse:
    """The published versions, newest first, and which of them is in force."""
    limit = limit_of(req, MOST_VERSIONS)
    return as_json(history_view(await policy_history(await get_app(), limit)))
