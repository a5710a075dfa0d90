"""The committed schemas are those of the SDKs that uv.lock pins, and of the rows that are there."""

import pytest

from airgap.engine import version
from tests.doubles import aws, gcp
from tests.doubles.schema import generate, load


@pytest.mark.parametrize(("cloud", "rows"), [("aws", aws.ROWS), ("gcp", gcp.ROWS)])
def test_it_is_of_this_sdk_and_of_all_rows(cloud: str, rows: dict):
    fix = "to fix: python -m tests.doubles.schema"
    assert load(cloud).version == version(f"pulumi-{cloud}"), fix
    assert load(cloud).kinds.keys() == rows.keys(), fix


def test_a_type_that_the_sdk_has_not_is_named():
    with pytest.raises(LookupError, match=r"^pulumi_aws has no aws:kms/lock:Lock"):
        generate("aws", ["aws:kms/lock:Lock"])


def test_inputs_outputs_and_what_is_required_are_read_from_the_sdk():
    found = generate("aws", ["aws:kms/alias:Alias"])["kinds"]["aws:kms/alias:Alias"]
    assert found["required"] == ["targetKeyId"]
    assert found["inputs"] == {"name": "string", "namePrefix": "string", "region": "string", "targetKeyId": "string"}
    assert {"arn", "targetKeyArn"} <= set(found["outputs"])
