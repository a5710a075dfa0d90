"""The Bento's files: reproducible where they are built, in step with the service where they are committed."""

import json
import subprocess
import sys

import pytest
import yaml
from export import export
from serving import BENTO

CARD = yaml.safe_load((BENTO / "card.yaml").read_text())


def test_two_exports_are_the_same_bytes(tmp_path):
    once, again = export(tmp_path / "once"), export(tmp_path / "again")
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]
    assert sorted(path.name for path in (tmp_path / "once").iterdir()) == ["model.bin", "model.onnx", "tokenizer.json"]


def test_the_description_is_the_services(model):
    from openapi import description

    committed = yaml.safe_load((BENTO / "openapi.yaml").read_text())
    assert committed == description(), "To fix: in bentos/embedder, uv run python openapi.py > openapi.yaml"


def test_the_sample_of_the_card_is_the_default_of_the_endpoint():
    committed = yaml.safe_load((BENTO / "openapi.yaml").read_text())
    body = committed["paths"]["/encode"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert {name: field["default"] for name, field in body["properties"].items()} == CARD["sample"]


def test_the_entry_queues_below_the_services_limit():
    from service import MAX_CONCURRENCY

    found = json.loads((BENTO / "capacity.json").read_text())["measurements"]
    assert all(each["in_flight"] < MAX_CONCURRENCY for each in found)


@pytest.mark.parametrize("module", ["torch", "transformers", "pandas", "huggingface_hub", "sentence_transformers"])
def test_nothing_of_this_weight_is_installed(module):
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is not None)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_loading_the_service_opens_no_session():
    """`bentoml build` and the description load it too, and need no model."""
    code = "import sys, service; sys.exit(bool({'onnxruntime', 'tokenizers'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=BENTO).returncode == 0
