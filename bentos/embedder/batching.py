"""BentoML's adaptive batching with two bounds that it lacks (1.4.39, pinned): on waiting, and on lost work."""

from collections import deque

from _bentoml_impl.server import app
from bentoml._internal.marshal import dispatcher


class BoundedOptimizer(dispatcher.Optimizer):
    """BentoML's estimate of how long to wait for company, never above `limit_s`.

    BentoML lets a lone request wait about as long as requests waited of late, queueing included: a quiet replica took
    120 ms for what takes 10, for a minute after a surge of 20 s (README.md).
    """

    def __init__(self, max_latency: float, limit_s: float) -> None:
        super().__init__(max_latency)
        self.limit_s = limit_s

    def trigger_refresh(self) -> None:
        super().trigger_refresh()
        self.wait = min(self.wait, self.limit_s)


class Dispatcher(dispatcher.CorkDispatcher):
    """Leaves out requests whose caller has its answer already, which is 504.

    BentoML computes them all the same: after an overload a replica would answer nothing in time for as long as the
    work that nobody waits for takes.
    """

    wait_s = 0.0

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.optimizer = BoundedOptimizer(self.max_latency, self.wait_s)

    def _get_inputs(self, num_batches: int | None = None):
        self._queue = deque(job for job in self._queue if not job.future.done())
        return super()._get_inputs(num_batches)

    def split_job(self, job, split_indexes):
        first, second = super().split_job(job, split_indexes)
        # The second part is still in the queue when the caller of the whole gives up.
        job.future.add_done_callback(lambda whole: second.future.cancel() if whole.cancelled() else None)
        return first, second


def bound_batching(wait_s: float) -> None:
    """Holds for every batchable endpoint of this process that is not serving yet."""
    Dispatcher.wait_s = wait_s
    app.CorkDispatcher = Dispatcher
