"""An engine that remembers: runs a program against Pulumi's mocks and keeps every resource it asked for.

What is decided without deploying is tested here: names, values, order. What the API server makes of the objects is in
test_objects_in_api_server.py; what runs is in tests/e2e.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc
import pulumi
from pulumi.runtime import mocks, rpc
from pulumi.runtime.settings import set_root_resource

from components.cluster import GivenCluster
from components.platforms.local import LocalPlatform
from components.service import ModelService, ModelServiceArgs
from tests.components import born_on_gcp
from tests.components.samples import a_card, measured

DIGEST = "sha256:" + "0" * 64

NODE = {
    "kubeconfig": "apiVersion: v1\nkind: Config\n",
    "context": "tradewind",
    "registry": "127.0.0.1:5000",
    "entry": "http://127.0.0.1:8080",
    "entry_node_port": 30080,
    "prometheus": "http://127.0.0.1:9090",
    "prometheus_node_port": 30090,
}

ORGANIZATION = "the-team"
ACCOUNT = "123456789012"
EKS_ISSUER = "https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
LOOKUPS: dict[str, dict[str, Any] | None] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": {
        "names": [f"eu-west-1{letter}" for letter in "abc"],
        "id": "eu-west-1",
    },
    # AWS:a token
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": {"authorizationToken": "QVdTOmEgdG9rZW4="},
    "aws:eks/getAddonVersion:getAddonVersion": {"version": "v2.1.1-eksbuild.1"},
    "aws:lb/getHostedZoneId:getHostedZoneId": {"id": "Z2IFOLAFXWLO4F"},
    "aws:route53/getZone:getZone": {"zoneId": "Z0123456789ABCDEFGHIJ", "id": "Z0123456789ABCDEFGHIJ"},
    **born_on_gcp.LOOKUPS,
}
"""What programs look up; None: it is not there."""


READ_OUTPUTS = "pulumi:pulumi:readStackOutputs"
REFERENCE = "pulumi:pulumi:StackReference"


class Refused(grpc.RpcError):
    """A refusal as it comes from a plugin, which a program can catch."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Made:
    type: str
    name: str
    inputs: dict[str, Any]


@dataclass(frozen=True)
class Registered:
    """What only the engine is told of a resource, and what it answered."""

    urn: str
    type: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    protected: bool
    stands_on: Mapping[str, frozenset[str]]
    """By property, the URNs of what its value comes from."""


class Monitor(mocks.MockMonitor):
    """Pulumi's own, which tells mocks no options."""

    def __init__(self, engine: "Engine"):
        super().__init__(engine)
        self.engine = engine

    def RegisterResource(self, request):
        answer = super().RegisterResource(request)
        self.engine.registered.append(
            Registered(
                urn=answer.urn,
                type=request.type,
                inputs=rpc.deserialize_properties(request.object),
                outputs=rpc.deserialize_properties(answer.object),
                protected=request.protect,
                stands_on={key: frozenset(each.urns) for key, each in request.propertyDependencies.items()},
            )
        )
        return answer


