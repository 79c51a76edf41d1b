"""What the SDKs log into a log that accepts INFO, like that of the Functions worker."""

import logging
from collections.abc import Iterator

import pytest

import shared.bootstrap
from shared.adapters.tables.account import Tables
from shared.adapters.tables.jobs import TableJobs
from shared.errors import SettingsError
from shared.telemetry import quiet_sdk_loggers
from tests.contract.ports.samples import a_job

SDKS = logging.getLogger("azure")


@pytest.fixture(autouse=True)
def as_in_a_new_process() -> Iterator[None]:
    before = SDKS.level
    SDKS.setLevel(logging.NOTSET)
    yield
    SDKS.setLevel(before)


async def test_an_app_that_was_built_is_alone_in_its_log(
    tables: Tables, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = TableJobs(tables=tables)

    def said_by_sdks() -> list[str]:
        return [record.name for record in caplog.records if record.name.startswith("azure.")]

    with caplog.at_level(logging.INFO):
        await jobs.insert(a_job())
        assert len(said_by_sdks()) >= 2, "or there would be nothing to hush"
        caplog.clear()
        quiet_sdk_loggers()
        await jobs.all()
    assert said_by_sdks() == []
    assert SDKS.isEnabledFor(logging.WARNING)


async def test_the_sdks_are_hushed_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shared.bootstrap, "_app", None)
    monkeypatch.setattr("os.environ", {})
    with pytest.raises(SettingsError):
        await shared.bootstrap.get_app()
    assert SDKS.level == logging.WARNING


def test_a_level_that_somebody_has_set_stays() -> None:
    SDKS.setLevel(logging.DEBUG)
    quiet_sdk_loggers()
    assert SDKS.level == logging.DEBUG
