"""The control API under /sim: for the person or script that runs a test, never for the app.

    GET  /sim/status                    figures, and every machine as it truly is
                                        (?machines=no leaves the machines out)
    GET  /sim/events?after=N            what happened behind the N-th event
    GET  /sim/faults                    what is switched on
    POST /sim/faults                    {"kind": "latency", "seconds": 0.2} switches on,
                                        {"off": "latency"} or {"off": "all"} switches off
    POST /sim/machines                  a machine as in a fleet file: somebody creates it now
    POST /sim/machines/{arm id}/{act}   stop | start | deallocate | delete | resize | redeploy |
                                        performMaintenance
    POST /sim/waves                     {"cancel": name} | {"move": name, ...times} |
                                        {"announce": name, "machines": [...], ...times}
    POST /sim/begin                     launch the waves that `--hold` holds back
    POST /sim/stop                      end the simulator (answered by `app`)

Bodies of refusals are {"error": "one sentence that says what to do"}.
"""

from collections import Counter
from typing import Any

import msgspec

from sandbox.azure.arm.faults import Fault, FaultKind
from sandbox.azure.arm.http.messages import BAD_REQUEST, NOT_FOUND, Request, Response
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.arm.world import owners, redeploys, rollout
from sandbox.azure.arm.world.machines import Machine
from sandbox.azure.arm.world.operations import Verb
from sandbox.azure.arm.world.refusals import Refusal
from sandbox.azure.arm.world.waves import wave_of
from sandbox.azure.arm.world.world import instant
from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.fleet import MachineSpec, WaveSpec
from sandbox.azure.fleets.ids import key
from sandbox.azure.fleets.times import When

PREFIX = "/sim/"
COLLEAGUE = 1  # which of the fleet's identities acts when somebody else redeploys
CHANGES = {
    "stop": owners.Change.STOPPED,
    "start": owners.Change.STARTED,
    "deallocate": owners.Change.DEALLOCATED,
    "delete": owners.Change.DELETED,
}
VERBS = {"redeploy": Verb.REDEPLOY, "performmaintenance": Verb.PERFORM_MAINTENANCE}


def control(sim: Simulator, request: Request) -> Response:
    """Do or show one of the above; everything due in the world happens first."""
    sim.tick()
    path = request.path[len(PREFIX) :].strip("/")
    if request.method == "POST" and path.startswith("machines/"):
        return _machine(sim, path.removeprefix("machines"), _body(request))
    handler = HANDLERS.get((request.method, path))
    if handler is None:
        return _no(
            (
                f"There is no {request.method} {request.path}. "
                f"There is: {', '.join(sorted(_known()))}."
            ),
            NOT_FOUND,
        )
    try:
        return handler(sim, request)
    except (msgspec.DecodeError, ValueError, FleetError) as error:
        return _no(f"The body or query is not as expected: {error}.")


def _known() -> list[str]:
    return [f"{method} {PREFIX}{path}" for method, path in HANDLERS] + [
        "POST /sim/machines/{id}/{act}"
    ]


def _status(sim: Simulator, request: Request) -> Response:
    world = sim.world
    body: dict[str, Any] = {
        "fleet": sim.fleet.name,
        "now": instant(world.now),
        "started": instant(world.started),
        "events": sim.log.count,
        "answers": {str(status): count for status, count in sorted(sim.answers.items())},
        "powers": Counter(one.state.power.value for one in world.machines.values()),
        "maintenance": Counter(_progress(one) for one in world.machines.values()),
        "operations": Counter(one.status.value for one in world.operations.values()),
        "waves": {
            name: {"opens": instant(one.opens), "closes": instant(one.closes)}
            for name, one in world.waves.items()
        },
        "faults": [fault.kind.value for fault in sim.faults.active],
    }
    if request.query.get("machines") != "no":
        body["machines"] = [_true_state(one) for one in world.machines.values()]
    return Response(body=body)


def _progress(machine: Machine) -> str:
    planned = machine.state.maintenance
    if machine.state.operation is not None:
        return "moving"
    return "none" if planned is None else planned.phase.value


def _true_state(machine: Machine) -> dict[str, Any]:
    state = machine.state
    return {
        "id": machine.spec.id,
        "power": state.power.value,
        "answering": state.is_answering,
        "agent_ready": state.is_agent_ready,
        "provisioning": state.provisioning.value,
        "maintenance": None if state.maintenance is None else state.maintenance.phase.value,
        "allowed": state.is_maintenance_allowed,
        "operation": state.operation,
        "placement": machine.place.placement,
        "update_domain": machine.place.update_domain,
    }


def _events(sim: Simulator, request: Request) -> Response:
    return Response(
        body={"count": sim.log.count, "events": sim.log.after(int(request.query.get("after", "0")))}
    )


