"""`python -m bench.react`: a step of three times the load, met by our autoscaler and by Kubernetes' own in turn."""

from tests.e2e.checkout import Checkout, Result

ROUNDS = 3
JUDGED = {"ready_s", "recovered_s", "turns", "of"}
"""First words of the lines that hold a promise about ours."""


def test_ours_is_sooner_by_what_is_promised_and_does_not_flap(checkout: Checkout, up: Result):
    run = checkout.shell(f"python -m bench.react --arms ours,ours+standby,hpa-default,hpa-tuned,keda --rounds {ROUNDS}")
    print(f"\n{run.stdout}")
    held = {line.split()[0] for line in run.ok().stdout.splitlines() if line.endswith(": held")}
    assert held >= JUDGED
