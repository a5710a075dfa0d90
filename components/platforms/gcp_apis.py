"""The Google APIs that a stack needs, turned on before anything else is asked for."""

from collections.abc import Callable, Sequence

import pulumi
import pulumi_gcp as gcp

APIS = (
    *("cloudresourcemanager", "iam", "iamcredentials", "cloudkms", "logging", "monitoring"),
    *("compute", "networkconnectivity", "serviceconsumermanagement"),
    *("container", "containersecurity", "binaryauthorization"),
    *("artifactregistry", "containerscanning", "memorystore", "storage"),
)
"""One of them off gives 403 SERVICE_DISABLED; serviceusage, which turns them on, is on in each new project.

https://cloud.google.com/service-usage/docs/enabled-service
"""

OF_DOMAINS = ("certificatemanager", "dns")
"""Beside them, where the entry is public."""
OF_PEERS = ("sts",)
"""Beside them, where pods of another cloud are known: it takes their tokens."""

OF_SECRETS = ("secretmanager",)
"""Beside them, where a card has secrets."""

BY_KEY = {"public_access": OF_DOMAINS, "peer": OF_PEERS, "secrets": OF_SECRETS}
"""What a setting asks for, or a key of a card."""

Transformation = Callable[[pulumi.ResourceTransformationArgs], pulumi.ResourceTransformationResult | None]


class GcpApis(pulumi.ComponentResource):
    """They stay on when the stack goes: whatever else the project holds may use them."""

    on: Sequence[pulumi.Resource]
    project_number: pulumi.Output[str]

    def __init__(self, name: str, project: str, opts: pulumi.ResourceOptions | None = None, more: Sequence[str] = ()):
        super().__init__("tradewind:platforms:GcpApis", name, None, opts)
        self.on = [
            gcp.projects.Service(
                f"{name}-{api}",
                project=project,
                service=f"{api}.googleapis.com",
                disable_on_destroy=False,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for api in (*APIS, *more)
        ]
        looks = pulumi.InvokeOutputOptions(parent=self, depends_on=list(self.on))
        self.project_number = gcp.organizations.get_project_output(project_id=project, opts=looks).number
        self.register_outputs({})


def after(first: Sequence[pulumi.Resource]) -> Transformation:
    """Makes each resource of Google Cloud depend on `first`, since a component's `depends_on` reaches no child."""

    def transform(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not args.type_.startswith("gcp:"):
            return None
        opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(depends_on=list(first)))
        return pulumi.ResourceTransformationResult(props=args.props, opts=opts)

    return transform
