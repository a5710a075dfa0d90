"""An account of AWS, asked through `aws`: who acts, whether the region is open, what its quotas leave."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from airgap.check import Check
from components.platforms.accounts.aws_quotas import NEEDS, Quota, in_use
from components.platforms.accounts.command_line import Fixes, Refused, asked, seen

KEY = "account"

EVERYWHERE = "us-east-1"
"""On in every account: it answers also for regions that are not."""

LOGIN = "`aws sso login`, or `aws configure`; AWS_PROFILE names the profile."

FIXES: Fixes = (
    ("no `aws` on PATH", "install it: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"),
    ("config profile", "let AWS_PROFILE name a profile of ~/.aws/config."),
    ("[Ee]xpired|SSO|sso|Unable to locate credentials|InvalidClientTokenId|SignatureDoesNotMatch", LOGIN),
    ("AccessDenied|UnauthorizedOperation", "have that action allowed, or take another profile by AWS_PROFILE."),
    ("Could not connect|endpoint URL|no answer", "let this machine reach AWS; HTTPS_PROXY is heeded."),
    ("", "repair what it names."),
)
"""The words are those of aws-cli and botocore: botocore/exceptions.py, and the common errors of each API."""


class AwsAccount:
    key = KEY
    programs: Mapping[str, str] = {"aws": FIXES[0][1]}
    package = "aws"

    def __init__(self, id: str, region: str):
        self.id, self.region = id, region
        self.secrets_provider = f"awskms://alias/<key>?region={region}"

    def identity(self) -> Check:
        return seen("identity", self._identity, FIXES)

    def region_open(self) -> Check:
        return seen("region", self._region_open, FIXES)

    def services(self, keys: Collection[str]) -> Iterator[Check]:
        """Every API of AWS is on."""
        return iter(())

    def quotas(self, tier: str, there: Mapping[str, int]) -> Iterator[Check]:
        for need in NEEDS:
            yield seen(need.what, lambda need=need: self._quota(need, need.still(tier, there)), FIXES)

    def _identity(self) -> Check:
        me = self._ask("sts", "get-caller-identity", region=EVERYWHERE)
        detail = f"account {me['Account']}, as {me['Arn']}"
        if me["Account"] == self.id:
            return Check(what="identity", answer="found", detail=detail)
        fix = f"take credentials of {self.id} (AWS_PROFILE), or correct tradewind:account in the stack's settings."
        return Check(what="identity", answer="missing", detail=f"{detail}; the stack's account is {self.id}", fix=fix)

    def _region_open(self) -> Check:
        found = self._ask(
            *("ec2", "describe-regions", "--all-regions", "--filters", f"Name=region-name,Values={self.region}"),
            region=EVERYWHERE,
        )["Regions"]
        if not found:
            fix = "correct tradewind:region in the stack's settings."
            return Check(what="region", answer="missing", detail=f"AWS has no region {self.region!r}", fix=fix)
        if (status := found[0]["OptInStatus"]) == "not-opted-in":
            detail = f"{self.region} is not enabled for this account"
            fix = f"`aws account enable-region --region-name {self.region}`, which takes minutes to hours."
            return Check(what="region", answer="missing", detail=detail, fix=fix)
        return Check(what="region", answer="found", detail=f"{self.region}, {status}")

    def _quota(self, need: Quota, more: int) -> Check:
        limit = self._limit("--service-code", need.service, "--quota-code", need.code)
        used = in_use(self._ask("ec2", need.ask))
        fix = (
            f"free some, or `aws service-quotas request-service-quota-increase --service-code {need.service} "
            f"--quota-code {need.code} --desired-value {used + more:g} --region {self.region}`."
        )
        return need.check(more, used, limit, fix)

    def _limit(self, *which: str) -> float:
        try:
            answer = self._ask("service-quotas", "get-service-quota", *which)
        except Refused as refused:
            # Nobody has ever changed it for this account.
            if "NoSuchResourceException" not in str(refused):
                raise
            answer = self._ask("service-quotas", "get-aws-default-service-quota", *which)
        return answer["Quota"]["Value"]

    def _ask(self, *words: str, region: str = "") -> Any:
        return asked(["aws", *words, "--region", region or self.region, "--output", "json"], {"AWS_PAGER": ""})


def open_account(id: str, region: str) -> AwsAccount:
    return AwsAccount(id, region)
