"""What the vectors are: the model's own, whatever they travel with."""

import numpy as np
import pytest
from texts import STRANGE, WORDS, words

MODEL_TOLERANCE = 1e-3
BATCH_TOLERANCE = 1e-5
BEYOND = [257, 300, 1000]


def apart(some, others) -> float:
    """The largest difference in one coordinate."""
    return float(np.abs(np.asarray(some) - np.asarray(others)).max())


def test_each_word_is_one_token(reference):
    assert [len(reference.tokens(word)) for word in WORDS] == [3] * len(WORDS)
    assert len(reference.tokens(words(200))) == 202


@pytest.mark.parametrize("first", range(1, 257, 32))
def test_vectors_agree_with_float64_from_1_to_256_tokens(encode, reference, first):
    texts = [words(count) for count in range(first, first + 32)]
    assert apart(encode(texts), [reference.vector(text) for text in texts]) < MODEL_TOLERANCE


@pytest.mark.parametrize("count", BEYOND)
def test_vectors_agree_with_float64_beyond_the_limit(encode, reference, count):
    assert apart(encode([words(count)]), [reference.vector(words(count))]) < MODEL_TOLERANCE


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_vectors_agree_with_float64_on_strange_texts(encode, reference, text):
    assert apart(encode([text]), [reference.vector(text)]) < MODEL_TOLERANCE


def test_a_text_is_read_up_to_256_tokens_and_no_further(encode):
    whole, cut, shorter = encode([words(300), words(254), words(253)])
    assert apart(whole, cut) < BATCH_TOLERANCE
    assert apart(whole, shorter) > BATCH_TOLERANCE


def test_batched_equals_single(encode):
    texts = [words(count, start=count) for count in (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 256, 400)]
    texts += [*STRANGE.values(), *(words(12, start) for start in range(10))]
    assert len(texts) == 32
    singles = [encode([text])[0] for text in texts]
    assert apart(encode(texts), singles) < BATCH_TOLERANCE
    assert apart(encode(texts[::-1]), singles[::-1]) < BATCH_TOLERANCE


def test_vectors_have_384_numbers_and_length_one(encode):
    vectors = np.array(encode([words(3), words(40), words(300)]))
    assert vectors.shape == (3, 384)
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-6


def test_related_sentences_are_nearer_than_unrelated_ones(encode):
    cat, kitten, tax = np.array(
        encode(["A cat sleeps on the sofa.", "The kitten naps on a couch.", "Quarterly tax returns are due in April."])
    )
    assert cat @ kitten > cat @ tax + 0.3
