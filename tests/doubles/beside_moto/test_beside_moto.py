"""Our double and moto, which nobody of us wrote, asked for the same: both accept or both refuse, or it is listed why not."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws

from provider.protocol import Values
from tests.components.recording import ACCOUNT
from tests.doubles import aws
from tests.doubles.beside_moto.calls import BROUGHT_BY, CALLS, LACKING
from tests.doubles.beside_moto.contract import FOLDER, HEADINGS, Case, Refused, answer, cases, resources
from tests.doubles.beside_moto.sides import Moto, Ours
from tests.doubles.cloud import Cloud

pytestmark = pytest.mark.stack

REGION = "eu-west-1"
CASES = {case.name: case for case in cases()}
DIFFERENCES = yaml.safe_load((FOLDER / "differences.yaml").read_text())
LISTED = [(f"{name}: {what}", each) for each in DIFFERENCES for name, of in each["cases"].items() for what in of]


@pytest.fixture
def ours(tmp_path: Path) -> Ours:
    double = aws.double(Cloud(tmp_path / "aws.sqlite"))
    double.configure(Values({"region": REGION, "allowedAccountIds": [ACCOUNT]}))
    return Ours(double)


@pytest.fixture
def moto(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Moto]:
    # Its catalogues take a second a test to read; of AWS' policies it is asked in the cases of attachments alone.
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    attaches = "Attachment" in request.node.callspec.params["case"].token
    with mock_aws(config={"iam": {"load_aws_managed_policies": attaches}}):
        yield Moto(client)


@cache
def client(service: str) -> Any:
    """moto answers for it as long as a test mocks AWS; the keys are nobody's."""
    return boto3.client(service, region_name=REGION, aws_access_key_id="none", aws_secret_access_key="none")


@pytest.mark.parametrize("case", CASES.values(), ids=str)
def test_both_answer_as_aws_but_where_it_is_listed(case: Case, ours: Ours, moto: Moto):
    (our_answer, our_words), (their_answer, their_words) = answer(case, ours), answer(case, moto)
    known = {
        side: each[side] for name, each in LISTED if name == case.name for side in ("double", "moto") if side in each
    }
    assert {"double": our_answer, "moto": their_answer} == {"double": case.aws, "moto": case.aws} | known, (
        f"double: {our_words}\nmoto: {their_words}\n"
        "To fix: mend the double, or write the difference and its reason into differences.yaml, or take it out there."
    )


def test_a_difference_is_of_a_case_and_has_a_reason():
    assert [name for name, _ in LISTED if name not in CASES] == []
    assert len({name for name, _ in LISTED}) == len(LISTED), "a case is listed twice"
    assert all(each["why"] for each in DIFFERENCES)
    same = [name for name, each in LISTED if CASES[name].aws in (each.get("moto"), each.get("double"))]
    assert same == [], "no difference from AWS"


def test_a_case_stands_under_a_heading_that_is_read():
    assert {key for each in resources().values() for key in each} == {"type", "inputs", "after", *HEADINGS}


def test_every_type_of_the_double_is_compared_or_lacks_a_counterpart():
    assert {*CALLS, *LACKING, *BROUGHT_BY} == aws.ROWS.keys()
    assert {case.token for case in CASES.values() if case.aws == "accepts"} == CALLS.keys()


@pytest.mark.parametrize("token", LACKING)
def test_what_moto_lacks_it_lacks_still(token: str):
    # In services of REST it is an answer, in the others an exception.
    with mock_aws(), pytest.raises((NotImplementedError, Refused), match=r"(?i)not (been|yet) implemented"):
        Moto(client).send(LACKING[token], {})