@dataclass
class Engine(mocks.Mocks):
    """Answers as the providers would, as far as programs read their answers."""

    made: list[Made] = field(default_factory=list)
    registered: list[Registered] = field(default_factory=list)
    config: Mapping[str, str] = field(default_factory=dict)
    """Of the stack, by whole key."""
    outputs: dict[str, Any] = field(default_factory=dict)
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What other stacks have given out, by name."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.made.append(Made(args.typ, args.name, args.inputs))
        if args.typ == REFERENCE:
            return str(args.resource_id), self._given_out(args.inputs["name"])
        return f"{args.name}-id", {**args.inputs, **self._born(args)}

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        if args.token == READ_OUTPUTS:
            return self._given_out(args.args["name"])
        if args.token not in LOOKUPS:
            raise AssertionError(f"no lookup is expected, got {args.token}")
        if (found := LOOKUPS[args.token]) is None:
            raise Refused("it was looked for, and not found")
        return found

    def _given_out(self, stack: str) -> dict[str, Any]:
        """As the engine reads it; what holds a secret is one as a whole."""
        organization, project, name = stack.split("/")
        if (organization, project) != (ORGANIZATION, "tradewind") or name not in self.others:
            raise Refused(f'unknown stack "{stack}"')
        outputs = dict(self.others[name])
        return {"name": stack, "outputs": outputs, "secretOutputNames": [key for key in outputs if key == "platform"]}

    def _born(self, args: mocks.MockResourceArgs) -> dict[str, Any]:
        match args.typ:
            case "tradewind:index:Node":
                return NODE
            case "tradewind:index:Image":
                name = args.inputs["source"].rpartition("/")[2].rpartition(":")[2]
                ref = f"{args.inputs['registry']}/tradewind/{name}@{DIGEST}"
                verified = [ref] if args.inputs.get("signing_key") else []
                return {"ref": ref, "digest": DIGEST, "size_bytes": 1, "verified": verified}
            case "tradewind:index:Password":
                return {"result": "hunter2"}
            case "tradewind:index:Certificate":
                return {"private_key": f"key of {args.name}", "cert": f"certificate {args.name}", "ca_cert": "ca"}
            case "kubernetes:core/v1:Service":
                spec = args.inputs["spec"]
                ports = [{"nodePort": 31000, **port} for port in spec["ports"]]
                ingress = {"loadBalancer": {"ingress": [{"hostname": "entry.elb.example"}]}}
                return {"spec": {"clusterIP": "10.96.0.7", **spec, "ports": ports}, "status": ingress}
            case "aws:eks/cluster:Cluster":
                return {
                    "arn": f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/{args.inputs['name']}",
                    "endpoint": "https://0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com",
                    "certificateAuthority": {"data": "Y2E="},
                    "identities": [{"oidcs": [{"issuer": EKS_ISSUER}]}],
                    "vpcConfig": {**args.inputs["vpcConfig"], "clusterSecurityGroupId": "sg-of-the-cluster"},
                }
            case "aws:acm/certificate:Certificate":
                names = ("resourceRecordName", "resourceRecordType", "resourceRecordValue")
                record = (f"_proof.{args.inputs['domainName']}.", "CNAME", "_answer.acm-validations.aws.")
                return {"arn": _arn(args), "domainValidationOptions": [dict(zip(names, record, strict=True))]}
            case "aws:route53/record:Record":
                return {"fqdn": args.inputs["name"]}
            case "aws:iam/openIdConnectProvider:OpenIdConnectProvider":
                issuer = args.inputs["url"].removeprefix("https://")
                return {"arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"}
            case "aws:iam/role:Role":
                return {"arn": f"arn:aws:iam::{ACCOUNT}:role/{args.inputs['name']}"}
            case "aws:elasticache/replicationGroup:ReplicationGroup":
                return {"arn": _arn(args), "primaryEndpointAddress": "master.cache.example"}
        return {"arn": _arn(args)} if args.typ.startswith("aws:") else born_on_gcp.born(args)

    def counts(self) -> dict[str, int]:
        return dict(sorted(Counter(each.type for each in self.made).items()))

    def one(self, name: str) -> dict[str, Any]:
        """The inputs of the resource of that name."""
        [found] = [each for each in self.made if each.name == name]
        return found.inputs

    def object(self, kind: str, name: str) -> dict[str, Any]:
        """The Kubernetes object of that kind and name."""
        [found] = [each for each in self.objects() if each["kind"] == kind and each["metadata"]["name"] == name]
        return found

    def objects(self) -> list[dict[str, Any]]:
        return [each.inputs for each in self.made if each.type.startswith("kubernetes:") and "kind" in each.inputs]


def _arn(args: mocks.MockResourceArgs) -> str:
    service = args.typ.split(":")[1].split("/")[0]
    return f"arn:aws:{service}:eu-west-1:{ACCOUNT}:{args.inputs.get('name') or args.inputs.get('bucket') or args.name}"


def run(
    program: Callable[[], Mapping[str, Any] | None],
    config: Mapping[str, str] | None = None,
    stack: str = "local",
    others: Mapping[str, Mapping[str, Any]] | None = None,
) -> Engine:
    """What the program asked for; `outputs` holds what it returned, with every output resolved."""
    engine = Engine()
    engine.others = others or {}
    engine.config = {f"tradewind:{key}": value for key, value in (config or {}).items()}
    # pytest-asyncio leaves the thread without a loop after an asynchronous test; Pulumi takes the one that is set.
    asyncio.set_event_loop(asyncio.new_event_loop())
    # The mocks make a stack's own resource for the first stack of a process alone.
    set_root_resource(None)  # pyright: ignore[reportArgumentType]
    mocks.set_mocks(
        engine,
        project="tradewind",
        stack=stack,
        preview=False,
        monitor=Monitor(engine),
        organization=ORGANIZATION,
    )
    pulumi.runtime.set_all_config(dict(engine.config))

    def body() -> None:
        returned = program() or {}
        for key, value in returned.items():
            pulumi.Output.from_input(value).apply(lambda found, key=key: engine.outputs.__setitem__(key, found))

    pulumi.runtime.test(body)()
    return engine


def deployed(given: GivenCluster | None = None) -> Engine:
    """One service on the local platform, without the program's files."""

    def program() -> dict[str, Any]:
        platform = LocalPlatform("local", "127.0.0.1:5000" if given else None, given, ["embedder"])
        service = ModelService("embedder", ModelServiceArgs(card=a_card(), measurements=measured()), platform)
        return {"services": {"embedder": service.summary}, "platform": platform.outputs}

    return run(program)
