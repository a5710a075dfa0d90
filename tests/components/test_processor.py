"""What kind of processor this is."""

from pathlib import Path

import pytest

from components.processor import processor


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("model name\t: AMD EPYC\nflags\t\t: fpu avx2 avx512f avx512_vnni\n", "AMD EPYC, avx512_vnni"),
        (
            "model name\t: AMD EPYC\nflags\t\t: fpu avx2\n\nmodel name\t: AMD EPYC\nflags\t\t: fpu avx2\n",
            "AMD EPYC, avx2",
        ),
        ("model name\t: Old\nflags\t\t: fpu\n", "Old"),
    ],
)
def test_it_is_called_by_its_model_and_its_widest_instructions(tmp_path: Path, told: str, name: str):
    (tmp_path / "cpuinfo").write_text(told)
    assert processor(tmp_path / "cpuinfo") == name


def test_where_nothing_tells_it_is_the_architecture(tmp_path: Path):
    assert processor(tmp_path / "none")
