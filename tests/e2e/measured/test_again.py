"""`make up` where nothing has changed."""

import re

from tests.e2e.checkout import Checkout, Result
from tests.e2e.cluster import Cluster
from tests.e2e.counts import UP_AGAIN_S


def test_a_second_make_up_is_quick_and_pulumi_reports_no_changes(checkout: Checkout, up: Result, cluster: Cluster):
    before = cluster.uids()
    again = checkout.make("up").ok()
    print(f"\nagain: {again.seconds:.1f} s")
    assert re.search(r"Resources:\n +\d+ unchanged\n", again.stderr), again.stderr[-2000:]
    assert again.stdout.splitlines()[-1] == up.stdout.splitlines()[-1]
    assert cluster.uids() == before
    assert again.seconds < UP_AGAIN_S


def test_plain_pulumi_sees_no_changes_either(checkout: Checkout, up: Result):
    checkout.shell("pulumi preview -s local --expect-no-changes --non-interactive").ok()
