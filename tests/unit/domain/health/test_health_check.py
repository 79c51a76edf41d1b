"""Which machine has a health check, what its response means, and what the rule's author gets."""

from datetime import timedelta

import pytest

from shared.domain.health.health_check import (
    MOST_BYTES,
    HealthCheck,
    HealthCheckPolicy,
    Healthy,
    Unhealthy,
    evaluate_response,
    health_check_of,
)
from shared.domain.job.spec import changed_spec
from shared.domain.machine.machine import machine_id
from shared.domain.policy.parsing import read_policy
from shared.domain.policy.policy import Policy, Timing
from tests.unit.domain.samples import SUBSCRIPTION, a_job, a_machine, observation

TEMPLATE = "https://{name}.shop.example.com/health"
TAG = "forestall-health-check"


class TestWhichMachineHasOne:
    def test_none_by_default(self) -> None:
        assert health_check_of(a_machine(), HealthCheckPolicy(), TAG) is None

    def test_the_policys_template_is_filled_in(self) -> None:
        rule = HealthCheckPolicy(
            url="https://{name}.{resource_group}.example.com/{subscription}/{location}?n={name}"
        )
        assert health_check_of(a_machine("web-1"), rule, TAG) == HealthCheck(
            url=f"https://web-1.shop.example.com/{SUBSCRIPTION}/westeurope?n=web-1"
        )

    def test_a_machines_own_tag_goes_first_in_any_spelling_of_its_name_and_its_own_of_its_value(
        self,
    ) -> None:
        machine = a_machine(tags={"Forestall-Health-CHECK": " https://a.example.com/Ready "})
        assert health_check_of(machine, HealthCheckPolicy(url=TEMPLATE), TAG) == HealthCheck(
            url="https://a.example.com/Ready", by_tag=True
        )

    @pytest.mark.parametrize("value", ["off", "OFF", " Off "])
    def test_off_means_none(self, value: str) -> None:
        assert (
            health_check_of(a_machine(tags={TAG: value}), HealthCheckPolicy(url=TEMPLATE), TAG)
            is None
        )

    def test_an_empty_tag_says_nothing(self) -> None:
        check = health_check_of(
            a_machine("web-1", tags={TAG: " "}), HealthCheckPolicy(url=TEMPLATE), TAG
        )
        assert check == HealthCheck(url="https://web-1.shop.example.com/health")

    def test_a_name_reaches_out_of_no_place(self) -> None:
        name = "x/../../a?b#c@d"
        home = (
            f"/subscriptions/{SUBSCRIPTION}/resourceGroups/a(b)"
            "/providers/Microsoft.Compute/virtualMachines/"
        )
        machine = a_machine(id=machine_id(home + name.replace("/", "")))
        rule = HealthCheckPolicy(url="https://fixed.example.com/{resource_group}/{name}")
        assert health_check_of(machine, rule, TAG) == HealthCheck(
            url="https://fixed.example.com/a%28b%29/x....a%3Fb%23c%40d"
        )

    def test_it_is_shown_without_what_may_be_a_secret(self) -> None:
        assert (
            HealthCheck(url="https://a.example.com/health?code=secret").display_url
            == "https://a.example.com/health"
        )


class TestAJobFollowsItsMachine:
    def test_a_new_tag_is_taken_over_while_it_waits(self) -> None:
        machine = a_machine(tags={TAG: "https://new.example.com/"})
        news = changed_spec(a_job(), machine, observation(), Policy())
        assert news is not None
        assert news.health_check == HealthCheck(url="https://new.example.com/", by_tag=True)

    def test_a_tag_that_is_taken_away_takes_the_health_check_with_it(self) -> None:
        job = a_job(health_check=HealthCheck(url="https://old.example.com/", by_tag=True))
        news = changed_spec(job, a_machine(), observation(), Policy())
        assert news is not None
        assert news.health_check is None


class TestWhatAResponseMeans:
    @pytest.mark.parametrize(
        ("status", "statuses", "healthy"),
        [
            (200, ("200-299",), True),
            (299, ("200-299",), True),
            (300, ("200-299",), False),
            (199, ("200-299",), False),
            (204, ("204",), True),
            (200, ("204",), False),
            (401, ("204", "400-403"), True),
        ],
    )
    def test_by_its_status(self, status: int, statuses: tuple[str, ...], *, healthy: bool) -> None:
        assert (
            evaluate_response(status, b"", HealthCheckPolicy(expected_statuses=statuses))
            == Healthy()
        ) is healthy

    def test_by_its_text_within_the_bound(self) -> None:
        rule = HealthCheckPolicy(expected_text="ok")
        assert evaluate_response(200, b"all is ok here", rule) == Healthy()
        assert evaluate_response(200, b"x" * (MOST_BYTES - 2) + b"ok", rule) == Healthy()
        assert isinstance(evaluate_response(200, b"x" * (MOST_BYTES - 1) + b"ok", rule), Unhealthy)
        assert isinstance(evaluate_response(503, b"ok", rule), Unhealthy)