def _faults(sim: Simulator, _request: Request) -> Response:
    return Response(body={"faults": msgspec.to_builtins(sim.faults.active)})


def _switch(sim: Simulator, request: Request) -> Response:
    body = _body(request)
    if "off" in body:
        kind = None if body["off"] == "all" else FaultKind(body["off"])
        return Response(body={"switched_off": sim.faults.switch_off(kind)})
    sim.faults.switch_on(msgspec.convert(body, Fault))
    return _faults(sim, request)


def _machine(sim: Simulator, path: str, body: dict[str, Any]) -> Response:
    machine_id, _, act = path.rpartition("/")
    machine = sim.world.machines.get(key(machine_id))
    if machine is None:
        return _no(f"There is no machine {machine_id!r}; GET /sim/status lists them.", NOT_FOUND)
    if act in CHANGES:
        owners.change(sim.world, machine, CHANGES[act])
    elif act == "resize":
        owners.resize(sim.world, machine, str(body.get("size", "Standard_D4s_v5")))
    elif act.lower() in VERBS:
        return _redeploy_by_colleague(sim, machine, VERBS[act.lower()])
    else:
        return _no(
            f"{act!r} cannot be done to a machine; there is: "
            f"{', '.join([*CHANGES, 'resize', *VERBS])}."
        )
    return Response(body=_true_state(machine))


def _create(sim: Simulator, request: Request) -> Response:
    spec = msgspec.convert(_body(request), MachineSpec)
    return Response(body=_true_state(sim.create(spec)))


def _redeploy_by_colleague(sim: Simulator, machine: Machine, verb: Verb) -> Response:
    colleague = sim.fleet.identities[min(COLLEAGUE, len(sim.fleet.identities) - 1)]
    result = redeploys.request(sim.world, [machine], verb, colleague.client_id)
    if isinstance(result, Refusal):
        return _no(result.problem.message, result.status)
    return Response(body=_true_state(machine) | {"operation": result.id})


def _begin(sim: Simulator, _request: Request) -> Response:
    return Response(body={"begun": sim.begin()})


def _waves(sim: Simulator, request: Request) -> Response:
    body = _body(request)
    act = next((one for one in ("cancel", "move", "announce") if one in body), None)
    if act is None:
        return _no(
            'Say {"cancel": name}, {"move": name, ...} or {"announce": name, '
            '"machines": [...], ...}.'
        )
    name = str(body.pop(act))
    if act == "announce":
        return _announce(sim, name, body)
    wave = sim.world.waves.get(name)
    if wave is None:
        return _no(
            f"There is no wave {name!r}; there is: {', '.join(sim.world.waves) or 'none'}.",
            NOT_FOUND,
        )
    if act == "cancel":
        return Response(body={"machines": rollout.withdraw(sim.world, wave)})
    return Response(
        body={
            "machines": rollout.move(
                sim.world, wave, wave_of(_wave_spec(name, body), sim.world.now)
            )
        }
    )


def _announce(sim: Simulator, name: str, body: dict[str, Any]) -> Response:
    """A new wave, or more machines for a running one when no times are given."""
    keys = [key(str(one)) for one in body.pop("machines", [])]
    unknown = [one for one in keys if one not in sim.world.machines]
    if unknown or not keys:
        return _no(
            'Name machines that exist under "machines"; not known: '
            f"{', '.join(unknown[:3]) or 'none named'}."
        )
    machines = [sim.world.machines[one] for one in keys]
    running = sim.world.waves.get(name)
    if running is not None and not body:
        rollout.join(sim.world, running, machines)
    else:
        rollout.launch(sim.world, wave_of(_wave_spec(name, body), sim.world.now), machines)
    return Response(body={"machines": len(machines)})


def _wave_spec(name: str, times: dict[str, Any]) -> WaveSpec:
    """Times as in a fleet file; lengths count from now.

    The wave is announced immediately, unless the request has a time.
    """

    def decode(wanted: type, value: Any) -> Any:
        return When.parse(value) if wanted is When else value

    return msgspec.convert(
        {"announce_after": "PT0S"} | times | {"name": name}, WaveSpec, dec_hook=decode
    )


def _body(request: Request) -> dict[str, Any]:
    return msgspec.json.decode(request.body or b"{}", type=dict[str, Any])


def _no(message: str, status: int = BAD_REQUEST) -> Response:
    return Response(status=status, body={"error": message})


HANDLERS = {
    ("GET", "status"): _status,
    ("GET", "events"): _events,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _switch,
    ("POST", "begin"): _begin,
    ("POST", "waves"): _waves,
    ("POST", "machines"): _create,
}
