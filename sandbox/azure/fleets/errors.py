"""The one error of this package: a fleet that cannot be used, told so that its owner can repair it.

It does not stand for missing maintenance information; that is a note, not an error.
"""

from pathlib import Path


class FleetError(Exception):
    """A fleet file is unreadable or contradicts itself.

    Which file, which place in it, and what to do.
    """

    def __init__(
        self, *, problem: str, remedy: str, place: str = "", file: Path | None = None
    ) -> None:
        """Keep the parts; the message is composed when it is shown: the file is known last."""
        super().__init__(problem, remedy, place, file)
        self.problem = problem
        self.remedy = remedy
        self.place = place
        self.file = file

    def found_in(self, file: Path) -> "FleetError":
        """The same error, naming the file it was found in."""
        return FleetError(problem=self.problem, remedy=self.remedy, place=self.place, file=file)

    def __str__(self) -> str:
        """One line: `file: place: problem. remedy`."""
        where = ": ".join(part for part in (str(self.file or ""), self.place) if part)
        text = f"{self.problem.rstrip('.')}. {self.remedy}"
        return f"{where}: {text}" if where else text
