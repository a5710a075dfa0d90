"""The replicas, broken: late to be ready, or one among them that answers nonsense."""

from pathlib import Path
from typing import Any

from loadtests.sabotage.parts import Before, Place, Sabotage, await_done
from loadtests.watcher import rolled_out

LATE_S = 10
"""Beyond slo.scale_up_s, until a replica may be called ready."""
MOVED_S = 60
"""Beyond a replica's own start, for a rollout or an extra pod."""

GARBAGE = "tradewind.dev/sabotage=garbage"
"""Label of the extra pod."""


class SlowStart(Sabotage):
    """No replica is called ready before the time in which the card wants the surge met. Rolls the replicas out anew."""

    clause = "scaled-up"

    def before(self) -> Before:
        return self._place().before()

    def apply(self) -> None:
        place, late = self._place(), self.card.slo.scale_up_s + LATE_S
        place.write({**place.read(), "initialDelaySeconds": late})
        await_done(
            lambda: rolled_out(self.cluster.deployment(self.namespace, self.card.name)),
            late + MOVED_S,
            f"the slowed replicas of {self.card.name} did not replace the others within {late + MOVED_S} s. "
            f"To fix: see kubectl describe deployment -n {self.namespace} {self.card.name}",
        )

    def take_back(self, before: Before) -> None:
        """Begins the rollout back; the next run waits for its end."""
        self._place().put_back(before)

    def _place(self) -> Place:
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{self.card.name}"
        return Place(self.cluster, path, "/spec/template/spec/containers/0/startupProbe")


class Garbage(Sabotage):
    """One pod more behind the service, of its image and labels, that answers 200 with vectors that mean nothing."""

    clause = "vectors"

    def apply(self) -> None:
        self.cluster.request("POST", self._pods, self._pod())
        await_done(
            self._ready,
            MOVED_S,
            f"the pod that answers garbage was not ready within {MOVED_S} s. "
            f"To fix: see kubectl describe pods -n {self.namespace} -l {GARBAGE}",
        )

    def take_back(self, before: Before) -> None:
        self.cluster.request("DELETE", f"{self._pods}?labelSelector={GARBAGE}")

    @property
    def _pods(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods"

    def _pod(self) -> dict[str, Any]:
        """A replica in all but its program, so that admission, policies and balancing take it for one."""
        template = self.cluster.deployment(self.namespace, self.card.name)["spec"]["template"]
        [container] = template["spec"]["containers"]
        key, value = GARBAGE.split("=")
        meta = {"generateName": f"{self.card.name}-garbage-", "labels": {**template["metadata"]["labels"], key: value}}
        program = Path(__file__).with_name("garbage.py").read_text()
        spec = {**template["spec"], "containers": [{**container, "command": ["python", "-c", program]}]}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}

    def _ready(self) -> bool:
        found = self.cluster.request("GET", f"{self._pods}?labelSelector={GARBAGE}")["items"]
        conditions = [each for pod in found for each in pod.get("status", {}).get("conditions", [])]
        return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
