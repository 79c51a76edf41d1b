"""The webhooks that the tests of notices call."""

from dataclasses import replace

import pytest

import shared.bootstrap
from tests.functions.conftest import AppFakes
from tests.functions.notice_webhooks import NoticeWebhooks, notice_webhooks
from tests.functions.notices.requests import OTHER
from tests.functions.test_triggers import SUBSCRIPTION


@pytest.fixture
def webhooks(app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch) -> NoticeWebhooks:
    """The webhooks over the app's fakes. Two subscriptions are watched."""
    made = notice_webhooks(
        replace(app_fakes.app, subscriptions=(SUBSCRIPTION, OTHER)), app_fakes.clock
    )
    monkeypatch.setattr(shared.bootstrap, "_inbox", made.inbox)
    return made
