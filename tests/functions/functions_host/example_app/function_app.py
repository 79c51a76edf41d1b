"""An app that shows the host something of everything.

A timer, HTTP with an output, a queue and its dead letters.
"""

import json
import logging

import azure.functions as func
from orders import blueprint  # type: ignore[import-not-found]

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
app.register_functions(blueprint)


@app.timer_trigger(arg_name="timer", schedule="%SWEEP_SCHEDULE%", run_on_startup=False)
@app.service_bus_queue_output(arg_name="out", queue_name="%RESULTS_QUEUE%", connection="Bus")
def sweep(timer: func.TimerRequest, out: func.Out[str], context: func.Context) -> None:
    """Tell the results queue what the timer was given."""
    logging.getLogger("example").info("sweep.started", extra={"past_due": timer.past_due})
    status = timer.schedule_status  # type: ignore[attr-defined]
    out.set(
        json.dumps(
            {"past_due": timer.past_due, "status": status, "invocation": context.invocation_id}
        )
    )
