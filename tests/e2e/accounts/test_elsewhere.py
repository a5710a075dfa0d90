"""A rehearsal whose state is not in the checkout's own files: recovery knows of it what the CLI tells."""

import json

from tests.e2e.checkout import Checkout, Result
from tests.e2e.rehearsed import Rehearsed, require_all_once


def test_faults_of_the_cloud_are_settled_by_what_the_cli_tells(checkout: Checkout):
    """To the engine a folder is as good as s3:// or Pulumi Cloud."""
    rehearsed = Rehearsed(checkout, "gcp")
    backend = checkout.state / "elsewhere"
    backend.mkdir(parents=True)
    enter = f'eval "$(make -s env REHEARSE=1 STACK={rehearsed.stack})"; export PULUMI_BACKEND_URL={backend.as_uri()}'

    def inside(command: str) -> Result:
        return checkout.run("bash", "-c", f"set -e; {enter}; {command}")

    rehearsed.cloud.plan("create", "gcp:compute/network:Network", "lost")
    rehearsed.cloud.plan("create", "gcp:artifactregistry/repository:Repository", "die-after")
    up = f"make up STACK={rehearsed.stack}"
    assert inside(up).code
    second = inside(up)
    assert second.code and "adopted network-vpc" in second.stderr
    inside(up).ok()
    told = json.loads(inside(f"pulumi stack export --stack {rehearsed.stack}").ok().stdout)
    require_all_once("gcp", told["deployment"], rehearsed.cloud)
    inside(f"make down STACK={rehearsed.stack}").ok()
    assert not rehearsed.cloud.things("gcp:container/cluster:Cluster")
