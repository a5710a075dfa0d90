"""From none to one and back, as KEDA does it beside the autoscaler."""

from components.planning.activation import Activation
from components.planning.fluid import foreseen
from components.service.scaling import cooldown_s, scaled_object_spec
from tests.components.samples import CARD, a_capacity, a_card

AT_ZERO = {"minReplicaCount": 0, "cooldownPeriod": 30}


def test_the_first_request_makes_one_and_more_are_the_autoscalers():
    activation = Activation(AT_ZERO)
    assert activation.decide(0, 0, active=False) == 0
    assert activation.decide(1, 0, active=True) == 1
    assert activation.decide(2, 3, active=True) == 3


def test_the_last_goes_once_nothing_was_active_for_the_whole_cooldown():
    activation = Activation(AT_ZERO)
    assert activation.decide(10, 1, active=True) == 1
    assert activation.decide(39, 1, active=False) == 1
    assert activation.decide(40, 1, active=False) == 0


def test_where_one_is_kept_it_does_nothing():
    activation = Activation({"minReplicaCount": 1, "cooldownPeriod": 30})
    assert activation.decide(10_000, 1, active=False) == 1


def test_a_load_from_zero_is_held_met_and_left():
    card = a_card(scale={"min": 0, "max": 3, "spare": 0.2}, slo=CARD["slo"] | {"timeout_s": 20, "scale_down_s": 60})
    capacity = a_capacity()
    spec = scaled_object_spec(card, capacity, "http://p")
    found = foreseen(lambda second: 20.0 if 10 <= second < 40 else 0.0, 120, spec, card, capacity, 1)
    assert {moment.ready for moment in found[:10]} == {0}
    first = next(moment for moment in found if moment.ready)
    assert 10 + capacity.start_s < first.second <= 10 + capacity.start_s + 5
    assert max(moment.backlog for moment in found) >= 20 * capacity.start_s
    gone = next(moment.second for moment in found[40:] if not moment.ready)
    assert 40 + cooldown_s(card) <= gone <= 40 + card.slo.scale_down_s
    assert found[-1].desired == found[-1].ready == 0
