"""FORESTALL_POLICY: the rules of the installation. FORESTALL_POLICY_FILES: where they are."""

from shared.domain.policy.files.load import load_platform_policy
from shared.domain.policy.parsing import read_policy
from shared.domain.policy.policy import Policy, PolicyProblems
from shared.settings.container import read_container
from shared.settings.reading.reader import Reader

POLICY = "FORESTALL_POLICY"


def read_policy_setting(reader: Reader) -> Policy:
    """The policy: a platform file in YAML or JSON, or the older JSON without a version.

    The reader keeps every problem; the policy is the default then.
    """
    text = reader.text("FORESTALL_POLICY")
    if text and (not text.startswith("{") or '"version"' in text):
        return _policy_file(text, reader)
    try:
        return read_policy(text)
    except PolicyProblems as fault:
        for each in fault.problems:
            reader.problem("FORESTALL_POLICY", each)
        return Policy()


def _policy_file(text: str, reader: Reader) -> Policy:
    found = load_platform_policy(text, "FORESTALL_POLICY")
    if isinstance(found, Policy):
        return found
    for each in found.problems:
        named = f"`{each.key}` " if each.key else ""
        where = f"line {each.place.line}, column {each.place.column}"
        reader.problem("FORESTALL_POLICY", f"{where}: {named}{each.text}")
    return Policy()


def read_policy_files(reader: Reader) -> str:
    """The path or the container of the policy files; empty without them.

    Whether the files are sound is found when they are read: a fault stops new starts alone.
    """
    text = reader.text("FORESTALL_POLICY_FILES")
    if text and reader.is_set("FORESTALL_POLICY"):
        reader.problem("FORESTALL_POLICY_FILES", "FORESTALL_POLICY is set too. Remove one of them.")
    return reader.value("FORESTALL_POLICY_FILES", _place, "")


def _place(text: str) -> str:
    if "://" not in text:
        return text
    return read_container(text, otherwise=", or a path on the machine of the app")
