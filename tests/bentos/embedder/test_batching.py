"""What BentoML's batching lacks, without a server: each fails where BentoML's own class is used."""

import asyncio
from unittest import mock

import pytest
from batching import BoundedOptimizer, Dispatcher
from bentoml._internal.marshal.dispatcher import CorkDispatcher, Optimizer


def after_a_surge(optimizer: Optimizer) -> float:
    """How long it would wait for company, once requests had to queue for half a second."""
    for _ in range(20):
        optimizer.log_outbound(n=1, wait=0.5, duration=0.01)
    optimizer.trigger_refresh()
    return optimizer.wait


def test_waiting_for_company_is_bounded():
    assert after_a_surge(BoundedOptimizer(60, limit_s=0.005)) == 0.005
    assert after_a_surge(Optimizer(60)) == pytest.approx(0.5), "BentoML bounds it now: the class can go"


async def texts_computed(kind: type[CorkDispatcher]) -> list[str]:
    """What runs when three callers of four give up while the first one's batch runs."""
    done: list[str] = []
    release = asyncio.Event()

    async def run(batches: tuple[list[str], ...]) -> list[list[str]]:
        await release.wait()
        done.extend(text for batch in batches for text in batch)
        return list(batches)

    gather = kind(
        60_000,
        max_batch_size=4,
        fallback=lambda: None,
        get_batch_size=len,
    )(run)
    calls = [asyncio.create_task(gather([f"{name}{n}" for n in range(3)])) for name in "abcd"]
    await asyncio.sleep(0.05)
    for call in calls[1:]:
        call.cancel()
    release.set()
    assert await calls[0] == ["a0", "a1", "a2"]
    await asyncio.sleep(0.2)
    return done


def test_work_that_nobody_waits_for_is_left_out():
    computed = asyncio.run(texts_computed(Dispatcher))
    assert len(computed) == 4, "the first batch: three texts of a, and one of b that filled it up"
    assert len(asyncio.run(texts_computed(CorkDispatcher))) == 12, "BentoML leaves it out now: the class can go"


async def answered_after_a_bad_batch() -> list[str]:
    async def run(batches: tuple[list[str], ...]) -> list[list[str]]:
        return list(batches)

    dispatcher = Dispatcher(60_000, max_batch_size=4, fallback=lambda: None, get_batch_size=len)
    gather = dispatcher(run)
    with mock.patch.object(dispatcher, "split_job", side_effect=RuntimeError("no such split")):
        bad = asyncio.create_task(gather(["too", "many", "for", "one", "batch"]))
        await asyncio.sleep(0.05)
    bad.cancel()
    return await asyncio.wait_for(gather(["next"]), timeout=5)


def test_a_batch_that_cannot_be_made_holds_up_no_other():
    assert asyncio.run(answered_after_a_bad_batch()) == ["next"]


async def timers_set(kind: type[CorkDispatcher]) -> int:
    """How often the event loop is asked to come back while a batch of 0.2 s runs and a request waits behind it."""
    loop, asked = asyncio.get_running_loop(), 0
    call_at = loop.call_at

    def counted(*arguments, **options):
        nonlocal asked
        asked += 1
        return call_at(*arguments, **options)

    async def run(batches: tuple[list[str], ...]) -> list[list[str]]:
        await release.wait()
        return list(batches)

    release = asyncio.Event()
    gather = kind(60_000, max_batch_size=4, fallback=lambda: None, get_batch_size=len)(run)
    first = asyncio.create_task(gather(["a"]))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(gather(["b"]))
    with mock.patch.object(loop, "call_at", counted):
        await asyncio.sleep(0.2)
    release.set()
    assert (await first, await second) == (["a"], ["b"])
    return asked


def test_nothing_is_asked_while_a_batch_runs():
    assert asyncio.run(timers_set(Dispatcher)) == 1, "the test's own sleep"
    assert asyncio.run(timers_set(CorkDispatcher)) > 50, "BentoML waits for its batch now: the method can go"


def test_the_service_uses_them():
    from service import CARD, Embedder

    factory = Embedder.to_asgi().router.lifespan_context.__self__
    [found] = factory.dispatchers.values()
    assert isinstance(found, Dispatcher)
    assert found.optimizer.limit_s == CARD["batch"]["wait_ms"] / 1000
    assert found.max_batch_size == CARD["batch"]["size"]
