"""What an account of AWS is asked, and what a person is told: against a double of its command line."""

from pathlib import Path

import pytest

from airgap.check import Check
from components.platforms.accounts.aws import AwsAccount
from components.platforms.accounts.aws_quotas import NEEDS
from tests.doubles.command_lines import Failure, Programs

IDENTITY, QUOTA = "sts get-caller-identity", "service-quotas get-service-quota"
VCPUS = f"{QUOTA} --service-code ec2 --quota-code L-1216C47A"


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    monkeypatch.setenv("PATH", str(tmp_path))
    return Programs.install(tmp_path, "aws")


@pytest.fixture
def account(aws: Programs) -> AwsAccount:
    return AwsAccount("123456789012", "eu-west-1")


def quotas(account: AwsAccount, tier: str = "dev", **there: int) -> dict[str, Check]:
    by_type = {
        need.taker: there[need.taker.rpartition(":")[2]] for need in NEEDS if need.taker.rpartition(":")[2] in there
    }
    return {check.what: check for check in account.quotas(tier, by_type)}


def test_who_acts_is_told(account: AwsAccount):
    check = account.identity()
    assert (check.answer, check.detail) == ("found", "account 123456789012, as arn:aws:iam::123456789012:user/me")


def test_another_account_is_refused_with_both(aws: Programs):
    check = AwsAccount("999999999999", "eu-west-1").identity()
    assert check.answer == "missing"
    assert "123456789012" in check.detail and "the stack's account is 999999999999" in check.detail
    assert "AWS_PROFILE" in check.fix and "tradewind:account" in check.fix


@pytest.mark.parametrize(
    ("words", "code", "fix"),
    [
        (
            'Unable to locate credentials. You can configure credentials by running "aws configure".',
            253,
            "aws sso login",
        ),
        ("The config profile (nope) could not be found", 255, "profile of ~/.aws/config"),
        (
            "An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The security token "
            "included in the request is expired",
            254,
            "aws sso login",
        ),
        ("Error when retrieving token from sso: Token has expired and refresh failed", 255, "aws sso login"),
        ('Could not connect to the endpoint URL: "https://sts.us-east-1.amazonaws.com/"', 255, "HTTPS_PROXY"),
    ],
)
def test_credentials_that_do_not_work_are_one_line_with_the_fix(
    aws: Programs, account: AwsAccount, words: str, code: int, fix: str
):
    aws.answer("aws", IDENTITY, Failure(f"\n{words}\n", code))
    check = account.identity()
    assert check.answer == "missing"
    assert check.detail == words.removesuffix(".")
    assert fix in check.fix


def test_without_the_program_its_page_is_named(aws: Programs, account: AwsAccount):
    aws.remove("aws")
    check = account.identity()
    assert check.detail == "no `aws` on PATH"
    assert "getting-started-install" in check.fix


def test_an_answer_that_is_no_json_is_told(aws: Programs, account: AwsAccount):
    aws.answer("aws", IDENTITY, "Welcome to your company's aws!")
    check = account.identity()
    assert check.answer == "missing"
    assert "did not answer in JSON: Welcome" in check.detail


def test_a_region_is_there(account: AwsAccount):
    assert account.region_open().detail == "eu-west-1, opt-in-not-required"


def test_a_region_that_is_not_enabled_is_named_with_the_command(aws: Programs, account: AwsAccount):
    aws.answer("aws", "ec2 describe-regions", {"Regions": [{"RegionName": "eu-west-1", "OptInStatus": "not-opted-in"}]})
    check = account.region_open()
    assert check.answer == "missing"
    assert "aws account enable-region --region-name eu-west-1" in check.fix


def test_a_region_that_is_none_is_named(aws: Programs, account: AwsAccount):
    aws.answer("aws", "ec2 describe-regions", {"Regions": []})
    assert account.region_open().detail == "AWS has no region 'eu-west-1'"


def test_a_stack_fits(account: AwsAccount):
    found = quotas(account)
    assert {check.answer for check in found.values()} == {"found"}
    assert found["addresses"].detail == "1 of 5 in use, the stack takes 1 more"


def test_machines_count_by_their_vcpus_where_they_run_on_demand_in_a_standard_family(account: AwsAccount):
    assert quotas(account)["vCPUs on demand"].detail == "6 of 64 in use, the stack takes 8 more"


def test_what_does_not_fit_is_named_with_the_command_that_asks_for_more(aws: Programs, account: AwsAccount):
    aws.answer("aws", "ec2 describe-addresses", {"Addresses": [{"Domain": "vpc"}] * 3})
    check = quotas(account, "prod")["addresses"]
    assert (check.answer, check.detail) == ("missing", "3 of 5 in use, the stack takes 3 more")
    assert "--service-code ec2 --quota-code L-0263D0A3 --desired-value 6 --region eu-west-1" in check.fix


def test_what_the_stack_has_already_is_not_taken_twice(aws: Programs, account: AwsAccount):
    aws.answer("aws", "ec2 describe-addresses", {"Addresses": [{"Domain": "vpc"}] * 5})
    found = quotas(account, "prod", Eip=3, Cluster=1)
    assert found["addresses"].detail == "5 of 5 in use, the stack takes 0 more"
    assert found["addresses"].answer == found["vCPUs on demand"].answer == "found"


def test_a_quota_that_nobody_has_changed_is_the_default(aws: Programs, account: AwsAccount):
    words = "An error occurred (NoSuchResourceException) when calling the GetServiceQuota operation: none"
    aws.answer("aws", VCPUS, Failure(words, 254))
    check = quotas(account)["vCPUs on demand"]
    assert (check.answer, check.detail) == ("missing", "6 of 5 in use, the stack takes 8 more")


def test_who_may_not_read_a_quota_is_told_of_that_one(aws: Programs, account: AwsAccount):
    words = "An error occurred (AccessDeniedException) when calling the GetServiceQuota operation: User me is not authorized"
    aws.answer("aws", VCPUS, Failure(words, 254))
    found = quotas(account)
    assert [what for what, check in found.items() if check.answer == "missing"] == ["vCPUs on demand"]
    assert "have that action allowed" in found["vCPUs on demand"].fix


def test_nothing_but_reading_is_asked(aws: Programs, account: AwsAccount):
    account.identity(), account.region_open(), quotas(account)
    operations = {line.split()[2] for line in aws.asked()}
    assert operations and all(each.startswith(("get-", "describe-")) for each in operations)
