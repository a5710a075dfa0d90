"""Waiting for an object to become ready or to go, with progress, until there is no hope."""

import contextlib
import threading
import time
from collections.abc import Callable

from airgap.kubernetes_provider.cluster import Cluster, Object
from airgap.kubernetes_provider.condition import conditions
from airgap.kubernetes_provider.connection import Unreachable
from airgap.kubernetes_provider.errors import ApiError, NoKind
from airgap.kubernetes_provider.explanation import explain, first_hints
from airgap.kubernetes_provider.readiness import Hopeless, Ready

DEFAULT_TIMEOUT_S = 600.0
QUICK_S, QUICK_POLL_S, POLL_S = 10.0, 0.25, 1.0
"""Most things are ready within seconds: look often first."""
REPEAT_S = 15.0  # an unchanged state is said again this often, as a sign of life
HINTS_AFTER_S = 10.0

Tell = Callable[[str], None]


class NotReady(Exception):
    """Gave up; `reasons` says why, in the cluster's words."""

    def __init__(self, problem: str, live: Object, details: list[str]):
        super().__init__(problem)
        self.live, self.reasons = live, [problem, *details]


class Waiter:
    """One wait: its deadline, its pace, its progress lines. Gives up when `stopping` is set (Ctrl-C)."""

    def __init__(self, timeout: float, stopping: threading.Event, tell: Tell):
        self._start = time.monotonic()
        self._deadline = self._start + (timeout or DEFAULT_TIMEOUT_S)
        self._stopping, self._tell = stopping, tell
        self._said, self._said_at = "", 0.0

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._start

    def ended(self) -> str | None:
        """Why to stop waiting; None while there is time."""
        if self._stopping.is_set():
            return "cancelled after"
        return "timed out after" if time.monotonic() > self._deadline else None

    def pause(self, seconds: float | None = None) -> None:
        if seconds is None:
            seconds = QUICK_POLL_S if self.elapsed < QUICK_S else POLL_S
        self._stopping.wait(max(0.0, min(seconds, self._deadline - time.monotonic() + 0.01)))

    def say(self, text: str, hints: Callable[[], str] | None = None) -> None:
        """Progress: at once when it is new, else now and then."""
        now = time.monotonic()
        if text != self._said or now - self._said_at > REPEAT_S:
            self._said, self._said_at = text, now
            more = hints() if hints and self.elapsed > HINTS_AFTER_S else ""
            self._tell(f"{text} / {more}" if more else text)

    def until_ready(self, cluster: Cluster, live: Object, ready: Ready) -> Object:
        """The object once it is ready. NotReady where that does not come."""
        kind, metadata = live["kind"], live["metadata"]
        while True:
            try:
                missing = ready(cluster, live)
            except Hopeless as error:
                raise NotReady(str(error), live, explain(cluster, live)) from None
            except (Unreachable, ApiError) as error:
                missing = str(error)
            if missing is None:
                return live
            if why := self.ended():
                problem = f"{why} {self.elapsed:.0f} s of waiting: {missing}"
                raise NotReady(problem, live, explain(cluster, live))
            latest = live
            self.say(f"[{kind}] {missing}", lambda: first_hints(cluster, latest))  # noqa: B023 (called at once)
            self.pause()
            try:
                live = cluster.get(live["apiVersion"], kind, metadata.get("namespace"), metadata["name"])
            except ApiError as error:
                if error.status == 404:
                    raise ValueError(f"{kind} {metadata['name']} was deleted while waiting for it") from None
            except Unreachable:
                pass

    def until_gone(self, cluster: Cluster, deleted: Object, place: tuple[str, str, str | None, str]) -> None:
        """Returns when the object is gone, or another stands in its place. TimeoutError names its finalizers."""
        uid = deleted.get("metadata", {}).get("uid") or deleted.get("details", {}).get("uid")
        api_version, kind, namespace, name = place
        live: Object = {}
        while True:
            with contextlib.suppress(Unreachable):
                try:
                    live = cluster.get(api_version, kind, namespace, name)
                except NoKind:
                    return
                except ApiError as error:
                    if error.status != 404:
                        raise
                    return
            if uid and live.get("metadata", {}).get("uid", uid) != uid:
                return
            missing = _held_by(live)
            if why := self.ended():
                raise TimeoutError(
                    f"{kind} {name} still exists, {why} {self.elapsed:.0f} s of waiting: {missing}. To fix: start what "
                    "removes its finalizers, or raise customTimeouts.delete."
                )
            if self.elapsed > 2:
                self.say(f"[{kind}] waiting for the deletion: {missing}")
            self.pause()


def _held_by(live: Object) -> str:
    finalizers = (live.get("metadata") or {}).get("finalizers") or (live.get("spec") or {}).get("finalizers") or []
    words = [f"finalizers {', '.join(finalizers)}" if finalizers else "being deleted"]
    if live.get("kind") == "Namespace":
        words += [each["message"] for each in conditions(live).values() if each.get("status") == "True"]
    return "; ".join(words)
