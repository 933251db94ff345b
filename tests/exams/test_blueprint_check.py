"""What a bank makes of a blueprint is said in numbers that can be counted by hand."""

from __future__ import annotations

import json

import pytest

from exams.bank import Bank, shipped_bank
from exams.blueprint_check import MOST_PARALLEL, check_blueprint, read_blueprint, write_blueprint
from exams.blueprints import BLUEPRINTS
from exams.forms import Blueprint, Quota
from exams.items import Kind, Text, Topic
from tests.exams import make

TWO_OF_MANNERS = Blueprint(
    id="two",
    title=Text(zh="二", en="Two"),
    minutes=5,
    pass_percent=50,
    quotas=(Quota(count=2, topics=(Topic.MANNERS,), kinds=(Kind.SINGLE,)),),
)


def bank_of(count: int) -> Bank:
    return Bank(tuple(make.single(f"item-{number}") for number in range(count)))


@pytest.mark.parametrize("blueprint", BLUEPRINTS.values(), ids=lambda one: one.id)
def test_every_blueprint_survives_json(blueprint: Blueprint) -> None:
    assert read_blueprint(json.loads(json.dumps(write_blueprint(blueprint)))) == blueprint


def test_what_is_missing_is_counted() -> None:
    report = check_blueprint(bank_of(1), TWO_OF_MANNERS)

    assert [(gap.quota, gap.missing) for gap in report.gaps] == [(TWO_OF_MANNERS.quotas[0], 1)]
    assert (report.parallel, report.overlap, report.exposure) == (0, None, None)
    assert [pool.items for pool in report.pools] == [1]


def test_parallel_forms_share_nothing() -> None:
    assert [check_blueprint(bank_of(count), TWO_OF_MANNERS).parallel for count in (2, 3, 4, 7)] == [
        1,
        1,
        2,
        3,
    ]
    assert check_blueprint(bank_of(60), TWO_OF_MANNERS).parallel == MOST_PARALLEL


def test_overlap_and_exposure_follow_the_size_of_the_bank() -> None:
    everything = check_blueprint(bank_of(2), TWO_OF_MANNERS)
    half = check_blueprint(bank_of(4), TWO_OF_MANNERS)

    assert (everything.overlap, everything.exposure) == (1.0, 1.0)
    assert half.overlap == pytest.approx(0.5, abs=0.1)
    assert half.exposure is not None
    assert 0.5 <= half.exposure < 0.75
    assert half.most_exposed is not None


def test_the_shipped_bank_fills_every_shipped_exam() -> None:
    for blueprint in BLUEPRINTS.values():
        report = check_blueprint(shipped_bank(), blueprint)
        assert report.gaps == ()
        assert report.parallel >= 1
