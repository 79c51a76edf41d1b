"""Which machine has a health check, what its answer means, and what the writer of the rule is told."""

from datetime import timedelta

import pytest

from shared.domain.health.health_check import MOST_BYTES, Failed, Passed, Probe, ProbeRule, judge, probe_of
from shared.domain.job.particulars import renewed
from shared.domain.machine.machine import machine_id
from shared.domain.policy.parsing import read_policy
from shared.domain.policy.policy import Pace, Policy
from tests.unit.domain.samples import SUBSCRIPTION, a_job, a_machine, seen

TEMPLATE = "https://{name}.shop.example.com/health"
TAG = "forestall-probe"


class TestWhichMachineHasOne:
    def test_none_by_default(self) -> None:
        assert probe_of(a_machine(), ProbeRule(), TAG) is None

    def test_the_policys_template_is_filled_in(self) -> None:
        rule = ProbeRule(url="https://{name}.{resource_group}.example.com/{subscription}/{location}?n={name}")
        assert probe_of(a_machine("web-1"), rule, TAG) == Probe(
            url=f"https://web-1.shop.example.com/{SUBSCRIPTION}/westeurope?n=web-1"
        )

    def test_a_machines_own_tag_goes_first_in_any_spelling_of_its_name_and_its_own_of_its_value(self) -> None:
        machine = a_machine(tags={"Forestall-PROBE": " https://a.example.com/Ready "})
        assert probe_of(machine, ProbeRule(url=TEMPLATE), TAG) == Probe(
            url="https://a.example.com/Ready", by_tag=True
        )

    @pytest.mark.parametrize("value", ["off", "OFF", " Off "])
    def test_off_means_none(self, value: str) -> None:
        assert probe_of(a_machine(tags={TAG: value}), ProbeRule(url=TEMPLATE), TAG) is None

    def test_an_empty_tag_says_nothing(self) -> None:
        probe = probe_of(a_machine("web-1", tags={TAG: " "}), ProbeRule(url=TEMPLATE), TAG)
        assert probe == Probe(url="https://web-1.shop.example.com/health")

    def test_a_name_reaches_out_of_no_place(self) -> None:
        name = "x/../../a?b#c@d"
        home = (
            f"/subscriptions/{SUBSCRIPTION}/resourceGroups/a(b)/providers/Microsoft.Compute/virtualMachines/"
        )
        machine = a_machine(id=machine_id(home + name.replace("/", "")))
        rule = ProbeRule(url="https://fixed.example.com/{resource_group}/{name}")
        assert probe_of(machine, rule, TAG) == Probe(
            url="https://fixed.example.com/a%28b%29/x....a%3Fb%23c%40d"
        )

    def test_it_is_shown_without_what_may_be_a_secret(self) -> None:
        assert Probe(url="https://a.example.com/health?code=secret").place == "https://a.example.com/health"


class TestAJobFollowsItsMachine:
    def test_a_new_tag_is_taken_over_while_it_waits(self) -> None:
        machine = a_machine(tags={TAG: "https://new.example.com/"})
        news = renewed(a_job(), machine, seen(), Policy())
        assert news is not None
        assert news.probe == Probe(url="https://new.example.com/", by_tag=True)

    def test_a_tag_that_is_taken_away_takes_the_probe_with_it(self) -> None:
        job = a_job(probe=Probe(url="https://old.example.com/", by_tag=True))
        news = renewed(job, a_machine(), seen(), Policy())
        assert news is not None
        assert news.probe is None


class TestWhatAnAnswerMeans:
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
        assert (judge(status, b"", ProbeRule(statuses=statuses)) == Passed()) is healthy

    def test_by_its_text_within_the_bound(self) -> None:
        rule = ProbeRule(text="ok")
        assert judge(200, b"all is ok here", rule) == Passed()
        assert judge(200, b"x" * (MOST_BYTES - 2) + b"ok", rule) == Passed()
        assert isinstance(judge(200, b"x" * (MOST_BYTES - 1) + b"ok", rule), Failed)
        assert isinstance(judge(503, b"ok", rule), Failed)


class TestWhatItsWriterIsTold:
    @pytest.mark.parametrize(
        "rule",
        [
            ProbeRule(),
            ProbeRule(url=TEMPLATE, allowed=(".example.com", "10.0.0.0/8"), statuses=("200",), text="ok"),
            ProbeRule(url="http://health.example.com:8080/{subscription}/{resource_group}/{name}"),
            ProbeRule(url="https://{name}-{location}.corp.internal:8443/"),
            ProbeRule(timeout=timedelta(seconds=20)),
        ],
    )
    def test_nothing_where_all_is_well(self, rule: ProbeRule) -> None:
        Policy(probe=rule)

    @pytest.mark.parametrize(
        ("rule", "told"),
        [
            (ProbeRule(statuses=()), "name one status at least"),
            (ProbeRule(statuses=("2xx",)), "'2xx' is none: write 204 or 200-299"),
            (ProbeRule(statuses=("299-200",)), "'299-200' is none"),
            (ProbeRule(statuses=("600",)), "'600' is none"),
            (ProbeRule(text=""), "leave it out"),
            (ProbeRule(timeout=timedelta(0)), "must be positive, and at most 20 s"),
            (ProbeRule(timeout=timedelta(seconds=21)), "must be positive, and at most 20 s"),
            (ProbeRule(allowed=("*.example.com",)), "probe.allowed: '*.example.com' is none of"),
            (ProbeRule(url="https://{vm}.example.com/"), "{vm} is not known; known are {name}"),
            (ProbeRule(url="ftp://{name}.example.com/"), "probe.url: 'ftp://x.example.com/' is no URL"),
            (ProbeRule(url="https://{name}/health"), "its host must end in text of its own"),
            (ProbeRule(url="https://{name}:8080/health"), "its host must end in text of its own"),
            (ProbeRule(url="https://web.{location}/health"), "its host must end in text of its own"),
            (ProbeRule(url="https://{name}shop.example.com/"), "its host must end in text of its own"),
        ],
    )
    def test_what_to_mend_where_it_is_not(self, rule: ProbeRule, told: str) -> None:
        with pytest.raises(ValueError, match=r"^probe\.") as fault:
            Policy(probe=rule)
        assert told in str(fault.value)

    def test_a_probe_in_use_must_fit_into_the_leases(self) -> None:
        short = Pace(lease=timedelta(seconds=16), poll_every=timedelta(seconds=1))
        Policy(pace=short)
        for rule in (ProbeRule(url=TEMPLATE), ProbeRule(allowed=(".example.com",))):
            with pytest.raises(ValueError, match=r"at most a quarter of pace\.lease"):
                Policy(pace=short, probe=rule)

    def test_it_is_written_as_json_like_every_other_rule(self) -> None:
        text = '{"probe": {"url": "%s", "allowed": ["10.0.0.0/8"], "statuses": ["204"], "text": "ok", "timeout": "PT3S"}}'
        assert read_policy(text % TEMPLATE).probe == ProbeRule(
            url=TEMPLATE, allowed=("10.0.0.0/8",), statuses=("204",), text="ok", timeout=timedelta(seconds=3)
        )
        with pytest.raises(ValueError, match=r"`probe\.uri` is not a rule. Did you mean `probe\.url`"):
            read_policy('{"probe": {"uri": "x"}}')
