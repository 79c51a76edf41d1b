"""Policy files that somebody wants to try: as they were sent, or over those in force."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.policy.files.document import PolicyFile
from shared.domain.policy.files.layers import LayeredPolicy
from shared.domain.policy.files.load import Refused, load_policy
from shared.domain.policy.files.node import FileProblem, Place
from shared.usecases.app import App


@dataclass(frozen=True, slots=True)
class Trial:
    """The files that were tried, and the policy that they are, or their problems."""

    files: tuple[PolicyFile, ...]
    outcome: LayeredPolicy | Refused

    @property
    def policy(self) -> LayeredPolicy | None:
        """The policy; None: the files are refused."""
        return self.outcome if isinstance(self.outcome, LayeredPolicy) else None


def try_files(app: App, files: Sequence[PolicyFile]) -> Trial:
    """Read files as the app would. Nothing comes into force.

    Without a platform file they replace the files of the same name in the version in force, or are
    added to them. So an owner can try one file alone.
    """
    if not files:
        return _refused(files, "no file was sent. Name the policy files.")
    platforms = [each for each in files if each.is_platform]
    if len(platforms) > 1:
        names = " and ".join(each.name for each in platforms)
        return _refused(files, f"more than one platform file was sent: {names}. Send one.")
    names_sent = [each.name for each in files]
    twice = {each for each in names_sent if names_sent.count(each) > 1}
    if twice:
        return _refused(files, f"{min(twice)} was sent twice. Send it once.")
    whole = tuple(files)
    if not platforms:
        in_force = _files_in_force(app)
        if in_force is None:
            return _refused(
                files,
                "no published version is in force that they could be added to."
                " Send the platform file, too.",
            )
        sent = {each.name: each for each in files}
        kept = [_taking_its_place(each, sent) for each in in_force]
        whole = (*kept, *sent.values())
    return Trial(whole, load_policy(whole, app.now()))


def _taking_its_place(file: PolicyFile, sent: dict[str, PolicyFile]) -> PolicyFile:
    """The file that was sent under this name, which keeps its part, or the stored one."""
    other = sent.pop(file.name, None)
    return file if other is None else PolicyFile(file.name, other.text, file.is_platform)


def _files_in_force(app: App) -> tuple[PolicyFile, ...] | None:
    """None: the rules in force are those of a setting, or there are none."""
    stored = app.policy_in_force.stored
    return None if stored is None else stored.files


def _refused(files: Sequence[PolicyFile], text: str) -> Trial:
    place = Place(files[0].name if files else "policy")
    return Trial(tuple(files), Refused((FileProblem(place, "", text),)))
