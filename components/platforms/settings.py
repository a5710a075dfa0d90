"""A stack's settings, stacks/Pulumi.<stack>.yaml: typed by the platform's own class, unknown keys refused."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NoReturn, TypeVar

import pulumi
from pulumi.runtime import config as pulumi_config
from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from components.domain import NAME_FIX, DomainArgs, lies_in, name_problem
from components.naming import STACK_NAME
from components.network import CIDR_FIX, cidr_problem, ipv4_network
from components.part import Part
from components.validation import InvalidFile, checked, problem

PROJECT = "tradewind"

Kind = Literal["local", "aws", "gcp"]
"""A module of components/platforms each."""

Layer = Literal["platform", "services"]
"""What a stack makes where it does not make everything."""


def from_text(value: object) -> object:
    """Pulumi hands over whatever is no text as JSON; what is no JSON stays, for the type to refuse."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


class Common(Part):
    """Keys that a stack of any platform may have."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    kind: Kind = Field(default="local", examples=["local"])
    services: list[str] | None = Field(default=None, examples=[["embedder"]])
    """Folders of bentos/ that this stack deploys, or a platform is made for; all of them where the key is absent."""
    layer: Layer | None = Field(default=None, examples=["services"])
    """All but the services, or the services alone; everything where the key is absent."""
    platform: str | None = Field(default=None, validate_default=True, examples=["aws-platform"])
    """The stack of `layer: platform` that this one of `layer: services` stands on."""

    waivers: Any = Field(default=None, examples=[[{"rule": "ecr-tags-immutable", "resource": "lab"}]])
    """Of the policy pack, which refuses what is wrong with them: policies/README.md."""
    signing_key: str | None = Field(default=None, examples=["-----BEGIN PUBLIC KEY-----\n..."])
    """Public half of the key that images are signed with, PEM. The policy pack reads it, and tells of one that is none:
    an error here would show its beginning, and it may be a private one."""

    budget_usd_month: float | None = Field(default=None, gt=0, allow_inf_nan=False, examples=[500])
    """What the stack may come to cost in a month, with each scaler at its maximum; no limit where the key is absent."""

    _written_as_text = field_validator("services", "budget_usd_month", mode="before")(from_text)

    @field_validator("services")
    @classmethod
    def _each_once(cls, value: list[str] | None) -> list[str] | None:
        if twice := [name for name, count in Counter(value).items() if count > 1]:
            raise problem(f"must name each service once, and {', '.join(twice)} is there more often", "name it once")
        return value

    @field_validator("platform")
    @classmethod
    def _of_the_services_alone(cls, value: str | None, info: ValidationInfo) -> str | None:
        if "layer" not in info.data:  # refused already
            return value
        serves = info.data["layer"] == "services"
        if value is None:
            if serves:
                raise problem("must name the stack that the services stand on", "`pulumi config set platform <stack>`")
        elif not serves:
            raise problem("must be absent but for `layer: services`", "remove it, or write `layer: services`")
        elif not STACK_NAME.fullmatch(value):
            raise problem("must be a stack's name, as in aws-platform", "write the name that `pulumi stack ls` shows")
        elif info.context and value == info.context["stack"]:
            raise problem("must be another stack, and this one has that name", "name the stack of `layer: platform`")
        return value


def of_the_platform(value: object, info: ValidationInfo) -> object:
    """Refuses a key that says how a platform is made, in a stack that makes none."""
    if value is not None and info.data.get("layer") == "services":
        raise problem("belongs to the platform, which another stack makes", "write it there, and remove it here")
    return value


OPEN_PREFIX = 8
"""A range wider than this is no list of administrators."""

ADMIN_CIDRS_LIMIT = 40
"""Of EKS, and within GKE's 50: https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html"""


def admin_cidr_problem(cidr: str) -> str | None:
    """What is wrong with a range of administrators' addresses, as the rest of a sentence; None where nothing is."""
    network = ipv4_network(cidr)
    if network is None:
        return f"must hold IPv4 networks, as in 203.0.113.7/32, and {cidr!r} is none"
    if network.prefixlen < OPEN_PREFIX:
        return f"must not open the API server to the world, as {cidr!r} does"
    return None


