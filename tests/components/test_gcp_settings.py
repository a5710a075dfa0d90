"""A stack's settings on Google Cloud: each that is spoiled is refused by its name, with the fix."""

from typing import Any

import pytest

from components.platforms.settings import StackSettings
from components.validation import InvalidInput
from tests.components.stacks import WRITTEN as ALL

pytestmark = pytest.mark.stack

WRITTEN = ALL["gcp"]


def model() -> Any:
    from components.platforms.gcp import GcpSettings  # five seconds, which no other test should wait for

    return GcpSettings


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"project": "Tradewind"}, "project must match pattern"),
        ({"project": "short"}, "project must match pattern"),
        ({"project": "tradewind-"}, "project must match pattern"),
        ({"project": 123456789012}, "project must be text, got 123456789012"),
        ({"region": "europe-west1-b"}, "region must be one of us-central1"),
        ({"region": "eu-west-1"}, "region must be one of us-central1"),
        ({"tier": "staging"}, "tier must be 'dev' or 'prod', got 'staging'"),
        ({"network_cidr": "10.20.0.0/24"}, "network_cidr must be a /16 to a /20, got '10.20.0.0/24'"),
        ({"network_cidr": "8.8.0.0/16"}, "network_cidr must lie in 10.0.0.0/8"),
        ({"network_cidr": "10.20.1.0/16"}, "network_cidr must be an IPv4 network"),
        ({"network_cidr": "172.20.0.0/16"}, "network_cidr must not overlap 172.20.0.0/20"),
        ({"admin_cidrs": '["0.0.0.0/0"]'}, "admin_cidrs must not open the API server to the world"),
        ({"admin_cidrs": '["everywhere"]'}, "admin_cidrs must hold IPv4 networks"),
        ({"admin_cidrs": "203.0.113.7/32"}, "admin_cidrs must be a list"),
        ({"regoin": "europe-west1"}, "regoin is not a known key, got 'europe-west1'. To fix: write region instead"),
        ({"account": "123456789012"}, "account is not a known key"),
        ({"kubeconfig": "a"}, "kubeconfig is not a known key"),
        ({"protect": "perhaps"}, "protect must be a valid boolean"),
    ],
)
def test_a_spoiled_setting_is_refused_by_name(written: dict[str, Any], said: str):
    with pytest.raises(InvalidInput) as refused:
        StackSettings(stack="gcp-dev", written={"kind": "gcp", **WRITTEN, **written}).read_as(model())
    [line] = str(refused.value).splitlines()
    assert line.startswith(f"stacks/Pulumi.gcp-dev.yaml: {said}") and "To fix: " in line


@pytest.mark.parametrize("missing", ["project", "region"])
def test_a_missing_setting_is_named_with_an_example(missing: str):
    written = {key: value for key, value in WRITTEN.items() if key != missing}
    with pytest.raises(
        InvalidInput, match=rf"^stacks/Pulumi\.gcp-dev\.yaml: {missing} is missing\. To fix: add it, as in `{missing}: "
    ):
        StackSettings(stack="gcp-dev", written=written).read_as(model())
