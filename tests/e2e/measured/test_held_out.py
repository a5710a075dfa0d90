"""`make calibrate` and `make verify`: the plan is right about loads that no measurement has seen."""

from tests.e2e.checkout import Checkout, Result

LIMIT_S = 100 * 60


def test_a_fresh_calibration_foretells_replicas_and_p95(checkout: Checkout, up: Result):
    print(f"\n{checkout.make('calibrate', 'SERVICE=embedder').ok().stderr}")
    checkout.make("up").ok()
    run = checkout.run("make", "verify", "SERVICE=embedder", limit_s=LIMIT_S)
    print(f"\n{run.stdout}")
    assert run.ok().stdout.splitlines()[-1] == "held"
