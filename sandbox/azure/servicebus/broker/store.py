"""Messages by sequence number, in order.

Direct access to any one, and to the next ones after a number without a walk through all.
"""

from bisect import bisect_left
from collections.abc import Iterator

from sandbox.azure.servicebus.broker.message import Message

_COMPACT_FROM = 64  # below this many gaps the list of numbers is not worth rebuilding


class MessageStore:
    """Numbers only grow, so an append keeps the order.

    A removal leaves a gap, and gaps are taken out in bulk.
    """

    def __init__(self) -> None:
        self.size = 0  # bytes of all messages as they were sent
        self._messages: dict[int, Message] = {}
        self._numbers: list[int] = []

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, message: Message) -> None:
        """Append a message whose sequence number is higher than every one before."""
        self._messages[message.sequence_number] = message
        self._numbers.append(message.sequence_number)
        self.size += message.content.size

    def get(self, sequence_number: int) -> Message | None:
        """The message with this number, if it is here."""
        return self._messages.get(sequence_number)

    def remove(self, message: Message) -> None:
        """Take out a message that is here."""
        del self._messages[message.sequence_number]
        self.size -= message.content.size
        gaps = len(self._numbers) - len(self._messages)
        if gaps > _COMPACT_FROM and gaps > len(self._messages):
            self._numbers = list(self._messages)

    def from_number(self, sequence_number: int) -> Iterator[Message]:
        """Every message with this number or a higher one, in order."""
        for index in range(bisect_left(self._numbers, sequence_number), len(self._numbers)):
            message = self._messages.get(self._numbers[index])
            if message is not None:
                yield message
