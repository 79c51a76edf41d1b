"""What is found to be tied to one machine, and what is not."""

import pytest

from toolchain.checks import portable

# Put together from parts, as the check looks at this file, too.
INDEX = "https://pypi" + ".org/simple"
HOME = "/" + "root/"
BESIDE = "../" + "shared/tools"


@pytest.mark.parametrize(
    "text", [f"see {INDEX}", f"path = {HOME}checkout", f'"{HOME}x"', f"ls {BESIDE}"]
)
def test_a_registry_host_or_a_path_of_one_machine_is_found(text: str) -> None:
    found = list(portable.findings("a.md", f"first\n{text}\n"))
    assert [line.rsplit(":", 1)[0] for line in found] == ["a.md:2"]


@pytest.mark.parametrize(
    "text",
    [
        "/subscriptions/s/resourceGroups/g/workloads/w",
        "docs/work/plan.md",
        "${ROOT}" + HOME,
        "npm, pip and apt-get",
        "from shared import domain",
    ],
)
def test_other_text_is_not(text: str) -> None:
    assert list(portable.findings("a.md", text)) == []


def test_only_continuous_integration_may_look_beside_the_checkout() -> None:
    assert list(portable.findings(".ci/run", BESIDE)) == []
    assert list(portable.findings("Makefile", BESIDE)) != []
