"""The committed schemas are those of the SDKs that uv.lock pins, and of the rows that are there."""

from collections.abc import Iterable

import pytest

from airgap.engine import version
from tests.doubles import aws, gcp, kubernetes
from tests.doubles.schema import generate, load


@pytest.mark.parametrize(("sdk", "rows"), [("aws", aws.ROWS), ("gcp", gcp.ROWS), ("kubernetes", kubernetes.ROWS)])
def test_it_is_of_this_sdk_and_of_all_rows(sdk: str, rows: Iterable[str]):
    fix = "to fix: python -m tests.doubles.schema"
    assert load(sdk).version == version(f"pulumi-{sdk}"), fix
    assert load(sdk).kinds.keys() == set(rows), fix


def test_a_type_that_the_sdk_has_not_is_named():
    with pytest.raises(LookupError, match=r"^pulumi_aws has no aws:kms/lock:Lock"):
        generate("aws", ["aws:kms/lock:Lock"])


def test_inputs_outputs_and_what_is_required_are_read_from_the_sdk():
    found = generate("aws", ["aws:kms/alias:Alias"])["kinds"]["aws:kms/alias:Alias"]
    assert found["required"] == ["targetKeyId"]
    assert found["inputs"] == {"name": "string", "namePrefix": "string", "region": "string", "targetKeyId": "string"}
    assert {"arn", "targetKeyArn"} <= set(found["outputs"])
