"""BentoML's adaptive batching (1.4.39, pinned) with what it lacks: bounds on waiting and lost work, and no polling."""

import asyncio
import time
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
    """Runs a batch as soon as the one before has ended, without requests whose caller has its answer already (504).

    BentoML looks each millisecond whether it has ended, which takes a twentieth of a replica's CPU while requests wait,
    and computes what is late all the same: after an overload a replica would answer nothing in time for as long as the
    work that nobody waits for takes.
    """

    wait_s = 0.0
    SHARE = 0.95
    """Of the mean wait that one may take for the next one's sake: BentoML's own."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.optimizer = BoundedOptimizer(self.max_latency, self.wait_s)

    async def controller(self) -> None:
        while True:
            try:
                await self._next()
            except Exception:  # without it one bad batch would leave all later requests waiting for ever
                dispatcher.logger.exception("A batch could not be made")

    async def _next(self) -> None:
        async with self._wake_event:
            await self._wake_event.wait_for(self._queue.__len__)
        while self._worth_waiting():
            await asyncio.sleep(self.TICKET_INTERVAL)
        if batch := tuple(self._get_inputs()):
            self._sema.acquire()  # outbound_call gives it back
            await self.outbound_call(batch)

    def _worth_waiting(self) -> bool:
        """Whether all that wait lose less by one tick than one more in their batch saves: BentoML's own rule."""
        if not 0 < len(self._queue) < self.max_batch_size:
            return False
        since_last_s = time.time() - self._queue[-1].enqueue_time
        cost_s = len(self._queue) * (since_last_s + self.TICKET_INTERVAL + self.optimizer.o_a)
        return cost_s <= self.optimizer.wait * self.SHARE

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
