"""Images on Artifact Registry: immutable, scanned, under the stack's key; what is deployed by digest stays."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components import naming
from components.secrets.gcp import GcpKey
from provider import sources
from provider.resources import Image

UNTAGGED_DAYS = 14
"""After which an image that no tag names is removed. Ours all carry a tag; such a one is an upload that was cut off."""

CLEANUP: list[Any] = [
    {
        "id": "uploads-that-were-cut-off",
        "action": "DELETE",
        "condition": {"tag_state": "UNTAGGED", "older_than": f"{UNTAGGED_DAYS * 24 * 3600}s"},
    },
    # Keeping wins over deleting, whatever policy somebody adds later.
    {"id": "whatever-was-deployed", "action": "KEEP", "condition": {"tag_state": "TAGGED"}},
]
"""https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy"""

USERNAME = "oauth2accesstoken"
"""https://cloud.google.com/artifact-registry/docs/docker/authentication#token"""

READER = "roles/artifactregistry.reader"


@dataclass(frozen=True, kw_only=True)
class GcpRegistryArgs:
    owner: str
    """The stack, as in naming.OWNER."""
    project: str
    region: str
    signing_key: str | None = None
    """As in Common."""
    protect: bool = False
    """Refuse a destroy, which takes the images with it."""


class GcpImages(pulumi.ComponentResource):
    """A repository of Artifact Registry that is there: images are pushed to it, and nothing of it is changed."""

    address: pulumi.Output[str]

    def __init__(
        self, name: str, address: str, signing_key: str | None = None, opts: pulumi.ResourceOptions | None = None
    ):
        """`address` is `<region>-docker.pkg.dev/<project>/<repository>`."""
        super().__init__("tradewind:registry:GcpRegistry", name, None, opts)
        self._address, self._signing_key, self._after = address, signing_key, list[pulumi.Resource]()
        self.address = pulumi.Output.from_input(address)
        config = gcp.organizations.get_client_config_output(opts=pulumi.InvokeOutputOptions(parent=self))
        self._token = pulumi.Output.secret(config.access_token)
        self.register_outputs({"address": self.address})

    def image(self, name: str, source: str) -> Image:
        """Known once nodes may pull it."""
        return Image(
            f"{name}-image",
            source,
            self._address,
            sources.digest(source),
            signing_key=self._signing_key,
            username=USERNAME,
            password=self._token,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._after),
        )


class GcpRegistry(GcpImages):
    """One repository for all images of the stack; nodes read from it and from no other, and push to none."""

    def __init__(
        self,
        name: str,
        args: GcpRegistryArgs,
        nodes: pulumi.Input[str],
        key: GcpKey,
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`nodes` is the IAM member that pulls."""
        repository = naming.fitted("tradewind", args.owner, limit=naming.GCP_NAME_LIMIT)
        super().__init__(name, f"{args.region}-docker.pkg.dev/{args.project}/{repository}", args.signing_key, opts)
        made = gcp.artifactregistry.Repository(
            f"{name}-repository",
            repository_id=repository,
            description=f"Images of the Tradewind stack {args.owner}",
            project=args.project,
            location=args.region,
            format="DOCKER",
            docker_config={"immutable_tags": True},
            # By the project's own switch, which its API containerscanning turns on.
            vulnerability_scanning_config={"enablement_config": "INHERITED"},
            cleanup_policies=CLEANUP,
            cleanup_policy_dry_run=False,
            kms_key_name=key.id,
            labels=naming.tags(args.owner),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        pulls = gcp.artifactregistry.RepositoryIamMember(
            f"{name}-nodes-read",
            project=args.project,
            location=args.region,
            repository=made.name,
            role=READER,
            member=nodes,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._after.append(pulls)
