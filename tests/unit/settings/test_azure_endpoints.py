"""The app asks for tokens of Azure's own clouds alone, and sends them to that cloud's hosts."""

import pytest

from shared.domain.clouds import CLOUDS, Cloud, cloud_of, host_of, issuers_of
from shared.settings.azure.endpoints import read_resource_manager
from shared.settings.notices import read_trusted_senders
from shared.settings.reading.reader import Reader

CHINA = "login.partner.microsoftonline.cn"
ENDPOINT, AUDIENCE = "FORESTALL_ARM_ENDPOINT", "FORESTALL_ARM_AUDIENCE"


def read(**env: str) -> tuple[str, str, list[str]]:
    reader = Reader(env)
    endpoint, audience = read_resource_manager(reader)
    return endpoint.url, audience, reader.problems


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda each: each.resource_manager)
def test_each_cloud_has_its_own_audiences(cloud: Cloud) -> None:
    for host in cloud.audiences:
        for text in (f"https://{host}", f"https://{host}/"):
            endpoint = f"https://{cloud.resource_manager}/"
            assert read(**{ENDPOINT: endpoint, AUDIENCE: text}) == (endpoint[:-1], text, [])
    for other in CLOUDS:
        if other is not cloud:
            _, _, problems = read(
                **{
                    ENDPOINT: f"https://{cloud.resource_manager}",
                    AUDIENCE: f"https://{other.audiences[0]}",
                }
            )
            assert len(problems) == 1
            assert f"Write https://{cloud.audiences[0]} or" in problems[0]


@pytest.mark.parametrize(
    "url",
    [
        "https://management.example.com",
        "https://management.azure.com.example.com",
        "https://azure.com",
        "https://xmanagement.azure.com",
        "https://management.azure.com:8443",
        "https://management.core.windows.net",
        "https://graph.microsoft.com",
        "https://169.254.169.254",
        "https://management.microsoftazure.de",
    ],
)
def test_no_other_host_gets_a_token(url: str) -> None:
    endpoint, audience, problems = read(**{ENDPOINT: url})

    assert (endpoint, audience) == ("https://management.azure.com",) * 2
    (problem,) = problems
    assert problem.startswith(f"{ENDPOINT}: {url!r} is not Azure Resource Manager of a cloud")
    assert problem.endswith("https://management.chinacloudapi.cn.")


@pytest.mark.parametrize(
    "text",
    [
        "https://vault.azure.net",
        "https://graph.microsoft.com",
        "https://storage.azure.com/",
        "https://management.azure.com.example.com",
        "https://example.com/management.azure.com",
    ],
)
def test_no_other_token_is_asked_for(text: str) -> None:
    _, _, problems = read(**{AUDIENCE: text})

    assert len(problems) == 1
    assert problems[0].startswith(f"{AUDIENCE}: '{text}' ")


def test_a_simulator_gets_tokens_for_itself_alone() -> None:
    here = "http://127.0.0.1:8181"

    assert read(**{ENDPOINT: here}) == (here, here, [])
    (problem,) = read(**{ENDPOINT: here, AUDIENCE: "https://management.azure.com"})[2]
    assert problem.endswith(f"is no audience of {here}. Write {here}, or leave it out.")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("FORESTALL_MAIL_GRAPH_ENDPOINT", "https://dod-graph.microsoft.us", "https://graph.x.com"),
        ("FORESTALL_WEBHOOK_AUTHORITY", "https://login.windows.net", "https://login.x.com"),
    ],
)
def test_graph_and_entra_are_azures_too(name: str, good: str, bad: str) -> None:
    right, wrong = Reader({name: good}), Reader({name: bad})
    read_trusted_senders(right)
    read_trusted_senders(wrong)

    assert right.problems == []
    assert len(wrong.problems) == 1
    assert "of a cloud of Azure. Write one of https://" in wrong.problems[0]


@pytest.mark.parametrize(
    ("authority", "v2", "v1"),
    [
        ("https://login.microsoftonline.com", "login.microsoftonline.com", "sts.windows.net"),
        ("https://login.windows.net", "login.microsoftonline.com", "sts.windows.net"),
        ("https://login.microsoftonline.us", "login.microsoftonline.us", "sts.windows.net"),
        ("https://login.chinacloudapi.cn", CHINA, "sts.chinacloudapi.cn"),
        (f"https://{CHINA}", CHINA, "sts.chinacloudapi.cn"),
        ("https://127.0.0.1:9", "127.0.0.1:9", "sts.windows.net"),
    ],
)  # fmt: skip
def test_an_authority_names_its_own_issuers(authority: str, v2: str, v1: str) -> None:
    assert issuers_of(authority, "t") == (f"https://{v2}/t/v2.0", f"https://{v1}/t/")


def test_no_host_belongs_to_two_clouds() -> None:
    hosts = [
        host for each in CLOUDS for host in (each.resource_manager, *each.graph, *each.authorities)
    ]

    assert len(set(hosts)) == len(hosts)
    assert cloud_of("https://management.azure.com") is CLOUDS[0]


@pytest.mark.parametrize("url", ["http://management.azure.com", "https://[::1", "", "x"])
def test_what_is_no_https_address_has_no_host(url: str) -> None:
    assert host_of(url) == ""
