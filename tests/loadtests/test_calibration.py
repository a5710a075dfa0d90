"""From what was measured to capacity.json, and the refusal of what is not known well enough."""

import json
from pathlib import Path

import pytest

from components.capacity import Limits, load_measurements
from components.planning.queueing import model
from loadtests.calibration.again import again_where_refused
from loadtests.calibration.figures import Found, medians, model_of
from loadtests.calibration.record import capacity_of, write
from loadtests.calibration.spread import Interval, interval_of_mean, one_pace, require_narrow, require_one_pace
from loadtests.calibration.usage import Readings
from loadtests.ledger import Request
from loadtests.target import Refused
from tests.components.samples import a_capacity, a_card

LIMITS = Limits(cpu="400m", memory="512Mi")
FOUND = Found(
    idle_cpu=0.008,
    alone_s=[0.010, 0.012, 0.014, 0.020] * 60,
    alone_cpu_s=0.012,
    full_rps=[39.0, 40.0, 41.0],
    full_cpu_s=0.0085,
    rps=30.04,
    fails_at=31.5,
    p95_s=0.2871,
    mean_s=0.0604,
    starts_s=[4, 5],
)


def test_each_figure_is_written_in_its_unit():
    found = capacity_of(FOUND, a_card(), LIMITS, 12)
    assert (found.full_rps, found.rps_per_replica, found.p95_ms, found.response_ms) == (40.0, 30.0, 288, 60.4)
    assert (found.in_flight, found.start_s, found.idle_cpu) == (12, 5, 0.008)
    assert found.service_time_ms.mean == pytest.approx(12)
    assert found.outside_ms == pytest.approx(2)
    assert found.run_ms == pytest.approx(4)  # (12 - 8.5) / (1 - 1/8)
    assert found.confidence and found.confidence.full_rps == (39, 41)


def test_the_file_gives_the_model_that_was_measured():
    card, measured = a_card(), model_of(FOUND, a_card(), 0.4)
    read = model(card, capacity_of(FOUND, card, LIMITS, 12))
    assert (read.run_s, read.outside_s, read.cpu) == pytest.approx(
        (measured.run_s, measured.outside_s, measured.cpu), abs=1e-5
    )
    assert sum(read.work_s) / len(read.work_s) == pytest.approx(sum(measured.work_s) / len(measured.work_s), rel=0.02)


def test_it_takes_the_place_of_its_own_kind_and_leaves_the_others(tmp_path: Path):
    bento, card = tmp_path / "bentos" / "embedder", a_card()
    bento.mkdir(parents=True)
    other = a_capacity()
    (bento / "capacity.json").write_text(json.dumps({"measurements": [other.model_dump(mode="json")]}))
    fresh = capacity_of(FOUND, card, LIMITS, 12)
    for _ in range(2):
        write(bento, fresh)
    assert load_measurements(bento, card).measurements == [other, fresh]
    assert [path.name for path in bento.iterdir()] == ["capacity.json"]


def test_a_wide_spread_is_refused_with_the_fix():
    require_narrow("the full rate", Interval.of([39, 40, 41]))
    with pytest.raises(
        Refused, match=r"the full rate .*: 30 to 50, a spread of 50% .* nothing was written. To fix: end"
    ):
        require_narrow("the full rate", Interval.of([30, 40, 50]))


def test_two_spells_of_one_machine_are_told_from_a_slow_one():
    assert one_pace([1.02, 1.05])
    assert not one_pace([1.12, 1.02])
    assert not one_pace([1.02, 1.12])


def test_of_three_spells_the_last_must_be_like_one_of_the_others():
    require_one_pace(first=1.12, between=1.02, again=1.04)
    require_one_pace(first=1.01, between=0.91, again=0.99)
    with pytest.raises(Refused, match=r"took 1.20, 1.02 and 1.11 of their time alone .* nothing was written. To fix"):
        require_one_pace(first=1.20, between=1.02, again=1.11)


def test_the_interval_of_a_mean_narrows_with_more_values():
    few, many = interval_of_mean([1.0, 2.0, 3.0] * 5), interval_of_mean([1.0, 2.0, 3.0] * 500)
    assert few.low < many.low < 2 < many.high < few.high


def page(at: int, **used: float) -> str:
    """What the kubelet of the node says at such a second of what pods have used."""
    line = 'container_cpu_usage_seconds_total{{container="embedder",namespace="models",pod="{}"}} {} {}'
    return "x 1\n" + "".join(line.format(pod, seconds, at * 1000) + "\n" for pod, seconds in used.items())


def test_the_use_of_several_pods_is_their_sum_and_unknown_where_one_was_seen_once():
    spec = {"nodeName": "n", "containers": [{"name": "embedder"}]}
    readings = Readings([{"metadata": {"name": name, "namespace": "models"}, "spec": spec} for name in ("e1", "e2")])
    for text in (page(100, e1=1.0), page(100, e1=1.0, e2=7.0, other=3.0), page(110, e1=2.0, e2=7.5, other=9.0)):
        readings.take(text)
    assert readings.cores(95, 115) == pytest.approx(0.15)
    assert readings.cores(105, 115) is None


def test_a_request_that_was_held_up_once_has_the_time_it_takes_and_a_large_one_keeps_its():
    quick, stalled, large = 0.02, 0.19, 0.04
    rounds = [[quick, large], [stalled, large], [quick, large]]
    answered = [
        [Request(number=at, due=0, sent=1, answered=1 + taken, status=200) for at, taken in enumerate(each)]
        for each in rounds
    ]
    assert medians(answered) == pytest.approx([quick, large])
    for each in answered:
        each[1].status = 503
    assert medians(answered) == pytest.approx([quick])


def test_one_run_of_many_is_repeated_once_where_it_was_refused():
    ends = iter([Refused("late"), 91.0, Refused("late"), Refused("late again")])

    def run() -> float:
        if isinstance(end := next(ends), Refused):
            raise end
        return end

    assert again_where_refused(run, settle_s=0) == 91.0
    with pytest.raises(Refused, match="late again"):
        again_where_refused(run, settle_s=0)
