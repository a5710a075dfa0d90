"""A plugin behind its real gRPC server, in a process of its own, as the engine runs it."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import grpc
import psutil
import pytest
from google.protobuf.empty_pb2 import Empty

from provider.protocol import UNKNOWN, Values
from provider.protocol.messages import provider_pb2, provider_pb2_grpc, status_pb2
from provider.protocol.values import decode, encode

URN = "urn:pulumi:dev::shop::volumes:index:Volume::data"

PLUGIN = """
import pathlib, sys, time
from provider.protocol import *

class Volumes(Plugin):
    name, version = "volumes", "1.2.3"
    def check(self, resource):
        return Checked(resource.inputs, [("size", "too small: " + resource.inputs.plain["password"])])
    def diff(self, resource):
        changes = compare(resource.old_inputs.plain, resource.inputs.plain)
        return Diff(changes, frozenset(changes) & {("kind",)}, delete_before_replace=("kind",) in changes)
    def create(self, resource):
        if resource.preview:
            return Created("", Values({"path": UNKNOWN}))
        if resource.inputs.plain.get("kind") == "half":
            raise InitFailed("half made", id="v1", state=resource.inputs, inputs=resource.inputs,
                             reasons=["log says " + resource.inputs.plain["password"]])
        raise ValueError("cannot use " + resource.inputs.plain["password"])
    def read(self, resource):
        return None
    def update(self, resource):
        while not self.stopping.wait(1): pass
        raise ValueError("cancelled")
    def close(self):
        pathlib.Path(sys.argv[2]).write_text("closed")

print("SDK loaded" if "pulumi" in sys.modules else "", file=sys.stderr)
serve(Volumes())
"""


@contextmanager
def running(tmp_path: Path, *launcher: str):
    command = [*launcher, sys.executable, "-c", PLUGIN, "127.0.0.1:1", str(tmp_path / "closed")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield process, provider_pb2_grpc.ResourceProviderStub(channel)
    finally:
        for each in [*psutil.Process(process.pid).children(recursive=True)] if process.poll() is None else []:
            each.kill()
        process.kill()
        process.wait()


def secret(**plain):
    return encode(Values(plain, frozenset({("password",)})))


def test_errors_failures_and_reasons_hold_no_secret(tmp_path):
    with running(tmp_path) as (_, stub):
        [failure] = stub.Check(provider_pb2.CheckRequest(urn=URN, news=secret(password="hunter22"))).failures
        assert (failure.property, failure.reason) == ("size", "too small: [secret]")

        with pytest.raises(grpc.RpcError) as refused:
            stub.Create(provider_pb2.CreateRequest(urn=URN, properties=secret(password="hunter22")))
        assert refused.value.details() == "cannot use [secret]"

        with pytest.raises(grpc.RpcError) as refused:
            stub.Create(provider_pb2.CreateRequest(urn=URN, properties=secret(password="hunter22", kind="half")))
        metadata = dict(refused.value.trailing_metadata())
        status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
        detail = provider_pb2.ErrorResourceInitFailed()
        assert status.details[0].Unpack(detail)
        assert (detail.id, list(detail.reasons)) == ("v1", ["log says [secret]"])
        assert decode(detail.properties).secrets == {("password",)}


def test_the_calls_carry_what_the_engine_needs(tmp_path):
    with running(tmp_path) as (_, stub):
        assert stub.GetPluginInfo(Empty()).version == "1.2.3"
        shown = stub.Create(provider_pb2.CreateRequest(urn=URN, preview=True))
        assert decode(shown.properties).plain == {"path": UNKNOWN}
        assert stub.Read(provider_pb2.ReadRequest(urn=URN, id="gone")).id == ""

        old, new = encode(Values({"kind": "a", "size": 1})), encode(Values({"kind": "b", "size": 1}))
        diff = stub.Diff(provider_pb2.DiffRequest(urn=URN, olds=old, old_inputs=old, news=new))
        assert diff.changes == diff.DIFF_SOME and list(diff.replaces) == ["kind"] and diff.deleteBeforeReplace
        assert diff.detailedDiff["kind"].kind == provider_pb2.PropertyDiff.UPDATE_REPLACE
        same = stub.Diff(provider_pb2.DiffRequest(urn=URN, olds=old, old_inputs=old, news=old))
        assert same.changes == same.DIFF_NONE


def test_cancel_reaches_a_method_that_waits(tmp_path):
    with running(tmp_path) as (_, stub):
        call = stub.Update.future(provider_pb2.UpdateRequest(urn=URN))
        time.sleep(0.2)
        stub.Cancel(Empty())
        assert "cancelled" in call.exception(timeout=5).details()


def test_sigint_ends_it_at_once_after_close(tmp_path):
    with running(tmp_path) as (process, stub):
        waiting = stub.Update.future(provider_pb2.UpdateRequest(urn=URN))
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=3) == 0
        assert (tmp_path / "closed").read_text() == "closed"
        waiting.cancel()


def test_it_ends_when_the_engine_is_killed(tmp_path):
    # The shell stands for the engine; `wait` keeps it from replacing itself by its command.
    with running(tmp_path, "sh", "-c", '"$@" & wait', "sh") as (engine, _):
        [plugin] = psutil.Process(engine.pid).children()
        os.kill(engine.pid, signal.SIGKILL)
        engine.wait()
        plugin.wait(timeout=3)
    assert (tmp_path / "closed").exists()


def test_the_sdk_is_not_loaded_but_can_be():
    code = "import provider.protocol, sys; assert 'pulumi' not in sys.modules; import pulumi; pulumi.Output; pulumi.runtime.settings"
    subprocess.run([sys.executable, "-c", code], check=True)
