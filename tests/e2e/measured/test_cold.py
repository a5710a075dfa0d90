"""From a fresh clone and empty caches; only in the full form, since it takes most of an hour."""

import shutil
from pathlib import Path

from tests.e2e.checkout import Checkout
from tests.e2e.counts import COLD_UP_S


def test_from_empty_caches_make_up_takes_less_than_forty_minutes(tmp_path: Path):
    fresh = Checkout.copy(tmp_path / "clone", cache=tmp_path / "cache")
    try:
        before = shutil.disk_usage(tmp_path).free
        up = fresh.make("up").ok()
        taken = (before - shutil.disk_usage(tmp_path).free) / 2**30
        print(f"\n{up.stderr.splitlines()[-1]}\nfrom empty caches: {up.seconds / 60:.1f} min, {taken:.1f} GiB of disk")
        assert up.seconds <= COLD_UP_S
    finally:
        fresh.remove()
        shutil.rmtree(tmp_path)  # pytest would keep the last three
