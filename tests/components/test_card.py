"""The card: what is accepted, and the sentence that each mistake gets."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from airgap.paths import CHECKOUT
from components.card import Card, load_card, load_cards
from components.validation import InvalidInput
from tests.components.samples import CARD

BENTOS = CHECKOUT / "bentos"
WINDOW = {"days": ["mon", "fri"], "start": "08:00", "end": "18:00", "timezone": "Europe/Berlin", "replicas": 2}


def spoiled(path: str, value: object = ...) -> dict[str, Any]:
    """A good card with one field set, or left out where no value is given."""
    card = json.loads(json.dumps(CARD))
    *parents, last = path.split(".")
    part = card
    for parent in parents:
        part = part[parent]
    if value is ...:
        del part[last]
    else:
        part[last] = value
    return card


def written(folder: Path, card: object, name: str = "embedder") -> Path:
    bento = folder / "bentos" / name
    bento.mkdir(parents=True, exist_ok=True)
    (bento / "card.yaml").write_text(card if isinstance(card, str) else yaml.dump(card, Dumper=yaml.CSafeDumper))
    return bento


def refusal(folder: Path, card: object, name: str = "embedder") -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        load_card(written(folder, card, name))
    return str(caught.value).splitlines()


def test_a_card_that_complies_is_read(tmp_path: Path):
    card = load_card(written(tmp_path, CARD))
    assert (card.name, card.scale.max, card.load.peak_rps) == ("embedder", 3, 75)


def test_a_card_has_no_secrets_but_those_it_names(tmp_path: Path):
    assert load_card(written(tmp_path, CARD)).secrets == []
    named = load_card(written(tmp_path, CARD | {"secrets": ["api-token", "b" * 63]}))
    assert named.secrets == ["api-token", "b" * 63]
    [line] = refusal(tmp_path, CARD | {"secrets": ["b" * 64]})
    assert line.startswith("bentos/embedder/card.yaml: secrets must hold DNS labels of at most 63 characters, and 'bbb")


@pytest.mark.parametrize("bento", [path.parent for path in BENTOS.glob("*/card.yaml")], ids=lambda path: path.name)
def test_every_card_of_this_repository_is_valid(bento: Path):
    assert load_card(bento).name == bento.name


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("scale.max", 0, "scale.max must be greater than or equal to 1, got 0. To fix: correct it, as in `max: 3`."),
        ("scale.min", 4, "scale.max must be at least scale.min (4), got 3. To fix: raise scale.max to 4 or more."),
        (
            "load.peak_rps",
            2,
            "load.peak_rps must be at least load.base_rps (5), got 2. "
            "To fix: raise load.peak_rps to 5 or more, or lower the base.",
        ),
        (
            "slo.timeout_s",
            0.2,
            "slo.timeout_s must be a whole number, got 0.2. To fix: correct it, as in `timeout_s: 5`.",
        ),
        ("slo.p95_ms", 6000, "slo.timeout_s must be at least slo.p95_ms (6000 ms), got 5. To fix: raise slo.timeout_s"),
        ("size", "huge", "size must be 'small', 'medium' or 'large', got 'huge'. To fix: choose one of these."),
        ("batch.size", "32", "batch.size must be a whole number, got '32'. To fix: correct it, as in `size: 32`."),
        ("batch.wait_ms", 400, "batch must wait less than slo.p95_ms (300)"),
        ("model.version", 1, 'model.version must be text, got 1. To fix: correct it, as in `version: "1"`.'),
        ("scale.spar", 0.2, "scale.spar is not a known key, got 0.2. To fix: write spare instead."),
        ("cache", {"ttl_s": 3}, "cache is not a known key, got {'ttl_s': 3}. To fix: remove it (known here: name, "),
        (
            "scale.standby",
            3,
            "scale.standby must leave scale.min (1) and itself within scale.max (3), got 3. "
            "To fix: lower scale.standby to 2 or less, or raise scale.max.",
        ),
        (
            "scale",
            {"min": 0, "max": 3, "spare": 0.2, "standby": 1},
            "scale.standby must be 0 where scale.min is 0, since with a replica held ready there are never none, got 1. "
            "To fix: lower scale.standby to 0, or raise scale.min to 1.",
        ),
        ("scale.min", -1, "scale.min must be greater than or equal to 0, got -1."),
        ("scale.schedule", [WINDOW | {"replicas": 4}], "scale.schedule must ask for more than scale.min (1) and at"),
        ("scale.schedule", [WINDOW | {"start": "8:00"}], "scale.schedule.0.start must be a time of day from 00:00"),
        ("scale.schedule", [WINDOW | {"start": 600}], "scale.schedule.0.start must be text, got 600."),
        ("scale.schedule", [WINDOW | {"end": "08:00"}], "scale.schedule.0.end must differ from start, got '08:00'."),
        ("scale.schedule", [WINDOW | {"timezone": "Berlin"}], "scale.schedule.0.timezone must be a name of the IANA"),
        ("scale.schedule", [WINDOW | {"days": ["mo"]}], "scale.schedule.0.days.0 must be 'mon', 'tue'"),
        ("scale.schedule", [WINDOW | {"days": []}], "scale.schedule.0.days must"),
        ("load", None, "load must be a mapping of keys, got None."),
        ("load.base_rps", float("inf"), "load.base_rps must be"),
        ("scale.min", True, "scale.min must be a whole number, got True."),
    ],
)
def test_a_wrong_value_is_named_with_its_field_and_the_fix(tmp_path: Path, path: str, value: object, sentence: str):
    [line] = refusal(tmp_path, spoiled(path, value))
    assert line.startswith(f"bentos/embedder/card.yaml: {sentence}")
    assert "To fix: " in line


@pytest.mark.parametrize("path", [*CARD, "load.shape", "slo.scale_up_s", "scale.spare", "batch.wait_ms"])
def test_a_missing_key_is_named_with_an_example(tmp_path: Path, path: str):
    [line] = refusal(tmp_path, spoiled(path))
    last = path.rpartition(".")[2]
    assert line.startswith(f"bentos/embedder/card.yaml: {path} is missing. To fix: add it, as in `{last}: ")


@pytest.mark.parametrize("name", ["Embedder", "an_embedder", "-embedder", "embedder-", "9lives", "a.b", "", "e" * 41])
def test_a_name_that_is_no_dns_label_is_refused(tmp_path: Path, name: str):
    lines = refusal(tmp_path, spoiled("name", name))
    assert all(line.startswith("bentos/embedder/card.yaml: name ") for line in lines)


def test_a_name_that_is_not_the_folders_is_refused(tmp_path: Path):
    [line] = refusal(tmp_path, CARD, name="reranker")
    assert line == (
        "bentos/reranker/card.yaml: name must be its folder's name ('reranker'), got 'embedder'. "
        "To fix: write `name: reranker`, or rename the folder."
    )


def test_all_mistakes_of_a_file_are_reported_at_once(tmp_path: Path):
    card = spoiled("scale.min", 9) | {"size": "huge", "extra": 1}
    assert len(refusal(tmp_path, card)) == 3


def test_all_wrong_files_are_reported_at_once(tmp_path: Path):
    written(tmp_path, spoiled("size", "huge"))
    written(tmp_path, spoiled("name", "reranker") | {"size": "tiny"}, name="reranker")
    with pytest.raises(InvalidInput) as caught:
        load_cards(tmp_path / "bentos")
    assert [line.partition(": ")[0] for line in str(caught.value).splitlines()] == [
        "bentos/embedder/card.yaml",
        "bentos/reranker/card.yaml",
    ]


def test_a_service_that_has_no_card_is_named(tmp_path: Path):
    with pytest.raises(InvalidInput, match=r"bentos/ghost/card\.yaml: the file is missing\. To fix: "):
        load_cards(tmp_path / "bentos", ["ghost"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [", "cannot be read: "),
        ("- a list", "must be a mapping of keys, got ['a list']"),
        ("", "must be a mapping of keys, got None"),
        ("name: embedder\nname: reranker", "the key 'name' is written twice"),
    ],
)
def test_a_file_that_is_no_card_at_all_is_one_line(tmp_path: Path, text: str, said: str):
    [line] = refusal(tmp_path, text)
    assert said in line and "To fix: " in line


@given(st.dictionaries(st.sampled_from([*CARD, "x"]), st.recursive(st.none() | st.integers() | st.text(), st.lists)))
def test_whatever_a_card_holds_the_answer_is_a_card_or_sentences(tmp_path_factory: pytest.TempPathFactory, data: dict):
    folder = tmp_path_factory.mktemp("cards")
    try:
        load_card(written(folder, CARD | data))
    except InvalidInput as error:
        assert all("To fix: " in line for line in str(error).splitlines())


def test_the_committed_schema_is_the_models():
    printed = subprocess.run(
        [sys.executable, "-m", "components.card"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert (BENTOS / "card.schema.json").read_text() == printed.stdout, (
        "to fix: python -m components.card > bentos/card.schema.json"
    )


def test_the_schema_accepts_a_good_card_and_knows_every_key():
    schema = json.loads((BENTOS / "card.schema.json").read_text())
    jsonschema.validate(CARD, schema)
    assert set(schema["properties"]) == set(Card.model_fields)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoiled("scale.min", -1), schema)
