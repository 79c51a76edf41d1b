"""A Service Health alert that an action group posts."""

from shared.domain.notices.azure_monitor import read_azure_monitor
from shared.domain.notices.http import Refusal, WebhookRequest
from shared.domain.notices.untrusted_json import read_json
from shared.usecases.notices.hold_regions import hold_regions
from shared.usecases.notices.inbox import Inbox
from shared.usecases.notices.receipt import Receipt
from shared.usecases.notices.receive import receive


async def receive_service_health(inbox: Inbox, request: WebhookRequest) -> Receipt | Refusal:
    """Check the caller, then read and receive the alert.

    UnreadableNotice where the body is none.
    """
    authentication = await inbox.service_health.authenticate(request)
    if isinstance(authentication, Refusal):
        return authentication
    notice = read_azure_monitor(read_json(request.body))
    await hold_regions(inbox, notice, authentication)
    return await receive(inbox, notice, authentication)
