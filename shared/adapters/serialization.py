"""Domain values as the JSON text in which they are stored, the same for every store.

Knows no store.
"""

import msgspec

from shared.errors import StorageUnavailable, TooLarge

#: An entity of Table Storage may have 1 MiB, and text counts two bytes a UTF-16 unit
#: (learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model). The
#: rest is for columns.
MAX_BYTES = 900 * 1024


def to_text(value: object) -> str:
    """The value as JSON text.

    TooLarge if Table Storage would refuse it, whichever store it is meant for.
    """
    text = msgspec.json.encode(value).decode()
    size = len(text.encode("utf-16-le"))
    if size > MAX_BYTES:
        raise TooLarge(
            f"a {type(value).__name__} of {size} bytes does not fit into its store, which takes {MAX_BYTES}"
        )
    return text


def from_text[T](text: str, kind: type[T]) -> T:
    """The value that was stored.

    StorageUnavailable, with the place of the fault, if the text is none.

    Fields that this version of the app does not know are passed over, so that an older version can
    follow a newer one.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, ValueError) as fault:
        raise StorageUnavailable(f"a stored {kind.__name__} cannot be read: {fault}") from fault
