"""What goes wrong on request: each kind is what a person meets in a real cloud, once in a while."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

from tests.doubles.cloud import Cloud, Operation

RETRIES = 3
"""The real providers retry a throttled call by themselves, since the engine never does."""
SLOW_S = 20

Answer = TypeVar("Answer")


class CloudError(Exception):
    """The cloud's refusal, in its words; the engine shows it beside the resource."""


def with_faults(
    cloud: Cloud, operation: Operation, token: str, name: str, work: Callable[[], Answer]
) -> tuple[Answer, bool]:
    """What `work` answers, and whether it became usable; what really happened is in the cloud's record."""
    throttled = 0
    while (kind := cloud.take_fault(operation, token, name)) == "throttle":
        throttled += 1
        cloud.note(operation, token, name, "throttled")
        if throttled > RETRIES:
            raise CloudError("ThrottlingException: Rate exceeded")
    if kind == "die":
        os._exit(1)
    if kind in ("error", "quota"):
        cloud.note(operation, token, name, kind)
        raise CloudError(REFUSALS[kind])
    if kind == "slow":
        time.sleep(SLOW_S)
    try:
        answer = work()
    except CloudError as refused:
        cloud.note(operation, token, name, str(refused))
        raise
    cloud.note(operation, token, name, "done")
    if kind == "die-after":
        os._exit(1)
    if kind == "lost":
        raise CloudError("RequestTimeout: the connection was closed before the answer came")
    return answer, kind != "init"


REFUSALS = {
    "error": "InternalFailure: the service had an internal error (status 503)",
    "quota": "LimitExceededException: the quota of this account in this region is used up",
}
