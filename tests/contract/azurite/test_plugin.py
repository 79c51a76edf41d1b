"""What tests get from the plugin, and what happens to them where Azurite is missing."""

import re

import pytest

from sandbox.azure.azurite.pytest_plugin import refuse, unused_name


def test_a_laptop_without_azurite_skips() -> None:
    with pytest.raises(pytest.skip.Exception, match="make prepare"):
        refuse("run `make prepare`", in_ci=False)


def test_continuous_integration_without_azurite_fails() -> None:
    with pytest.raises(pytest.fail.Exception, match="make prepare"):
        refuse("run `make prepare`", in_ci=True)


def test_every_test_gets_names_of_its_own_that_tables_and_containers_may_have() -> None:
    names = {unused_name() for _ in range(100)}
    assert len(names) == 100
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9]{2,62}", name)] == []
