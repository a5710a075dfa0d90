"""What the bench leaves behind is the stack's own."""

from typing import Any

import pytest

from airgap.errors import SetupError
from bench.scalers import MANAGER, owner


def a_scaler(*managers: tuple[str, str]) -> dict[str, Any]:
    fields = [{"manager": name, "operation": operation} for name, operation in managers]
    return {"metadata": {"name": "embedder", "namespace": "models", "managedFields": fields}}


def test_the_stack_owns_its_scaler_and_keda_only_writes_into_it():
    assert owner(a_scaler(("pulumi-kubernetes-f647", "Apply"), ("keda", "Update"))) == "pulumi-kubernetes-f647"


@pytest.mark.parametrize("managers", [[(MANAGER, "Apply")], [("pulumi", "Apply"), ("kubectl", "Apply")], []])
def test_what_is_not_of_a_stack_alone_is_refused_with_the_way_out(managers: list[tuple[str, str]]):
    with pytest.raises(SetupError, match="kubectl delete scaledobject embedder -n models; make up"):
        owner(a_scaler(*managers))
