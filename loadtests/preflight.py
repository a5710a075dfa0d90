"""Before the load: the service answers, and its replicas rest at min. A run that begins otherwise proves nothing."""

import time
import urllib.error
import urllib.request

from loadtests.progress import say
from loadtests.target import Refused, Target
from loadtests.watcher import Cluster, rolled_out, sample

ANSWER_S = 60
"""A service at zero answers once it has started."""


class Restless(Refused):
    """The service does not come to rest, so no run can be judged."""


def await_service(target: Target) -> None:
    """Refuses where the entry does not lead to a ready service."""
    url = f"{target.url}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:  # noqa: S310  (loopback, checked by target)
            answer.read()
    except (urllib.error.URLError, OSError) as error:
        raise Refused(f"{url}: {error}. To fix: make up, then make doctor") from error


def await_rest(cluster: Cluster, target: Target, limit_s: float) -> None:
    """Returns once min are desired and ready, all of one template; Restless after `limit_s`, in which others may go."""
    deadline, told = time.monotonic() + limit_s, False
    while True:
        found = cluster.deployment(target.namespace, target.service)
        now, settled = sample(found, 0), rolled_out(found)
        if now.ready == now.desired == target.minimum and settled:
            return
        state = f"{now.ready} ready of {now.desired} desired, min {target.minimum}"
        if now.ready == now.desired and not settled:
            state += ", rolling out"
        if time.monotonic() > deadline:
            raise Restless(
                f"cannot be judged: the service does not rest at its min within {limit_s:.0f} s: {state}. To fix: end "
                f"what else loads it, then look at kubectl get scaledobject,hpa,pods -n {target.namespace}"
            )
        if not told:
            say(f"waiting up to {limit_s:.0f} s for the service to rest: {state}")
        told = True
        time.sleep(1)
