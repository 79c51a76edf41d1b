"""A mail that an inbound-mail service hands over.

It starts scans and nothing else.
"""

from collections.abc import Sequence
from functools import partial

from shared.domain.notices.http import Handshake, MailDelivery, Refusal, WebhookRequest
from shared.domain.notices.mail.assessment import assess
from shared.domain.notices.mail.message import Mail
from shared.domain.notices.notice import Authentication
from shared.usecases.notices.dropped import drop
from shared.usecases.notices.inbox import Inbox
from shared.usecases.notices.receipt import Receipt
from shared.usecases.notices.receive import receive
from shared.usecases.notices.renew_graph_subscription import handle_lifecycle_events


async def receive_mail(
    inbox: Inbox, provider: str, request: WebhookRequest
) -> Sequence[Receipt] | Handshake | Refusal:
    """Check the call of the provider, then receive each authenticated mail; drop the others."""
    webhook = inbox.mail.get(provider)
    if webhook is None:
        return Refusal(
            status=404,
            reason=f"no mail service {provider[:40]!r}; known are {', '.join(sorted(inbox.mail))}",
        )
    opened = await webhook.read_mails(request)
    if not isinstance(opened, MailDelivery):
        return opened
    if (
        opened.token
        and await inbox.notices.bind(opened.token, opened.digest, inbox.app.now()) != opened.digest
    ):
        return Refusal(
            status=401, reason="the signature's token was used for another mail: a replay"
        )
    receipts = [await _receive(inbox, mail, opened.authentication) for mail in opened.mails]
    return [*receipts, *await handle_lifecycle_events(inbox, opened.events, opened.authentication)]


async def _receive(inbox: Inbox, mail: Mail, authentication: Authentication) -> Receipt:
    found = await inbox.worker.run(partial(assess, mail, inbox.senders))
    if isinstance(found.sender, str):
        return await drop(inbox, found.notice, authentication, found.sender)
    return await receive(inbox, found.notice, authentication, found.sender)
