"""A mail that an inbound-mail service hands over. Whatever it says, it starts scans and nothing else."""

from collections.abc import Sequence

from shared.domain.notices.http import Call, Delivery, Handshake, Refusal
from shared.domain.notices.mail.message import Mail
from shared.domain.notices.mail.reading import read_maintenance_mail
from shared.domain.notices.mail.sender_proof import proof_of_sender
from shared.domain.notices.notice import Proof
from shared.usecases.notices.inbox import Inbox
from shared.usecases.notices.receive import Receipt, drop, receive
from shared.usecases.notices.renew_graph_subscription import heed_events


async def receive_mail(inbox: Inbox, provider: str, call: Call) -> Sequence[Receipt] | Handshake | Refusal:
    """Have the provider's door check the call, then receive each mail that proves its sender, and drop the others."""
    door = inbox.mail.get(provider)
    if door is None:
        return Refusal(
            status=404, reason=f"no mail service {provider[:40]!r}; known are {', '.join(sorted(inbox.mail))}"
        )
    opened = await door.open(call)
    if not isinstance(opened, Delivery):
        return opened
    if opened.token and await inbox.notices.bind(opened.token, opened.digest) != opened.digest:
        return Refusal(status=401, reason="the signature's token was used for another mail: a replay")
    receipts = [await _receive(inbox, mail, opened.proof) for mail in opened.mails]
    return [*receipts, *await heed_events(inbox, opened.events, opened.proof)]


async def _receive(inbox: Inbox, mail: Mail, proof: Proof) -> Receipt:
    notice = read_maintenance_mail(mail)
    sender = proof_of_sender(mail, inbox.senders)
    if isinstance(sender, str):
        return await drop(inbox, notice, proof, sender)
    return await receive(inbox, notice, proof, sender)