class CloudSettings(Common):
    """Keys that a stack of any cloud has; each cloud adds its account."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    regions: ClassVar[Sequence[str]]
    taken: ClassVar[Sequence[str]]
    """Ranges that the cloud uses beside the network's."""

    region: str
    tier: Literal["dev", "prod"] = Field(default="dev", examples=["dev"])
    """dev is small and can be destroyed; prod has a spare of whatever can fail, and keeps its data."""
    protect: bool | None = Field(default=None, examples=[True])
    """Refuse to destroy what holds data; by default prod does."""
    network_cidr: str = Field(default="10.20.0.0/16", examples=["10.20.0.0/16"])
    admin_cidrs: list[str] = Field(default=[], examples=[["203.0.113.7/32"]])
    """Who may reach the API server from outside the network; nobody by default."""
    public_access: bool = Field(default=False, examples=[True])
    """Everybody may call the services, at https://<domain>; else what is in the network, or connected to it."""
    dns_zone: str | None = Field(default=None, examples=["example.com"], validate_default=True)
    """DNS name of a public zone of the account, which is there and delegated to: the records go there."""
    domain: str | None = Field(default=None, examples=["ai.example.com"], validate_default=True)
    """Host name of the entry: the zone's own, or one below it."""

    _platforms_own = field_validator(
        "network_cidr", "admin_cidrs", "public_access", "dns_zone", "domain", mode="before"
    )(of_the_platform)
    _cloud_written_as_text = field_validator("admin_cidrs", "protect", "public_access", mode="before")(from_text)

    @property
    def prod(self) -> bool:
        return self.tier == "prod"

    @property
    def keeps_data(self) -> bool:
        return self.prod if self.protect is None else self.protect

    def named_domain(self, stack: str, owner: str) -> DomainArgs | None:
        """Of a public entry; None: it is internal."""
        if not (self.public_access and self.domain and self.dns_zone):
            return None
        return DomainArgs(owner=owner, host=self.domain, zone=self.dns_zone, stack_file=file_of(stack))

    @field_validator("region")
    @classmethod
    def _known_region(cls, value: str) -> str:
        if value not in cls.regions:
            raise problem(f"must be one of {', '.join(cls.regions)}", "choose one of these")
        return value

    @field_validator("network_cidr")
    @classmethod
    def _private_range(cls, value: str) -> str:
        if wrong := cidr_problem(value, *cls.taken):
            raise problem(wrong, CIDR_FIX)
        return value

    @field_validator("admin_cidrs")
    @classmethod
    def _no_open_door(cls, value: list[str]) -> list[str]:
        if len(value) > ADMIN_CIDRS_LIMIT:
            raise problem(
                f"must hold at most {ADMIN_CIDRS_LIMIT}, and holds {len(value)}", "name wider ranges, or fewer"
            )
        for each in value:
            if wrong := admin_cidr_problem(each):
                raise problem(wrong, "name the addresses that administrators come from")
        return value

    @field_validator("dns_zone", "domain")
    @classmethod
    def _only_where_public(cls, value: str | None, info: ValidationInfo) -> str | None:
        public = info.data.get("public_access")  # absent where it is wrong itself
        if value is None and public:
            example = cls.model_fields[str(info.field_name)].examples or [""]
            fix = f"`pulumi config set {info.field_name} {example[0]}`, or remove public_access"
            raise problem("must be named where public_access is true", fix)
        if value is not None and public is False:
            fix = f"`pulumi config set public_access true`, or remove {info.field_name}"
            raise problem("must stand beside public_access: true, since it opens nothing alone", fix)
        if value is not None and (wrong := name_problem(value)):
            raise problem(wrong, NAME_FIX)
        return value

    @field_validator("domain")
    @classmethod
    def _in_the_zone(cls, value: str | None, info: ValidationInfo) -> str | None:
        zone = info.data.get("dns_zone")
        if value and zone and not lies_in(value, zone):
            raise problem(f"must be {zone} or end in .{zone}, the dns_zone", "name the zone that the domain is in")
        return value


Settings = TypeVar("Settings", bound=Common)


def file_of(stack: str) -> str:
    """Where a stack's settings are written, as errors name it."""
    return f"stacks/Pulumi.{stack}.yaml"


@dataclass(frozen=True, kw_only=True)
class StackSettings:
    """What is written for one stack, before its platform has read it."""

    stack: str
    written: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not STACK_NAME.fullmatch(self.stack):
            self.refuse_name("must be lower-case letters, digits and single inner hyphens")

    def refuse_name(self, must: str) -> NoReturn:
        fix = "To fix: `pulumi stack rename <name>`, as in `lab`"
        raise InvalidFile(self.file, [f"the stack's name {must}, got {self.stack!r}. {fix}."])

    @property
    def file(self) -> str:
        return file_of(self.stack)

    @property
    def kind(self) -> Kind:
        return self._common.kind

    @property
    def services(self) -> list[str] | None:
        return self._common.services

    @property
    def layer(self) -> Layer | None:
        return self._common.layer

    def read_as(self, model: type[Settings]) -> Settings:
        """All keys, typed; InvalidInput lists what is wrong."""
        return checked(model, self.written, self.file, {"stack": self.stack})

    @property
    def _common(self) -> Common:
        return self.read_as(Common)


def stack_settings() -> StackSettings:
    """The settings of the stack that runs now."""
    prefix = f"{PROJECT}:"
    found = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
    written = {key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)}
    return StackSettings(stack=pulumi.get_stack(), written=written)
