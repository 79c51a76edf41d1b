"""For any response of Azure, a first contact ends with a bundle and a report."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from forestall_cli.contact.anonymous import anonymous
from forestall_cli.contact.arm import Arm
from forestall_cli.contact.compare import compared
from forestall_cli.contact.exchanges import Bundle
from forestall_cli.contact.survey import MOST_REQUESTS, survey

VM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm-1"
KEYS = st.sampled_from(
    [
        "value",
        "data",
        "nextLink",
        "id",
        "name",
        "properties",
        "instanceView",
        "statuses",
        "code",
        "vmAgent",
        "displayStatus",
        "zones",
        "maintenanceRedeployStatus",
        "lastOperationResultCode",
        "maintenanceWindowEndTime",
        "metadata",
        "pairedRegion",
        "orchestrationMode",
        "availabilitySet",
        "platformUpdateDomain",
        "targetResourceId",
        "status",
        "error",
    ]
)
TEXTS = st.sampled_from([VM, "Uniform", "Flexible", "https://[", "//x", "PowerState/running", ""])
BODIES = st.recursive(
    TEXTS | st.integers(-1, 3) | st.booleans() | st.none(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=5),
    max_leaves=25,
)
HEADERS = st.dictionaries(
    st.sampled_from(["x-ms-ratelimit-remaining-resource", "x-ms-user-quota-remaining", "date"]),
    st.sampled_from(["", "x", "Microsoft.Compute/LowCostGet3Min;1,;", "3", "-1"]),
)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_response_breaks_it_and_the_number_of_requests_is_bounded(data: st.DataObject) -> None:
    def answer(*_: Any) -> Any:
        status = data.draw(st.sampled_from([200, 200, 200, 404, 429, 500]))
        return status, data.draw(HEADERS), json.dumps(data.draw(BODIES)).encode()

    arm = Arm(
        endpoint="https://management.azure.com",
        token="t",
        show=lambda _: None,
        most=MOST_REQUESTS,
        transport=answer,
    )
    survey(arm, "s")
    bundle = Bundle(exchanges=tuple(arm.exchanges))
    assert len(bundle.exchanges) <= MOST_REQUESTS
    assert "beliefs confirmed" in compared(anonymous(bundle))
