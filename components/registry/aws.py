"""Images on ECR: immutable, scanned, under the stack's key; what is deployed by digest is never cleaned up."""

import base64
import json
from typing import Any

import pulumi
import pulumi_aws as aws

from components import naming
from provider import sources
from provider.resources import Image

UNTAGGED_DAYS = 14
"""After which an image that no tag names is removed. Ours all carry a tag; such a one is an upload that was cut off."""

LIFECYCLE = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "description": "Uploads that were cut off",
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": UNTAGGED_DAYS,
                },
                "action": {"type": "expire"},
            }
        ]
    }
)


class AwsRegistry(pulumi.ComponentResource):
    """A repository for each image, made as the image is asked for."""

    address: pulumi.Output[str]
    """The account's registry and one stack's part of it: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/aws-dev."""

    def __init__(
        self,
        name: str,
        owner: str,
        address: str,
        key: pulumi.Input[str],
        protect: bool,
        provider: aws.Provider,
        signing_key: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`address` is as below; what is made there is tagged as the owner's, under the key of that ARN."""
        super().__init__("tradewind:registry:AwsRegistry", name, None, opts)
        self._owner, self._key, self._protect, self._address = owner, key, protect, address
        self._signing_key = signing_key
        self.address = pulumi.Output.from_input(self._address)
        token = aws.ecr.get_authorization_token_output(opts=pulumi.InvokeOutputOptions(provider=provider, parent=self))
        self._login = pulumi.Output.secret(token.authorization_token.apply(login))
        self.register_outputs({"address": self.address})

    def image(self, name: str, source: str) -> Image:
        repository = self._repository(name, f"{self._address.partition('/')[2]}/{sources.repository(source)}")
        return Image(
            f"{name}-image",
            source,
            self._address,
            sources.digest(source),
            signing_key=self._signing_key,
            username=self._login["username"],
            password=self._login["password"],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[repository]),
        )

    def _repository(self, name: str, repository: str) -> aws.ecr.Repository:
        made = aws.ecr.Repository(
            f"{name}-repository",
            name=repository,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": self._key}],
            force_delete=not self._protect,
            tags=naming.tags(self._owner),
            opts=pulumi.ResourceOptions(parent=self, protect=self._protect),
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-lifecycle", repository=made.name, policy=LIFECYCLE, opts=pulumi.ResourceOptions(parent=self)
        )
        return made


def login(token: str) -> dict[str, Any]:
    """ECR's token: `AWS:<password>` in base64, good for twelve hours."""
    username, _, password = base64.b64decode(token).decode().partition(":")
    return {"username": username, "password": password}
