"""A Bento's folder: which files count, and what is said when it cannot be built."""

from pathlib import Path

import pytest

from provider.bento import BentoError, Project

PYPROJECT = """\
[project]
name = "tiny"
version = "1"
[tool.tradewind]
model = "python export.py"
serve = "python server.py"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "uv.lock").write_text("version = 1\n")
    for name in ("service.py", "export.py", "model/weights.bin", ".venv/lib/x.py", "__pycache__/service.pyc", "a/b.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_what_a_person_wrote_counts_and_nothing_that_a_tool_makes(folder):
    assert [str(path) for path in Project(folder).files()] == [
        "a/b.py", "export.py", "pyproject.toml", "service.py", "uv.lock",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["service.py", "uv.lock", "a/b.py", "new.py"])
def test_each_such_file_changes_the_digest(folder, name):
    before = Project(folder).digest
    (folder / name).write_text("changed")
    assert Project(folder).digest != before


@pytest.mark.parametrize("name", ["model/weights.bin", ".venv/lib/x.py", "__pycache__/service.pyc"])
def test_what_is_made_does_not(folder, name):
    before = Project(folder).digest
    (folder / name).write_text("changed")
    assert Project(folder).digest == before


def test_the_model_depends_on_the_lock_and_its_script_alone(folder):
    before = Project(folder).model_digest
    (folder / "service.py").write_text("changed")
    assert Project(folder).model_digest == before
    (folder / "export.py").write_text("changed")
    assert Project(folder).model_digest != before


def test_a_folder_of_the_same_files_elsewhere_has_the_same_digest(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    for path in Project(folder).files():
        (other / path).parent.mkdir(parents=True, exist_ok=True)
        (other / path).write_bytes((folder / path).read_bytes())
    assert Project(other).digest == Project(folder).digest


def test_a_missing_lock_is_named_with_the_fix(folder):
    (folder / "uv.lock").unlink()
    with pytest.raises(BentoError, match=r"/uv\.lock: is missing\. To fix: run `uv lock`"):
        Project(folder)


@pytest.mark.parametrize("setting", ["serv = 'x'", "serve = 3", "model = ''"])
def test_an_unknown_or_empty_setting_is_named_with_the_fix(folder, setting):
    (folder / "pyproject.toml").write_text(f"[tool.tradewind]\n{setting}\n")
    with pytest.raises(BentoError, match=r"pyproject\.toml: tool\.tradewind\.\w+ must be a command .*To fix: "):
        _ = Project(folder).digest, Project(folder).serve_command


def test_without_settings_bentoml_serves_it(folder):
    (folder / "pyproject.toml").write_text("[project]\nname = 'tiny'\n")
    assert Project(folder).serve_command == ["python", "-m", "bentoml", "serve", "/bento"]
    assert Project(folder).model_command == []
