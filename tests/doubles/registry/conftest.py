"""One rehearsal with a repository on either cloud, its registries, and a client that its environment leads there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from provider.protocol import Resource, Values
from tests.doubles import aws, gcp, registry
from tests.doubles.aws.keys import REPOSITORY as ECR_REPOSITORY
from tests.doubles.cloud import Cloud
from tests.doubles.double import Double
from tests.doubles.gcp.formats import SERVICE
from tests.doubles.gcp.platform import REPOSITORY as GOOGLE_REPOSITORY

ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
GOOGLE = "europe-west1-docker.pkg.dev"
REPOSITORIES = {ECR: "shop/embedder", GOOGLE: "a-project/tradewind-shop/embedder"}
"""An image's path, by registry."""
HOSTS = list(REPOSITORIES)
LOGINS = {ECR: aws.LOGIN, GOOGLE: ("oauth2accesstoken", gcp.ACCESS_TOKEN)}

ON_ECR = {"name": "shop/embedder", "imageTagMutability": "IMMUTABLE"}
ON_GOOGLE = {
    "repositoryId": "tradewind-shop",
    "project": "a-project",
    "location": "europe-west1",
    "format": "DOCKER",
    "dockerConfig": {"immutableTags": True},
}


class Rehearsal:
    """The clouds of one folder, as the doubles fill them."""

    def __init__(self, place: Path):
        self.place = place
        self.doubles: dict[str, Double] = {}
        for name, kind, config in (
            ("aws", aws, {"region": "eu-west-1", "allowedAccountIds": '["123456789012"]'}),
            ("gcp", gcp, {"region": "europe-west1", "project": "a-project"}),
        ):
            self.doubles[name] = kind.double(Cloud(place / f"{name}.sqlite"))
            self.doubles[name].configure(Values(config))
        self.make("gcp", SERVICE, {"service": "artifactregistry.googleapis.com", "project": "a-project"})
        self.repositories = {
            ECR: lambda: self.make("aws", ECR_REPOSITORY, ON_ECR),
            GOOGLE: lambda: self.make("gcp", GOOGLE_REPOSITORY, ON_GOOGLE),
        }
        self.made = {host: make() for host, make in self.repositories.items()}
        # Named as an image of Google's registry is, and the second of its cloud as that one's repository is.
        self.make("aws", ECR_REPOSITORY, ON_ECR | {"name": REPOSITORIES[GOOGLE]})

    def make(self, cloud: str, token: str, inputs: dict) -> Resource:
        asked = Resource(urn=f"urn:pulumi:dev::shop::{token}::it", name="it", type=token, inputs=Values(inputs))
        made = self.doubles[cloud].create(asked)
        return Resource(urn=asked.urn, name="it", type=token, inputs=asked.inputs, id=made.id, state=made.state)

    def make_anew(self, host: str) -> None:
        self.doubles["aws" if host == ECR else "gcp"].delete(self.made[host])
        self.made[host] = self.repositories[host]()


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    made = Rehearsal(tmp_path_factory.mktemp("rehearsal"))
    try:
        registry.ensure(made.place)
        yield made
    finally:
        registry.stop(made.place)


@pytest.fixture
def inside(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    """With the environment of a client."""
    for name, value in registry.ensure(rehearsal.place).environment.items():
        monkeypatch.setenv(name, value)
    return rehearsal
