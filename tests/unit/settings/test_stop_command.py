"""The command that stops the app without its storage."""

import pytest

from shared.settings.azure.stop_command import stop_command


@pytest.mark.parametrize(
    ("env", "names"),
    [
        ({}, ("APP", "GROUP")),
        (
            {"WEBSITE_SITE_NAME": "func-1", "WEBSITE_RESOURCE_GROUP": "rg_(a).b-1"},
            ("func-1", "rg_(a).b-1"),
        ),
        ({"WEBSITE_SITE_NAME": "a; rm", "WEBSITE_RESOURCE_GROUP": "$(x) "}, ("APP", "GROUP")),
    ],
)
def test_it_names_app_and_group_where_the_platform_does(
    env: dict[str, str], names: tuple[str, str]
) -> None:
    app, group = names
    assert stop_command(env) == f"az functionapp stop --name {app} --resource-group {group}"
