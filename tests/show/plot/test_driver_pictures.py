"""Pictures of the driver models: how sure and how large, never more than the table carries."""

import numpy as np

from cxlab.show.plot.importance import plot_drivers
from cxlab.show.plot.rankings import plot_effects, plot_rankings, plot_ranks
from tests.show.drawn import drawn, words_of


def test_the_picture_of_ranks_counts_what_it_leaves_out(shares):
    whole, part = drawn(plot_ranks, shares), drawn(plot_ranks, shares, most=2)
    assert "50% in the top 3" in words_of(whole) and "ads" in words_of(whole)
    assert "store" not in words_of(part) and "The first 2 of 5 touchpoints." in part.note
    assert "support: rank 1, in new samples 1 to 1." in whole.alt
    bare = drawn(plot_ranks, shares.drop(columns=["rank_low", "rank_high", "p_top3"]))
    assert "support: rank 1." in bare.alt and "top 3" not in words_of(bare)


def test_a_model_that_could_not_be_fitted_is_not_drawn(effects):
    gone = effects.assign(
        estimate=effects["estimate"].where(effects["model"] == "ols"),
        conf_low=np.nan,
        conf_high=np.nan,
    )
    assert "Ordinal model" not in words_of(drawn(plot_effects, gone))


def test_probabilities_are_drawn_in_percentage_points(effects):
    binary = effects[effects["measure"] == "outcome"].assign(
        measure="probability", model="binary", outcome="repurchase"
    )
    words = words_of(drawn(plot_effects, binary))
    assert (
        "Percentage points for each additional point in the rating"
    ) in words and "+40.0 (+30.0" in words


def test_both_models_stand_side_by_side_in_the_picture(effects):
    words = words_of(drawn(plot_effects, effects))
    assert "Least squares" in words and "Ordinal model" in words and "+8.0 (+6.0 to +10.0)" in words
    few = words_of(drawn(plot_effects, effects, most=3))
    # the largest, whatever their sign
    assert "ads" in few and "billing" not in few


def test_the_picture_of_rankings_has_a_column_for_each_way(methods, treatments, labels):
    picture = drawn(plot_rankings, methods, labels=labels)
    assert (
        "Shapley" in words_of(picture)
        and "Support: rank 1 (Shapley shares (LMG)), 1 (Relative weights (Johnson)) and 1"
        " (Standardised slopes)."
        in picture.alt
    )
    second = drawn(plot_rankings, treatments, language="pt-BR")
    assert (
        second.title == "A ordem segundo o tratamento das respostas ausentes"
        and "imputação" not in words_of(second)
    )


def test_drivers_by_another_method_say_what_the_part_is_of(shares):
    simple = drawn(plot_drivers, shares.assign(method="zero_order"))
    assert "Share of the sum of squared simple correlations" in words_of(simple)
    assert "Share of the explained variation" in words_of(drawn(plot_drivers, shares))


def test_a_negative_part_stays_inside_the_picture(shares):
    negative = shares.assign(
        method="pratt",
        share_relative=[0.7, 0.4, 0.3, 0.1, -0.47],
        relative_low=[0.6, 0.3, 0.2, 0.0, -0.6],
    )
    assert "−50%" in words_of(drawn(plot_drivers, negative)).split()


def test_without_a_bootstrap_no_bar_is_explained(shares):
    bare = shares.drop(columns=["relative_low", "relative_high", "rank_low", "rank_high", "p_top3"])
    assert "intervals" not in drawn(plot_drivers, bare).note
    assert "intervals" in drawn(plot_drivers, shares).note


def test_what_the_picture_of_drivers_shows_is_told_below_it(shares):
    titled = drawn(plot_drivers, shares, labels={"recommend": "NPS"})
    assert titled.title == "What is associated with “NPS”"
    assert "Bars: 95% confidence intervals. +: associated with a higher outcome" in titled.note
    ranges = ["relative_low", "relative_high"]
    assert drawn(plot_drivers, shares.assign(**dict.fromkeys(ranges))).note.startswith(
        "+: associated with"
    )
