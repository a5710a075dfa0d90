"""What the service refuses, with which status and words; no wrong request gets a 5xx, or the sample for an answer."""

import asyncio
import json

import httpx
import numpy as np
import pytest
import yaml
from serving import BENTO, MAX_BODY
from texts import words

SAMPLE = yaml.safe_load((BENTO / "card.yaml").read_text())["sample"]
JSON = "application/json"


def post(server, body: object, kind: str | None = JSON) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(
        f"{server.url}/encode", content=content, headers={"content-type": kind} if kind else {}, timeout=60
    )


REFUSED = {
    "no text": ({"texts": []}, "at least 1 item"),
    "an empty text": ({"texts": ["a", ""]}, "at least 1 character"),
    "too many texts": ({"texts": ["a"] * 33}, "at most 32 items"),
    "too long a text": ({"texts": ["a" * 8193]}, "at most 8192 characters"),
    "a text without its list": ({"texts": "a"}, "valid array"),
    "a number for a text": ({"texts": ["a", 1]}, "valid string"),
    "null for the texts": ({"texts": None}, "valid array"),
    "a list for the body": (["a"], "object"),
    "another key": ({"text": ["a"]}, "not permitted"),
    "a key too many": ({"texts": ["a"], "normalize": True}, "not permitted"),
    "no JSON": (b"texts=a", "Invalid JSON"),
    "half of a JSON": (b'{"texts": ["a"', "Invalid JSON"),
    "an escaped lone surrogate": (rb'{"texts": ["\ud800"]}', "Invalid JSON"),
    "an encoded lone surrogate": (b'{"texts": ["\xed\xa0\x80"]}', "Invalid JSON"),
    "bytes that are no UTF-8": (b'{"texts": ["\xff\xfe"]}', "Invalid JSON"),
    "nesting without end": (b'{"texts": ' + b"[" * 100_000, "Invalid JSON"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_wrong_request_is_answered_400_with_its_reason(server, case):
    body, reason = case
    answer = post(server, body)
    assert answer.status_code == 400
    assert reason in " ".join(detail["msg"] for detail in answer.json()["detail"])


def test_the_refused_text_is_named_by_its_place(server):
    [detail] = post(server, {"texts": ["a", "b", ""]}).json()["detail"]
    assert detail["loc"] == ["texts", 2]


@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "application/vnd.bentoml+pickle", "é"],
)
def test_a_body_that_is_not_declared_as_json_is_answered_415(server, kind):
    answer = post(server, {"texts": ["a"]}, kind.encode())
    assert answer.status_code == 415
    assert "content-type: application/json" in answer.json()["error"]


@pytest.mark.parametrize("kind", [JSON, "application/json; charset=utf-8", "Application/JSON", None])
def test_json_is_known_by_its_declaration_or_by_default(server, kind):
    assert post(server, {"texts": ["a"]}, kind).status_code == 200


def test_a_body_of_any_size_is_read_up_to_what_the_stack_says(server):
    def endless():
        for _ in range(100):
            yield b" " * (1 << 20)

    for content in (b'{"texts": ["' + b"a" * (5 << 20) + b'"]}', endless()):
        try:
            answer = httpx.post(f"{server.url}/encode", content=content, headers={"content-type": JSON}, timeout=60)
        except httpx.WriteError:  # the answer came, and the connection was closed, while we were still sending
            continue
        assert answer.status_code == 413
        assert f"{MAX_BODY} bytes" in answer.text


def test_the_largest_request_is_answered_in_time(server):
    assert len(server.encode([words(1000, start)[:8192] for start in range(32)])) == 32


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_a_request_without_texts_is_answered_with_the_sample(server, local, body):
    assert np.abs(np.array(post(server, body).json()) - np.array(local(SAMPLE["texts"]))).max() < 1e-5


async def surge(url: str, count: int, texts: list[str]) -> list[int]:
    """The statuses of requests sent all at once."""
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=count)) as client:
        answers = await asyncio.gather(*(client.post(f"{url}/encode", json={"texts": texts}) for _ in range(count)))
    return [answer.status_code for answer in answers]


def test_an_overload_is_refused_and_forgotten(server):
    """40 requests of 24 long texts: 31 s of work. 8 are too many, most of the others too late, none is remembered."""
    statuses = asyncio.run(surge(server.url, 40, [words(254, start) for start in range(24)]))
    assert set(statuses) == {200, 429, 504}
    assert statuses.count(429) == 8
    assert len(server.encode([words(5)])) == 1, "answered within the timeout, after the one batch that is running"
