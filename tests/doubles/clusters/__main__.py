"""`python -m tests.doubles.clusters PLACE CLOUD ID REGION`: one cluster, until SIGTERM, or until its folder is gone."""

import os
import signal
import sys
import time
import traceback
from pathlib import Path

from filelock import FileLock, Timeout

from airgap.kubernetes_provider.connection import Unreachable
from airgap.kubernetes_provider.errors import ApiError
from tests.doubles.cloud import Cloud
from tests.doubles.clusters import ADDRESS, LOCK, PID, Clusters, token
from tests.doubles.clusters.control_plane import ControlPlane
from tests.doubles.clusters.controllers import Where, play

PASS_S = 0.5


def main() -> None:
    place, cloud, id, region = Path(sys.argv[1]), *sys.argv[2:]
    folder = Clusters(place, cloud).folder(id)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return  # another one was quicker
    (folder / PID).write_text(str(os.getpid()))
    plane = ControlPlane(folder, token(place))
    where = Where(kind=cloud, region=region, cluster=id, store=Cloud(place / f"{cloud}.sqlite"))
    try:
        plane.start()
        _pass(plane, where)  # nodes and definitions that such a cluster has from birth
        (folder / ADDRESS).write_text(plane.server.removeprefix("https://"))
        while (folder / PID).exists():  # a rehearsal's folder may be removed while it runs
            time.sleep(PASS_S)
            _pass(plane, where)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not cut the end short
        plane.stop()
        lock.release()


def _pass(plane: ControlPlane, where: Where) -> None:
    try:
        play(plane.cluster, where)
    except (ApiError, Unreachable):
        traceback.print_exc()  # the next pass tries again


if __name__ == "__main__":
    main()
