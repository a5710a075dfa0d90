"""Follows objects of a cluster as they change.

A watch costs the generator nothing while nothing changes, and tells within milliseconds.
"""

import contextlib
import json
import threading
from collections.abc import Callable
from typing import Any

from loadtests.replicas import Diary
from loadtests.watcher import Cluster

AGAIN_S = 0.5
"""Until a stream that has ended is opened anew."""

Note = Callable[[float, dict[str, Any]], None]


class Follower(threading.Thread):
    """Hands each state of the objects to `note`, with its second of `clock`, until `stop`.

    A stream that is opened anew begins with the objects as they are: `note` must bear hearing things twice.
    """

    def __init__(self, changes: Callable[[], Any], note: Note, clock: Callable[[], float]):
        super().__init__(name="follower", daemon=True)
        self.changes, self.note, self.clock = changes, note, clock
        self._stream: Any = None
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(Exception):  # any: what was not seen stays None
                self._stream = self.changes()
                for line in self._stream:
                    told = json.loads(line)
                    if told["type"] in ("ADDED", "MODIFIED"):
                        self.note(self.clock(), told["object"])
            self._stopping.wait(AGAIN_S)

    def stop(self) -> None:
        self._stopping.set()
        if self._stream is not None:
            with contextlib.suppress(Exception):  # it may have ended by itself
                self._stream.shutdown()
        self.join(timeout=5)


def followers(cluster: Cluster, namespace: str, name: str, diary: Diary, clock: Callable[[], float]) -> list[Follower]:
    """Of a Deployment and its pods."""
    return [
        Follower(lambda: cluster.changes_of_deployment(namespace, name), diary.deployment, clock),
        Follower(lambda: cluster.changes_of_pods(namespace, name), diary.pod, clock),
    ]