class TestProblemsReportedToTheWriter:
    @pytest.mark.parametrize(
        "rule",
        [
            HealthCheckPolicy(),
            HealthCheckPolicy(
                url=TEMPLATE,
                allowed_targets=(".example.com", "10.0.0.0/8"),
                expected_statuses=("200",),
                expected_text="ok",
            ),
            HealthCheckPolicy(
                url="http://health.example.com:8080/{subscription}/{resource_group}/{name}"
            ),
            HealthCheckPolicy(url="https://{name}-{location}.corp.internal:8443/"),
            HealthCheckPolicy(timeout=timedelta(seconds=20)),
        ],
    )
    def test_nothing_where_all_is_well(self, rule: HealthCheckPolicy) -> None:
        Policy(health_check=rule)

    @pytest.mark.parametrize(
        ("rule", "told"),
        [
            (HealthCheckPolicy(expected_statuses=()), "name one status at least"),
            (HealthCheckPolicy(expected_statuses=("2xx",)), "'2xx' is none: write 204 or 200-299"),
            (HealthCheckPolicy(expected_statuses=("299-200",)), "'299-200' is none"),
            (HealthCheckPolicy(expected_statuses=("600",)), "'600' is none"),
            (HealthCheckPolicy(expected_text=""), "leave it out"),
            (HealthCheckPolicy(timeout=timedelta(0)), "must be positive, and at most 20 s"),
            (
                HealthCheckPolicy(timeout=timedelta(seconds=21)),
                "must be positive, and at most 20 s",
            ),
            (
                HealthCheckPolicy(allowed_targets=("*.example.com",)),
                "health_check.allowed_targets: '*.example.com' is none of",
            ),
            (
                HealthCheckPolicy(url="https://{vm}.example.com/"),
                "{vm} is not known; known are {name}",
            ),
            (
                HealthCheckPolicy(url="ftp://{name}.example.com/"),
                "health_check.url: 'ftp://x.example.com/' is no URL",
            ),
            (
                HealthCheckPolicy(url="https://{name}/health"),
                "its host must end in text of its own",
            ),
            (
                HealthCheckPolicy(url="https://{name}:8080/health"),
                "its host must end in text of its own",
            ),
            (
                HealthCheckPolicy(url="https://web.{location}/health"),
                "its host must end in text of its own",
            ),
            (
                HealthCheckPolicy(url="https://{name}shop.example.com/"),
                "its host must end in text of its own",
            ),
        ],
    )
    def test_what_to_mend_where_it_is_not(self, rule: HealthCheckPolicy, told: str) -> None:
        with pytest.raises(ValueError, match=r"^health_check\.") as fault:
            Policy(health_check=rule)
        assert told in str(fault.value)

    def test_a_health_check_in_use_must_fit_into_the_leases(self) -> None:
        short = Timing(lease_duration=timedelta(seconds=16), poll_interval=timedelta(seconds=1))
        Policy(timing=short)
        for rule in (
            HealthCheckPolicy(url=TEMPLATE),
            HealthCheckPolicy(allowed_targets=(".example.com",)),
        ):
            with pytest.raises(ValueError, match=r"at most a quarter of timing\.lease_duration"):
                Policy(timing=short, health_check=rule)

    def test_it_is_written_as_json_like_every_other_rule(self) -> None:
        text = (
            '{"health_check": {"url": "%s", "allowed_targets": ["10.0.0.0/8"], '
            '"expected_statuses": ["204"], "expected_text": "ok", "timeout": "PT3S"}}'
        )
        assert read_policy(text % TEMPLATE).health_check == HealthCheckPolicy(
            url=TEMPLATE,
            allowed_targets=("10.0.0.0/8",),
            expected_statuses=("204",),
            expected_text="ok",
            timeout=timedelta(seconds=3),
        )
        with pytest.raises(
            ValueError, match=r"`health_check\.uri` is not a rule. Did you mean `health_check\.url`"
        ):
            read_policy('{"health_check": {"uri": "x"}}')
