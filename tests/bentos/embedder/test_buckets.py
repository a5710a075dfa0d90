"""How a batch is cut into runs: every text once, padding bounded by what one more run would cost."""

import random

import pytest
from encoder import RUN_COST, RUN_TOKENS, buckets


@pytest.mark.parametrize("seed", range(20))
def test_every_text_is_in_one_run_and_no_run_is_padded_beyond_its_price(seed):
    chance = random.Random(seed)
    lengths = [chance.choice([3, 8, 16, 40, 256]) + chance.randrange(8) for _ in range(chance.randrange(1, 65))]
    runs = buckets(lengths)
    assert sorted(index for run in runs for index in run) == list(range(len(lengths)))
    for run in runs:
        width = max(lengths[index] for index in run)
        assert lengths[run[0]] == width, "the first text of a run gives its width"
        assert sum(width - lengths[index] for index in run) <= RUN_COST
        assert len(run) * width <= max(RUN_TOKENS, width)


def test_texts_of_one_length_share_a_run():
    assert len(buckets([12] * 32)) == 1


def test_a_long_text_does_not_pad_short_ones():
    assert sorted(map(len, buckets([256, *[8] * 31]))) == [1, 31]
