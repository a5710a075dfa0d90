"""One daemon a rehearsal, which leaves nothing behind."""

import asyncio
import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from tests.doubles import registry
from tests.doubles.registry.clouds import Registries
from tests.doubles.registry.proxy import Proxy


def processes(place: Path) -> list[psutil.Process]:
    """Those that name the rehearsal's folder, or work in it."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(str(place)) or str(place) in process.cmdline():
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
    return found


def gone(place: Path) -> bool:
    deadline = time.monotonic() + 5
    while processes(place) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not processes(place)


@pytest.mark.cluster
def test_who_asks_together_gets_one_daemon_and_stop_leaves_none(tmp_path):
    folder = registry.folder_of(tmp_path)
    folder.mkdir()
    try:
        with ThreadPoolExecutor(3) as pool:
            with FileLock(folder / "lock"):
                asked = [pool.submit(registry.ensure, tmp_path) for _ in range(3)]
                time.sleep(1)
                assert not processes(tmp_path), "who asks waits while another starts it"
            [first] = {each.result() for each in asked}
        names = sorted(process.name() for process in processes(tmp_path))
        assert len(names) == 2 and registry.STORE in names
    finally:
        registry.stop(tmp_path)
    assert gone(tmp_path)
    registry.stop(tmp_path)
    try:
        assert registry.ensure(tmp_path) == first, "the port and the authority are the same after a restart"
    finally:
        registry.stop(tmp_path)


@pytest.mark.cluster
def test_a_daemon_that_is_killed_takes_its_store_along_and_is_replaced(tmp_path):
    try:
        registry.ensure(tmp_path)
        killed = registry.daemon(tmp_path)
        assert killed is not None
        killed.send_signal(signal.SIGKILL)
        assert gone(tmp_path)
        registry.ensure(tmp_path)
        replaced = registry.daemon(tmp_path)
        assert replaced is not None and replaced.pid != killed.pid
        [store] = replaced.children()
        store.kill()
        assert gone(tmp_path), "a daemon without its store ends"
    finally:
        registry.stop(tmp_path)


@pytest.mark.cluster
def test_a_daemon_that_cannot_start_says_why(tmp_path):
    registry.folder_of(tmp_path).mkdir()
    (registry.folder_of(tmp_path) / "ca.key").write_text("damaged")
    with pytest.raises(RuntimeError, match=r"did not start: .*daemon.log ends with\n(.|\n)*Error"):
        registry.ensure(tmp_path)
    assert gone(tmp_path)


def test_stop_where_none_ever_ran_leaves_nothing(tmp_path):
    registry.stop(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_merely_has_the_number_is_left_alone(tmp_path):
    folder = registry.folder_of(tmp_path)
    folder.mkdir()
    (folder / registry.RECORD).write_text(json.dumps({"pid": os.getpid(), "port": 1}))
    registry.stop(tmp_path)
    assert registry.daemon(tmp_path) is None


async def test_it_is_idle_once_nobody_was_connected_for_so_long(tmp_path):
    proxy = Proxy(Registries(tmp_path), inside=0)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    async with server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        waiting = asyncio.ensure_future(proxy.idle(0.5))
        await asyncio.sleep(1)
        assert not waiting.done(), "somebody is connected"
        writer.close()
        begin = time.monotonic()
        await asyncio.wait_for(waiting, 10)
        assert time.monotonic() - begin > 0.4
