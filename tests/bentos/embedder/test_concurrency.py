"""Requests that BentoML gathers into one batch: each caller gets its own vectors, and none waits for nothing."""

import asyncio
import random
import statistics
import time

import httpx
import numpy as np
import pytest
from texts import words


async def send_all(url: str, requests: list[list[str]], at_once: int) -> list[list[list[float]]]:
    gate = asyncio.Semaphore(at_once)

    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=at_once)) as client:

        async def send(texts: list[str]) -> list[list[float]]:
            async with gate:
                answer = await client.post(f"{url}/encode", json={"texts": texts})
            assert answer.status_code == 200, answer.text
            return answer.json()

        return await asyncio.gather(*map(send, requests))


@pytest.fixture(scope="module")
def requests() -> list[list[str]]:
    """Different texts throughout; sizes such that requests are also split between two batches of 32."""
    chance = random.Random(4)
    texts = iter([words(chance.randrange(4, 20), start) + f" {start}" for start in range(2000)])
    return [[next(texts) for _ in range(chance.choice([1, 1, 2, 3, 7, 20, 32]))] for _ in range(120)]


def test_answers_go_to_their_callers(server, local, requests):
    before = server.metrics()
    answers = asyncio.run(send_all(server.url, requests, at_once=24))
    for texts, answer in zip(requests, answers, strict=True):
        assert np.abs(np.array(answer) - np.array(local(texts))).max() < 1e-5
    grown = {name: value - before.get(name, 0) for name, value in server.metrics().items()}
    [batches] = [value for name, value in grown.items() if name.startswith("bentoml_service_adaptive_batch_size_count")]
    assert batches < len(requests), "no two requests shared a batch, so nothing was shown"


def test_a_mixed_up_answer_would_be_noticed(local, requests):
    vectors = np.array([local(texts)[0] for texts in requests])
    nearest = np.abs(vectors[:, None] - vectors[None]).max(axis=2) + np.eye(len(vectors))
    assert nearest.min() > 1e-3


def test_a_quiet_service_answers_at_once_after_a_surge(server, requests):
    """BentoML's own estimate would hold each lone request for about as long as those of the surge waited."""

    def quiet() -> float:
        times = []
        for index in range(60):
            start = time.perf_counter()
            server.encode([words(8, index)])
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    before = quiet()
    asyncio.run(send_all(server.url, requests * 2, at_once=24))
    time.sleep(5)  # its estimate is renewed every 5 s
    assert quiet() < 3 * before + 0.01
