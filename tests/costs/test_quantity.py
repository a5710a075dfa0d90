"""Quantities, as the Kubernetes client reads them."""

import pytest
from kubernetes.utils.quantity import parse_quantity

from costs.quantity import SUFFIXES, quantity
from provider.protocol import UNKNOWN


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("number", ["1", "0.5", "250"])
def test_as_the_client_reads_it(number: str, suffix: str):
    assert quantity(number + suffix) == pytest.approx(float(parse_quantity(number + suffix)), rel=1e-12)


@pytest.mark.parametrize(("value", "expected"), [(1, 1), (0.5, 0.5), (2.0, 2)])
def test_a_number_is_one_too(value: float, expected: float):
    assert quantity(value) == expected


@pytest.mark.parametrize("value", [None, "", "Mi", "1 Gi", "1GiB", "-1", True, UNKNOWN, {}])
def test_all_else_is_none(value: object):
    assert quantity(value) is None
