"""Texts of a known number of tokens, and texts that trip tokenizers."""

WORDS = [
    "river",
    "stone",
    "winter",
    "music",
    "garden",
    "window",
    "bread",
    "paper",
    "silver",
    "market",
    "forest",
    "bridge",
    "engine",
    "letter",
    "summer",
    "island",
    "mountain",
    "kitchen",
    "candle",
    "horse",
]
"""Each one token of its own in the model's vocabulary."""

STRANGE = {
    "accents": "Crème brûlée à la carte, naïve façade",
    "chinese": "我喜歡在早晨喝茶和讀書",
    "emoji": "👩‍👩‍👧 🚀 flags 🇩🇪 and a \u200d joiner",
    "control characters": "a\x00b\x07c\u202edef\ufeff\u0301",
    "one endless word": "x" * 500,
    "white space": " \t\n ",
    "special tokens": "[CLS] a [SEP] [MASK] [PAD] [UNK]",
    "right to left": "שלום עולם مرحبا",
}


def words(count: int, start: int = 0) -> str:
    """A text of `count` tokens, not counting [CLS] and [SEP]; another for another start."""
    return " ".join(WORDS[(start + 7 * i + i // len(WORDS)) % len(WORDS)] for i in range(count))
