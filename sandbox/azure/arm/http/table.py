"""The simulator's routes: which part of Azure it answers."""

from sandbox.azure.arm import limits
from sandbox.azure.arm.faults import RequestGroup
from sandbox.azure.arm.http.resources import (
    actions,
    instances,
    operations,
    resource_graph,
    sets,
    subscriptions,
    vms,
)
from sandbox.azure.arm.http.routes import COMPUTE, GROUP, SUBSCRIPTION, Handler, Route, Table

VM = "Microsoft.Compute/virtualMachines"
SET = "Microsoft.Compute/virtualMachineScaleSets"
INSTANCE = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines"
AVAILABILITY = "Microsoft.Compute/availabilitySets"


def _lists(kind: str, handler: Handler, policy: limits.Policy) -> list[Route]:
    templates = (f"{SUBSCRIPTION}{COMPUTE}/{kind}", f"{GROUP}/{kind}")
    action = f"Microsoft.Compute/{kind}/read"
    return [
        Route(
            method="GET",
            template=one,
            handler=handler,
            action=action,
            group=RequestGroup.LISTS,
            policy=policy,
        )
        for one in templates
    ]


def _get(
    template: str,
    handler: Handler,
    action: str,
    group: RequestGroup,
    policy: limits.Policy | None = None,
) -> Route:
    return Route(
        method="GET", template=template, handler=handler, action=action, group=group, policy=policy
    )


def _actions(template: str, handler: Handler, kind: str, policy: limits.Policy) -> list[Route]:
    return [
        Route(
            method="POST",
            template=f"{template}/{verb}",
            handler=handler,
            action=f"{kind}/{verb}/action",
            group=RequestGroup.ACTIONS,
            policy=policy,
        )
        for verb in ("performMaintenance", "redeploy")
    ]


_VM = f"{GROUP}/virtualMachines/{{vm}}"
_SET = f"{GROUP}/virtualMachineScaleSets/{{scale_set}}"
_INSTANCE = f"{_SET}/virtualMachines/{{instance}}"

TABLE = Table(
    [
        _get("/subscriptions", subscriptions.list_subscriptions, "", RequestGroup.OTHER),
        _get(
            SUBSCRIPTION,
            subscriptions.get_subscription,
            "Microsoft.Resources/subscriptions/read",
            RequestGroup.OTHER,
        ),
        *_lists("virtualMachines", vms.list_vms, limits.HIGH_COST_GET),
        _get(
            f"{SUBSCRIPTION}{COMPUTE}/locations/{{location}}/virtualMachines",
            vms.list_vms,
            f"{VM}/read",
            RequestGroup.LISTS,
            limits.HIGH_COST_GET,
        ),
        _get(_VM, vms.get_vm, f"{VM}/read", RequestGroup.VIEWS, limits.LOW_COST_GET),
        _get(
            f"{_VM}/instanceView",
            vms.get_vm_view,
            f"{VM}/instanceView/read",
            RequestGroup.VIEWS,
            limits.LOW_COST_GET,
        ),
        *_actions(_VM, actions.act_on_vm, VM, limits.UPDATE_VM),
        *_lists("availabilitySets", sets.list_availability_sets, limits.LOW_COST_LIST),
        _get(
            f"{GROUP}/availabilitySets/{{availability_set}}",
            sets.get_availability_set,
            f"{AVAILABILITY}/read",
            RequestGroup.OTHER,
            limits.LOW_COST_GET,
        ),
        *_lists("virtualMachineScaleSets", sets.list_scale_sets, limits.SCALE_SET_LIST),
        _get(_SET, sets.get_scale_set, f"{SET}/read", RequestGroup.OTHER, limits.SCALE_SET_GET),
        *_actions(_SET, actions.act_on_scale_set, SET, limits.SCALE_SET_UPDATE),
        _get(
            f"{_SET}/virtualMachines",
            instances.list_instances,
            f"{INSTANCE}/read",
            RequestGroup.LISTS,
            limits.SCALE_SET_LIST,
        ),
        _get(
            _INSTANCE,
            instances.get_instance,
            f"{INSTANCE}/read",
            RequestGroup.VIEWS,
            limits.INSTANCE_GET,
        ),
        _get(
            f"{_INSTANCE}/instanceView",
            instances.get_instance_view,
            f"{INSTANCE}/instanceView/read",
            RequestGroup.VIEWS,
            limits.INSTANCE_GET,
        ),
        *_actions(_INSTANCE, actions.act_on_instance, INSTANCE, limits.INSTANCE_UPDATE),
        _get(
            f"{SUBSCRIPTION}{COMPUTE}/locations/{{location}}/operations/{{operation}}",
            operations.get_operation,
            "Microsoft.Compute/locations/operations/read",
            RequestGroup.OPERATIONS,
            limits.GET_OPERATION,
        ),
        Route(
            method="POST",
            template="/providers/Microsoft.ResourceGraph/resources",
            handler=resource_graph.query,
            action="",  # no action of its own: rows are limited to what the caller may see
            group=RequestGroup.GRAPH,
        ),
    ]
)
