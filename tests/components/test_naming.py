"""Names are fixed by what a thing is, and fit their limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airgap.images import RECIPES
from components import naming


@given(st.lists(st.from_regex(r"[a-z][a-z0-9]{0,39}", fullmatch=True), min_size=1, max_size=4))
def test_a_fitted_name_is_a_dns_label_and_always_the_same(parts: list[str]):
    name = naming.fitted(*parts)
    assert len(name) <= naming.LABEL_LIMIT
    assert naming.DNS_LABEL.fullmatch(name)
    assert name == naming.fitted(*parts)


def test_long_names_that_differ_at_the_end_stay_apart():
    long = "a" * 80
    assert naming.fitted(long, "one") != naming.fitted(long, "two")


def test_a_stack_that_shares_its_cluster_has_namespaces_of_its_own():
    assert naming.namespace("models") == "models"
    assert naming.namespace("models", "lab") == "models-lab"


def test_an_unknown_room_is_refused():
    with pytest.raises(ValueError, match="room must be one of models, cache, monitoring, got 'kitchen'"):
        naming.namespace("kitchen")


def test_no_service_is_called_as_an_image_of_the_platforms_own():
    assert set(RECIPES) <= set(naming.SERVICE_NAMES_TAKEN)


def test_the_longest_service_name_leaves_room_for_what_others_add():
    longest = "s" * naming.SERVICE_NAME_LIMIT
    for derived in (naming.pods_service(longest), naming.waiting_room(longest), f"keda-hpa-{longest}"):
        assert len(derived) <= naming.LABEL_LIMIT
