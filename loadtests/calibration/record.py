"""From figures to capacity.json."""

import json
import math
import os
import statistics
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from components.capacity import FILE, Capacity, Confidence, Limits, Measurement, Measurements, ServiceTime
from components.card import Card
from components.processor import processor
from loadtests.calibration.figures import SEEDS, STEP_S, Found
from loadtests.calibration.spread import Interval, interval_of_mean

QUANTILES = 41
HOW = "make calibrate: one replica behind the entry, its scaler paused; open-loop Poisson steps for the rate"


def capacity_of(found: Found, card: Card, limits: Limits, in_flight: int) -> Capacity:
    """What was found, in the file's units."""
    work_ms = sorted(each * 1000 for each in found.work_s)
    alone, full = interval_of_mean(work_ms), Interval.of(found.full_rps)
    return Capacity(
        service=card.name,
        measured=Measurement(
            at=datetime.now(UTC).strftime("%Y-%m-%d"),
            how=HOW,
            cpu=processor(),
            cores=os.cpu_count() or 1,
            duration_s=STEP_S,
            seeds=list(SEEDS),
            versions={name: version(name) for name in ("locust", "pulumi")},
        ),
        size=card.size,
        limits=limits,
        service_time_ms=ServiceTime(
            mean=round(statistics.fmean(work_ms), 2),
            cv=round(statistics.pstdev(work_ms) / statistics.fmean(work_ms), 3),
            quantiles=[
                round(work_ms[int((number + 0.5) / QUANTILES * len(work_ms))], 2) for number in range(QUANTILES)
            ],
        ),
        run_ms=round(found.run_s * 1000, 2),
        outside_ms=round(found.outside_s * 1000, 2),
        stretch=found.stretch,
        crowding=found.crowding,
        idle_cpu=round(found.idle_cpu, 4),
        full_rps=round(full.middle, 1),
        in_flight=in_flight,
        rps_per_replica=round(found.rps, 1),
        p95_ms=math.ceil(found.p95_s * 1000),
        response_ms=round(found.mean_s * 1000, 1),
        start_s=max(1.0, max(found.starts_s)),
        confidence=Confidence(
            service_time_ms=(round(alone.low, 2), round(alone.high, 2)),
            full_rps=(round(full.low, 1), round(full.high, 1)),
            rps_per_replica=(round(found.rps, 1), round(found.fails_at, 1)),
        ),
    )


def write(folder: Path, fresh: Capacity) -> Path:
    """Puts it into the Bento's file, in place of an earlier one of its kind of machine, size and limit."""
    file = folder / FILE
    kept = Measurements.model_validate_json(file.read_text()).measurements if file.exists() else []
    kind = (fresh.measured.cpu, fresh.size, fresh.limits.cpu)
    others = [each for each in kept if (each.measured.cpu, each.size, each.limits.cpu) != kind]
    found = Measurements(measurements=[*others, fresh]).model_dump(mode="json", exclude_defaults=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(found, indent=2) + "\n")
    part.replace(file)
    return file
