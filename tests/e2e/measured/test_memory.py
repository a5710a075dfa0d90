"""What the platform takes beside the services, as proportional set size."""

import json
import time

from tests.e2e.checkout import Checkout, Result
from tests.e2e.counts import MEMORY_MIB, count


def test_the_platform_stays_within_its_memory(checkout: Checkout, up: Result):
    time.sleep(count("settle_s"))
    found = json.loads(checkout.run(".venv/bin/python", "-m", "airgap.node", "memory", "--json").ok().stdout)
    sizes = {**found["processes"], **found["pods"]}
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{size / 2**20:8.1f} MiB  {name}")
    assert {"etcd", "kubelet", "containerd"} <= found["processes"].keys()
    assert any(name.startswith("keda/keda-operator") for name in found["pods"])
    assert sum(sizes.values()) / 2**20 <= MEMORY_MIB
