"""`make audit` on the stack of this machine: nothing against it, and a page that says by which rules."""

import re

from tests.e2e.checkout import Checkout, Result


def test_the_stack_has_no_finding(checkout: Checkout, up: Result):
    said = checkout.make("audit").ok().stdout
    print(f"\n{said.splitlines()[-2]}")
    assert re.search(r"[1-9]\d* objects of the cluster, \d+ checks: 0 findings, [1-9]\d* waived, 0 not judged", said)
    assert "<table" in (checkout.state / "audit" / "local.html").read_text()
