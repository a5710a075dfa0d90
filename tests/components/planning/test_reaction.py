"""What a card promises is refused where the platform's autoscaler looks too seldom."""

import pytest

from components.planning import DEFAULT_SYNC_S, reaction_s, require_reaction
from components.validation import InvalidInput
from tests.components.samples import CARD, a_capacity, a_card

SLO = CARD["slo"]


def test_the_reaction_is_the_sum_of_what_it_waits_for():
    assert reaction_s(a_capacity(start_s=6.0), 2) == 1 + 2 + 1 + 6


def test_a_promise_that_the_autoscalers_period_allows_is_taken():
    require_reaction(a_card(slo=SLO | {"scale_up_s": 23}), a_capacity(start_s=6.0), DEFAULT_SYNC_S)


def test_a_promise_within_the_autoscalers_period_is_refused_with_its_parts():
    with pytest.raises(InvalidInput) as refusal:
        require_reaction(a_card(slo=SLO | {"scale_up_s": 12}), a_capacity(start_s=6.0), DEFAULT_SYNC_S)
    assert str(refusal.value) == (
        "bentos/embedder/card.yaml: slo.scale_up_s must be at least 23 on this platform (1 s to be seen, 15 s between "
        "two looks of the autoscaler, 1 s to be scheduled, 6 s to start), got 12. "
        "To fix: raise slo.scale_up_s, or choose a larger size."
    )
