"""Whose registry a name is, who may log in there, and which repository of the cloud a path is in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.doubles import aws, gcp
from tests.doubles.aws.keys import REPOSITORY as ECR_REPOSITORY
from tests.doubles.cloud import Cloud
from tests.doubles.gcp.platform import REPOSITORY as GOOGLE_REPOSITORY


class Refusal(Exception):
    """An error of the distribution API: https://distribution.github.io/distribution/spec/api/#errors-2"""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


@dataclass(frozen=True, kw_only=True)
class Repository:
    number: int
    """Another one when it is made anew under its name: the images of the old one are gone."""
    immutable: bool
    """A tag never moves."""


class Registry(Protocol):
    @property
    def login(self) -> tuple[str, str]:
        """User and password."""
        ...

    def repository(self, path: str) -> Repository:
        """Which one an image's path is in; Refusal where the cloud has none."""
        ...


class Ecr:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html"""

    HOST = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
    login = aws.LOGIN

    def __init__(self, cloud: Cloud, host: re.Match[str]):
        self._cloud, self._host, self._account = cloud, host[0], host["account"]

    def repository(self, path: str) -> Repository:
        found = self._cloud.get(ECR_REPOSITORY, path)
        if found is None or found.outputs["repositoryUrl"] != f"{self._host}/{path}":
            why = f"The repository with name '{path}' does not exist in the registry with id '{self._account}'"
            raise Refusal(404, "NAME_UNKNOWN", why)
        return Repository(number=found.number, immutable=found.inputs.get("imageTagMutability") == "IMMUTABLE")


class ArtifactRegistry:
    """https://cloud.google.com/artifact-registry/docs/docker/names"""

    HOST = re.compile(r"(?P<location>[a-z0-9-]+)-docker\.pkg\.dev")
    login = ("oauth2accesstoken", gcp.ACCESS_TOKEN)

    def __init__(self, cloud: Cloud, host: re.Match[str]):
        self._cloud, self._location = cloud, host["location"]

    def repository(self, path: str) -> Repository:
        project, id, image = [*path.split("/", 2), "", ""][:3]
        if not image:
            form = "Pushes should be of the form docker push HOST-NAME/PROJECT-ID/REPOSITORY/IMAGE"
            raise Refusal(400, "NAME_INVALID", f"Missing image name. {form}")
        found = self._cloud.get(GOOGLE_REPOSITORY, f"projects/{project}/locations/{self._location}/repositories/{id}")
        if found is None:
            raise Refusal(404, "NAME_UNKNOWN", f'Repository "{id}" not found')
        return Repository(
            number=found.number, immutable=bool(found.inputs.get("dockerConfig", {}).get("immutableTags"))
        )


class Registries:
    """By the name of the host."""

    def __init__(self, place: Path):
        self._aws, self._gcp = (Cloud(place / f"{name}.sqlite") for name in ("aws", "gcp"))

    def at(self, host: str) -> Registry | None:
        if found := Ecr.HOST.fullmatch(host):
            return Ecr(self._aws, found)
        if found := ArtifactRegistry.HOST.fullmatch(host):
            return ArtifactRegistry(self._gcp, found)
        return None
