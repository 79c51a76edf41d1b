"""Reads settings by their names and collects what is wrong with them.

The only reader of the environment in the app.
"""

from collections.abc import Callable, Mapping

from shared.settings.reading.references import has_reference


class Reader:
    """Settings by name.

    A problem is kept, and the reading continues, so that all problems are known at the end.

    Space and marks of byte order around a value do not count. An unresolved reference reads as no
    value; `references.unresolved` reports it.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        #: one sentence or two each: `NAME: what is wrong, and what to write`
        self.problems: list[str] = []
        #: every name that was asked for, whether it is set or not
        self.names: set[str] = set()
        #: by setting: a value that another setting gives, and the place of it in problems
        self._given: dict[str, tuple[str, str]] = {}

    def give(self, name: str, text: str, place: str) -> None:
        """Let another setting give the value of this one; `place` is its place there.

        A problem if both give one: nobody would know which of them counts.
        """
        if self.is_set(name):
            self.problems.append(f"{place}: {name} is set, too. Keep one of the two.")
        self._given[name] = text, place

    def text(self, name: str) -> str:
        """The value as it is written; empty if there is none."""
        self.names.add(name)
        given = self._given.get(name)
        text = given[0] if given else bare(self.env.get(name, ""))
        return "" if has_reference(text) else text

    def is_set(self, name: str) -> bool:
        """Whether somebody wrote a value, sound or not.

        Rules on several settings ask this, and add no second problem.
        """
        self.names.add(name)
        return name in self._given or bool(bare(self.env.get(name, "")))

    def value[T](self, name: str, read: Callable[[str], T], default: T) -> T:
        """The value as `read` makes it; the default where there is none.

        A ValueError of `read` becomes a problem.
        """
        text = self.text(name)
        if not text:
            return default
        try:
            return read(text)
        except ValueError as fault:
            self.problem(name, str(fault))
            return default

    def values[T](self, name: str, read: Callable[[str], T]) -> tuple[T, ...]:
        """The parts between commas, each once, in order.

        Each part that `read` refuses is a problem of its own.
        """
        found: dict[T, None] = {}
        for part in self.text(name).split(","):
            if not part.strip():
                continue
            try:
                found[read(part.strip())] = None
            except ValueError as fault:
                self.problem(name, str(fault))
        return tuple(found)

    def require_together(self, *names: str) -> None:
        """Settings that have no use one without the other.

        Each one that is missing is a problem.
        """
        there = [each for each in names if self.is_set(each)]
        for name in names:
            if there and name not in there:
                self.problem(name, f"it is not set, and {there[0]} needs it. Set both or neither.")

    def problem(self, name: str, what: str) -> None:
        """Keep a problem, with the place of the value. `what` must show nothing of a secret."""
        place = self._given[name][1] if name in self._given else name
        self.problems.append(f"{place}: {what}")


def bare(text: str) -> str:
    """A value without the space and the marks of byte order around it."""
    return text.strip().strip("\ufeff").strip()
