"""The shipped texts keep their stated mix; no request of a run is sent twice; a wrong vector is seen."""

import json
from pathlib import Path

import pytest

from loadtests.corpus import CHECK_EVERY, LENGTH_MIX, TOLERANCE, Corpus


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus("embedder")


def test_the_lengths_of_the_sentences_are_the_stated_mix(corpus: Corpus):
    words = [len(sentence.split()) for sentence in corpus.sentences]
    for low, high, share in LENGTH_MIX.values():
        assert sum(low <= count <= high for count in words) / len(words) == pytest.approx(share, abs=0.01)


def test_no_sentence_is_shipped_twice(corpus: Corpus):
    assert len(set(corpus.sentences)) == len(corpus.sentences) >= 400


def test_no_two_requests_of_a_run_are_equal(corpus: Corpus):
    draw = corpus.draw(seed=3, count=100_000)
    assert len({tuple(draw.texts(n)) for n in range(100_000)}) == 100_000


def test_every_number_is_another_pair_of_different_sentences(tmp_path: Path):
    (tmp_path / "small.txt").write_text("a\nb\nc\nd\n")
    small = Corpus("small", tmp_path)
    pairs = {small.draw(1, small.pairs).pair(n) for n in range(small.pairs)}
    assert pairs == {(i, j) for i in range(4) for j in range(4) if i != j}


def test_a_run_longer_than_the_corpus_is_refused(corpus: Corpus):
    with pytest.raises(ValueError, match=r"480 sentences make 229920 different requests.*To fix: add sentences"):
        corpus.draw(1, 229_921)


def test_the_same_seed_draws_the_same_requests(corpus: Corpus):
    assert corpus.draw(1, 500).numbers == corpus.draw(1, 500).numbers != corpus.draw(2, 500).numbers


def test_a_request_body_is_bounded(corpus: Corpus):
    draw = corpus.draw(1, 20_000)
    assert max(len(json.dumps({"texts": draw.texts(n)})) for n in range(20_000)) < 3000


def test_a_sentence_beyond_the_bound_is_refused(tmp_path: Path):
    (tmp_path / "long.txt").write_text("x" * 1001 + "\n")
    with pytest.raises(ValueError, match=r"a sentence has 1001 characters\. To fix:"):
        Corpus("long", tmp_path)


def test_one_answer_in_twenty_is_checked(corpus: Corpus):
    draw = corpus.draw(1, 1000)
    assert sum(draw.checked(n) for n in range(1000)) == 1000 / CHECK_EVERY == 50


def test_the_reference_vectors_belong_to_the_texts(corpus: Corpus):
    assert len(corpus.vectors) == len(corpus.sentences)
    assert {len(vector) for vector in corpus.vectors} == {384}
    for vector in corpus.vectors[::37]:
        assert sum(x * x for x in vector) == pytest.approx(1.0, abs=1e-3)


def test_vectors_of_another_text_are_refused(tmp_path: Path, corpus: Corpus):
    (tmp_path / "embedder.txt").write_text("\n".join([*corpus.sentences[:-1], "One more sentence."]))
    (tmp_path / "embedder.npz").write_bytes(corpus.path.with_suffix(".npz").read_bytes())
    with pytest.raises(ValueError, match=r"made from another embedder.txt. To fix: "):
        _ = Corpus("embedder", tmp_path).vectors


def test_the_right_vectors_agree_and_each_wrong_form_does_not(corpus: Corpus):
    draw = corpus.draw(1, 40)
    right = [corpus.vectors[i] for i in draw.pair(0)]
    assert draw.drift(0, right) == 0.0
    assert draw.drift(0, right[::-1]) > TOLERANCE, "swapped"
    nearly = [[right[0][0] + 2 * TOLERANCE, *right[0][1:]], right[1]]
    assert TOLERANCE < draw.drift(0, nearly) < 3 * TOLERANCE
    poisoned = [[float("nan"), *right[0][1:]], right[1]]
    wrong = [
        None,
        [],
        right[:1],
        [*right, right[0]],
        [right[0], right[1][:-1]],
        [right[0], ["x"] * 384],
        {"a": 1},
        poisoned,
    ]
    assert [draw.drift(0, answer) for answer in wrong] == [float("inf")] * len(wrong)
