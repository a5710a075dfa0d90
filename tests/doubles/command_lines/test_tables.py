"""The doubles of the command lines ask and answer as the real ones: held against what their makers publish."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import Shape
from botocore.validate import ParamValidator

from tests.doubles.command_lines import Failure, Programs, table
from tests.doubles.gcp.discovery import Described

SESSION = botocore.session.Session()
GLOBAL = {"--region", "--output"}
"""https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html"""

DESCRIBED = {
    "projects describe": ("cloudresourcemanager.v1", "Project"),
    "services list": ("serviceusage.v1", "GoogleApiServiceusageV1Service"),
    "compute regions describe": ("compute.v1", "Region"),
    "compute project-info describe": ("compute.v1", "Project"),
}
"""What the API answers whose answer gcloud prints."""


@pytest.mark.parametrize("command", table("aws"))
def test_a_command_of_aws_is_one_of_its_models(command: str):
    service, operation, given = parsed(command)
    model = operation_model(service, operation)
    members = {f"--{xform_name(name, '-')}": shape for name, shape in model.input_shape.members.items()}
    assert given["--output"] == ["json"]
    names = {f"--{xform_name(name, '-')}": name for name in model.input_shape.members}
    own = {name: words for name, words in given.items() if name not in GLOBAL}
    assert own.keys() <= members.keys()
    values = {names[name]: value_of(members[name], words) for name, words in own.items()}
    report = ParamValidator().validate(values, model.input_shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize(("command", "answer"), table("aws").items())
def test_an_answer_of_aws_is_of_the_models_shape(command: str, answer: Any):
    service, operation, _ = parsed(command)
    assert list(misfits(operation_model(service, operation).output_shape, answer)) == []


@pytest.mark.parametrize("command", DESCRIBED)
def test_an_answer_of_gcloud_is_in_the_discovery_document(command: str):
    document, schema = DESCRIBED[command]
    [answer] = [answer for each, answer in table("gcloud").items() if each.startswith(command)]
    node = Described(document, {"$ref": schema})._at({"$ref": schema})
    for each in answer if isinstance(answer, list) else [answer]:
        assert list(strangers(node, each)) == []


def test_a_command_that_is_not_in_the_table_is_refused(tmp_path: Path):
    Programs.install(tmp_path, "aws")
    ran = subprocess.run([tmp_path / "aws", "ec2", "terminate-instances"], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "the double has no answer to `ec2 terminate-instances`" in ran.stderr


def test_gcloud_answers_to_application_default_credentials_alone(tmp_path: Path):
    programs = Programs.install(tmp_path, "gcloud")
    token = tmp_path / "token"
    token.write_text("ya29.of-another")
    asking = {
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_SHOULD_PROMPT_TO_ENABLE_API": "0",
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
    }

    def ask() -> subprocess.CompletedProcess[str]:
        command = [tmp_path / "gcloud", "projects", "describe", "tradewind-dev", "--format=json"]
        return subprocess.run(command, env={**os.environ, **asking}, capture_output=True, text=True)

    assert "not asked with application-default credentials" in ask().stderr
    token.write_text("ya29.of-nobody")
    assert json.loads(ask().stdout)["projectId"] == "tradewind-dev"
    asking["CLOUDSDK_CORE_SHOULD_PROMPT_TO_ENABLE_API"] = "1"
    assert "would change the project" in ask().stderr
    programs.answer("gcloud", "projects describe", Failure("ERROR: (gcloud.projects.describe) no.", 1))
    assert len(programs.asked()) == 3


def parsed(command: str) -> tuple[str, str, dict[str, list[str]]]:
    """Service, operation, and the words of each option."""
    service, operation, *words = command.split()
    given: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            given[word] = []
        else:
            given[list(given)[-1]].append(word)
    return service, operation, given


def operation_model(service: str, operation: str):
    model = SESSION.get_service_model(service)
    [name] = [each for each in model.operation_names if xform_name(each, "-") == operation]
    return model.operation_model(name)


def value_of(shape: Shape, words: list[str]) -> Any:
    """As the CLI reads them: a flag, a text, or its short form of a list of structures, `Name=a,Values=b`."""
    if shape.type_name == "boolean":
        assert not words
        return True
    if shape.type_name == "list":
        pairs = [dict(pair.split("=", 1) for pair in word.split(",")) for word in words]
        return [{key: [text] if key == "Values" else text for key, text in pair.items()} for pair in pairs]
    [word] = words
    return word


PLAIN = {"string": str, "boolean": bool, "integer": int, "double": float, "timestamp": str}


def misfits(shape: Shape, value: Any, at: str = "") -> Iterator[str]:
    if shape.type_name == "structure":
        for name, each in value.items():
            if name not in shape.members:
                yield f"{at}.{name}"
            else:
                yield from misfits(shape.members[name], each, f"{at}.{name}")
    elif shape.type_name == "list":
        for each in value:
            yield from misfits(shape.member, each, at)
    elif not isinstance(value, PLAIN[shape.type_name]) or value not in (
        shape.enum or [value] if shape.type_name == "string" else [value]
    ):
        yield f"{at}: {value!r}"


def strangers(node: Any, value: Any, at: str = "") -> Iterator[str]:
    """Members that no schema has, and values that it refuses."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name not in node.members():
                yield f"{at}.{name}"
            else:
                yield from strangers(node.members()[name], each, f"{at}.{name}")
    elif isinstance(value, list):
        for each in value:
            yield from strangers(node.element(), each, at)
    else:
        # An answer is what is only read.
        yield from (f"{at}: {why}" for why in node.wrong(value) if "is only read" not in why)
