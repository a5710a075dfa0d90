"""What the policy pack costs a command of the engine: its start, and what each resource adds."""

import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty

from airgap.paths import CHECKOUT
from bench.rounds import Measured
from commands.stages import report
from provider.protocol import Values, encode
from provider.protocol.messages import analyzer_pb2, analyzer_pb2_grpc

SIZES = (10, 100, 300)
"""Resources of a stack."""
START_S, RESOURCE_S = 1.5, 0.003
"""Limits: until the pack says what it has, and for each resource more, between the sizes."""


def measure_pack(planned: Sequence[dict[str, Any]], rounds: int) -> list[Measured]:
    """By the engine's own protocol, a process a round; `planned` are resources of our stacks, taken over and over."""
    requests = [_request(each) for each in planned]
    starts, slopes = [], []
    for number in range(rounds + 1):
        start, slope = _round(requests)
        if number:  # the first warms caches
            starts.append(start)
            slopes.append(slope)
            report(f"pack: round {number} of {rounds}: start {start:.2f} s, {slope * 1000:.2f} ms a resource")
    return [
        Measured(name="policy pack, start", times_s=starts, limit_s=START_S),
        Measured(name=f"policy pack, a resource, of {SIZES}", times_s=slopes, limit_s=RESOURCE_S),
    ]


def _round(requests: Sequence[Any]) -> tuple[float, float]:
    begin = time.monotonic()
    process = subprocess.Popen([sys.executable, "policies"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            pack = analyzer_pb2_grpc.AnalyzerStub(channel)
            pack.GetAnalyzerInfo(Empty())
            start = time.monotonic() - begin
            times = [_analyzed(pack, requests, size) for size in SIZES]
    finally:
        process.terminate()
        process.wait()
    return start, statistics.linear_regression(SIZES, times).slope


def _analyzed(pack: Any, requests: Sequence[Any], size: int) -> float:
    """As a preview asks: whether it would change each resource, what it has against it, and at the end the whole."""
    begin = time.monotonic()
    pack.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack="bench", dry_run=True))
    for request in itertools.islice(itertools.cycle(requests), size):
        pack.Remediate(request)
        pack.Analyze(request)
    pack.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest())
    return time.monotonic() - begin


def _request(planned: dict[str, Any]) -> Any:
    return analyzer_pb2.AnalyzeRequest(
        urn=planned["urn"],
        type=planned["type"],
        name=planned["urn"].rpartition("::")[2],
        properties=encode(Values(planned["inputs"])),
    )
