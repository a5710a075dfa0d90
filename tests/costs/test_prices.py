"""The price book: what a row must have, and that a wrong one is named by file, row, field and fix."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.validation import InvalidInput
from costs.prices import POD, Price, load_book, the_book
from tests.costs.samples import PODS, PRICES


def refusals(tmp_path: Path, prices: list[dict[str, Any]] | None = None, pods: list[dict[str, Any]] | None = None):
    folder = tmp_path / "book"
    folder.mkdir()
    rows = [row | ({"date": dated(row)} if "date" in row else {}) for row in prices or []]
    (folder / "sky.yaml").write_text(yaml.safe_dump({"prices": rows, "pods": pods or []}))
    with pytest.raises(InvalidInput) as caught:
        load_book(folder)
    return str(caught.value).splitlines()


def dated(row: dict[str, Any]) -> object:
    return date(2026, 11, 29) if row["date"] == "2026-11-29" else row["date"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"usd": -0.01}, "usd must be greater than or equal to 0, got -0.01. To fix: correct it, as in `usd: 0.048`."),
        ({"usd": float("nan")}, "usd must be a finite number"),
        ({"usd": "3"}, "usd must be a number, got '3'. To fix: "),
        ({"unit": "day"}, "unit must be 'hour', 'month', 'vCPU-hour'"),
        ({"unit": "vCPU-hour"}, f"unit must be one of vCPU-hour, GiB-hour of {POD} and nowhere else"),
        ({"unit": "GB", "times": ["disks"]}, "times must stand beside a unit of hour, month"),
        ({"regions": []}, "regions"),
        ({"regions": "anywhere"}, "regions"),
        ({"source": "the price page"}, "source must match pattern"),
        ({"verified": "no"}, "verified must be a valid boolean"),
        ({"date": date.today() + timedelta(days=1)}, "date must not lie ahead"),
        ({"date": "in autumn"}, "date must be a valid date"),
        ({"price": 3}, "price is not a known key, got 3. To fix: "),
        ({"id": "Disk lease"}, "id must match pattern"),
        ({"of": []}, "of must have at least 1 item"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, change: dict[str, Any], words: str):
    lines = refusals(tmp_path, [PRICES["disk-lease"] | change])
    shown = change.get("id", "disk-lease")
    assert all(line.startswith(f"costs/book/sky.yaml: {shown}: ") and "To fix: " in line for line in lines)
    assert any(words in line for line in lines), lines


@pytest.mark.parametrize("field", ["id", "of", "regions", "unit", "usd", "source", "date", "verified"])
def test_a_missing_field_is_named(tmp_path: Path, field: str):
    row = {key: value for key, value in PRICES["disk-lease"].items() if key != field}
    assert any(f"{field} is missing. To fix: add it" in line for line in refusals(tmp_path, [row]))


def test_what_is_still_right_at_its_limit():
    row = PRICES["disk-lease"] | {"usd": 0, "date": date.today()}
    assert Price.model_validate(row).usd == 0


def test_two_rows_of_one_id_are_refused(tmp_path: Path):
    [line] = refusals(tmp_path, [PRICES["disk-lease"], PRICES["disk-lease"]])
    assert "prices must call each row by an id of its own, and disk-lease is there twice" in line


def test_two_rows_of_one_id_in_two_files_are_refused(tmp_path: Path):
    rows = {"prices": [PRICES["role"] | {"date": date(2026, 11, 29)}]}
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(yaml.safe_dump(rows))
    with pytest.raises(InvalidInput, match="role is there twice"):
        load_book(tmp_path)


@pytest.mark.parametrize("extra", [{"containers": ["spec"]}, {"requests": None}])
def test_pods_show_their_containers_or_have_requests_of_their_own(tmp_path: Path, extra: dict[str, Any]):
    requests = PODS[1]["requests"] | {"date": date(2026, 11, 29)}
    row = {**PODS[1], "requests": requests, **extra}
    assert any("sky.yaml: chart: requests must be there where" in line for line in refusals(tmp_path, pods=[row]))


@pytest.mark.parametrize("cpu", ["", "100 m", "-1", "much", "1e3x"])
def test_a_request_that_is_no_quantity_is_refused(tmp_path: Path, cpu: str):
    requests = PODS[1]["requests"] | {"cpu": cpu, "date": date(2026, 11, 29)}
    [line] = refusals(tmp_path, pods=[PODS[1] | {"requests": requests}])
    assert "sky.yaml: chart: requests.cpu must be a quantity of Kubernetes" in line


def test_each_figure_of_the_book_names_a_page_of_who_sells_or_makes_it():
    makers = ("aws.amazon.com", "docs.aws.amazon.com", "cloud.google.com", "kubernetes.io", "gateway.envoyproxy.io")
    figures = [*the_book().prices, *(row.requests for row in the_book().pods if row.requests)]
    hosts = {figure.source.split("/")[2] for figure in figures if "github.com/" not in figure.source}
    assert hosts == set(makers)


def test_no_type_is_free_and_paid_by_the_same_inputs():
    prices = the_book().prices
    for free in (each for each in prices if not each.usd):
        for paid in (each for each in prices if each.usd and set(each.of) & set(free.of)):
            shared = [path for path in free.where if path in paid.where]
            assert any(not set(free.where[path]) & set(paid.where[path]) for path in shared), (free.id, paid.id)
