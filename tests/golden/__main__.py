"""Write the golden rows of the release that is being made.

Those of a released version are never written again.

python -m tests.golden
"""

from shared.adapters.serialization import to_text
from shared.domain.messages import encode
from tests.golden.files import IN_THE_MAKING, folder_of, is_released
from tests.golden.values import messages, stored_values


def main() -> None:
    """Write one file for each value."""
    if is_released(IN_THE_MAKING):
        raise SystemExit(
            f"{IN_THE_MAKING} is released, so its rows stay as they are."
            " Set IN_THE_MAKING to the next version."
        )
    folder = folder_of(IN_THE_MAKING)
    folder.mkdir(exist_ok=True)
    for name, value in stored_values():
        (folder / f"{name}.row.json").write_text(f"{to_text(value)}\n", encoding="utf-8")
    for name, message in messages():
        text = f"{encode(message)}\n"  # type: ignore[arg-type]
        (folder / f"{name}.message.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
