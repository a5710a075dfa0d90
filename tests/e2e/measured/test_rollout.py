"""A changed service.py reaches the callers, and none of them notices."""

import time

from tests.e2e.checkout import Checkout, Result
from tests.e2e.cluster import Cluster
from tests.e2e.counts import ROLLOUT_S
from tests.e2e.traffic import Traffic

CHANGE = "\n# A line that changes the image and nothing else.\n"


def test_a_changed_service_is_served_by_its_new_digest_with_no_failed_request(
    checkout: Checkout, up: Result, cluster: Cluster
):
    old = checkout.outputs()["services"]["embedder"]
    service = checkout.path / "bentos" / "embedder" / "service.py"
    service.write_text(service.read_text() + CHANGE)
    with Traffic(old["url"]) as traffic:
        begin = time.monotonic()
        checkout.make("up").ok()
        time.sleep(10)  # the old replicas drain
    new = checkout.outputs()["services"]["embedder"]
    assert new["image"] != old["image"]
    images = {pod["metadata"]["name"]: pod["spec"]["containers"][0]["image"] for pod in cluster.pods("models")}
    assert set(images.values()) == {new["image"]}
    # The scaler may just have added one that no request has reached yet.
    served = min(traffic.first_seen[name] for name in images if name in traffic.first_seen) - begin
    print(f"\nthe new digest answered after {served:.1f} s; {traffic.answered} answers")
    assert traffic.answered > 100
    assert traffic.lost == []
    assert served <= ROLLOUT_S
