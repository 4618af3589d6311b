"""Words that tell groups apart: counted by respondents, against statsmodels, in three languages,
never of few and never somebody's name. How often true nulls are rejected: tests/calibration
(comments.py).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import Table2x2

import cxlab as cx
from cxlab.models.comments import keyness as _keyness  # noqa: F401  the module, for its examples

keyness = cx.comments.keyness
RECOMMEND = {"recommend": {"kind": "nps", "column": "nps"}}
WORDS = ["atraso", "preço", "fila", "sinal", "boleto"]


def study_of(frame: pd.DataFrame, language: str | None = "pt-BR", **keys) -> cx.Study:
    why = {"column": "why", "about": "recommend", **keys.pop("why", {})}
    if language:
        why["language"] = language
    return cx.Study.from_frame(frame, {}, RECOMMEND, comments={"why": why}, **keys)


def drawn(n: int = 400, seed: int = 0, shares: tuple = (0.3, 0.2, 0.1, 0.4, 0.15)) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    used = rng.random((n, len(WORDS))) < shares
    texts = [" ".join(np.array(WORDS)[row]) or "nada" for row in used]
    return pd.DataFrame({"why": texts, "nps": np.where(np.arange(n) < n // 2, 3, 10)})


def by_word(found: pd.DataFrame) -> pd.DataFrame:
    return found.set_index("word")


@pytest.mark.parametrize("seed", range(3))
def test_unweighted_it_is_statsmodels_table(seed):
    frame = drawn(seed=seed)
    found = by_word(keyness(study_of(frame), "why"))
    low = (frame["nps"] < 7).to_numpy()
    for word in WORDS:
        used, row = frame["why"].str.contains(word).to_numpy(), found.loc[word]
        cells = [[(used & side).sum(), (~used & side).sum()] for side in (low, ~low)]
        table = Table2x2(np.array(cells))
        ends = row[["conf_low", "conf_high", "ratio_low", "ratio_high"]].to_numpy(float)
        peer = [*table.log_oddsratio_confint(), *table.riskratio_confint()]
        np.testing.assert_allclose(ends, peer, rtol=1e-10)
        np.testing.assert_allclose(
            row[["estimate", "std_error", "ratio", "p_value"]].to_numpy(float),
            [
                table.log_oddsratio,
                table.log_oddsratio_se,
                table.riskratio,
                table.test_nominal_association().pvalue,
            ],
            rtol=1e-10,
        )


def test_a_word_that_one_group_does_not_use_is_found():
    """Protects the most telling words: Wald's test cannot see them, and its ratio has no end."""
    frame = drawn().assign(why=lambda f: np.where(f.index % 8 == 0, "buraco", f["why"]))
    frame.loc[frame["nps"] == 10, "why"] = frame["why"].str.replace("buraco", "nada")
    row = by_word(keyness(study_of(frame), "why")).loc["buraco"]
    # statsmodels fills the empty cell alone; Haldane's half goes to all four.
    table = Table2x2(np.array([[25.5, 175.5], [0.5, 200.5]]))
    assert row["n_said_against"] == 0 and row["p_holm"] < 1e-4
    assert row["estimate"] == pytest.approx(table.log_oddsratio)
    assert row["std_error"] == pytest.approx(table.log_oddsratio_se)


def test_respondents_are_counted_and_not_words():
    """Protects the report from one customer who writes a word twenty times."""
    frame = drawn()
    shouted = frame.assign(why=frame["why"].str.replace("atraso", "atraso " * 20))
    pd.testing.assert_frame_equal(
        keyness(study_of(frame), "why"), keyness(study_of(shouted), "why")
    )


def test_weights_of_one_change_nothing_and_a_pair_of_halves_no_share():
    frame = drawn().assign(w=1.0)
    plain = by_word(keyness(study_of(frame), "why"))
    ones = by_word(keyness(study_of(frame, weight="w"), "why"))
    columns = ["figure", "figure_against", "ratio", "estimate"]
    pd.testing.assert_frame_equal(plain[columns].sort_index(), ones[columns].sort_index())
    doubled = pd.concat([frame, frame], ignore_index=True).assign(w=0.5)
    halves = by_word(keyness(study_of(doubled, weight="w"), "why"))
    pd.testing.assert_frame_equal(plain[columns].sort_index(), halves[columns].sort_index())


def test_accounts_that_write_alike_widen_the_interval():
    frame = pd.concat([drawn(100)] * 4).sort_index().assign(nps=lambda f: f["nps"].to_numpy())
    frame["firm"] = [f"a{i // 4}" for i in range(len(frame))]
    frame = frame.reset_index(drop=True)
    alone, firms = (
        by_word(keyness(study_of(frame, **keys), "why")) for keys in ({}, {"account": "firm"})
    )
    wider = firms["std_error"] / alone.loc[firms.index, "std_error"]
    # Four times the same answer is one answer: twice the error.
    assert wider.between(1.95, 2.05).all()
    assert firms.loc["fila", "p_value"] > 5 * alone.loc["fila", "p_value"]


def test_a_writer_of_several_rows_counts_once():
    frame = drawn().assign(firm=lambda f: [f"a{i // 4}" for i in f.index])
    once = keyness(study_of(frame, account="firm", why={"writer": "account"}), "why")
    low = frame[frame["nps"] < 7].groupby("firm")["why"].agg(" ".join)
    row = by_word(once).loc["fila"]
    assert row["n"] == len(low) == 50 and row["n_said"] == low.str.contains("fila").sum()


@pytest.mark.parametrize(
    ("language", "texts", "word", "count"),
    [
        ("pt", ["Muito atraso!", "ATRASOU", "atrasos demais", "atraso"], "atraso", 4),
        (
            "pt-BR",
            ["não recomendo", "Nao recomendo", "não me recomendo", "recomendo"],
            "não_recomendo",
            3,
        ),
        ("en", ["don't recommend it", "I do not recommend", "recommend"], "not_recommend", 2),
        ("en", ["Delays.", "one delay", "delayed again"], "delay", 3),
        ("es", ["no recomiendo", "nunca lo recomiendo", "recomiendo"], "no_recomiendo", 2),
        ("es", ["mucha demora", "demoras", "Demoraron"], "demora", 3),
        # A stop ends what a denial reaches, and so do many words.
        ("pt", ["não. atraso", "sem fila, atraso", "atraso"], "atraso", 3),
    ],
)
def test_terms_are_stems_shown_as_words_people_wrote(language, texts, word, count):
    each = len(texts)
    frame = pd.DataFrame({"why": texts * 40, "nps": [3] * 20 * each + [10] * 20 * each})
    found = by_word(keyness(study_of(frame, language), "why"))
    mine = [one for one in found.index if one.split("_")[-1][:4] == word.split("_")[-1][:4]]
    best = found.loc[[one for one in mine if ("_" in one) == ("_" in word)]]
    assert (best["n_said"] == 20 * count).any(), found["n_said"]
    assert {one.casefold() for one in best.index} <= {w for t in texts for w in words_in(t, word)}


def words_in(text: str, word: str) -> set[str]:
    """Words of a text, and those that are denied with what denies them."""
    words = text.casefold().replace("!", "").replace(".", "").replace(",", "").split()
    return {*words} | {f"{a}_{b}" for a in words for b in words}


def test_stop_words_numbers_and_personal_data_are_no_words():
    said = "o atraso da 5G ligue 11 98765-4321 fale com a Quintana em maria@x.com"
    frame = pd.DataFrame(
        {"why": [said] * 120, "nps": [3] * 60 + [10] * 60, "who": "Maria Quintana"}
    )
    found = keyness(study_of(frame, personal_data=["who"]), "why")
    assert {*found["word"]} == {"atraso", "ligue", "fale"}


def test_words_of_few_are_not_told():
    frame = drawn()
    frame.loc[:8, "why"] += " segredo"
    assert "segredo" not in {*keyness(study_of(frame), "why")["word"]}
    frame.loc[9, "why"] += " segredo"
    assert "segredo" in {*keyness(study_of(frame), "why")["word"]}


def test_segments_and_waves_are_each_compared_with_the_others():
    frame = drawn(600).assign(plan=lambda f: np.array(["a", "b", "c"])[f.index % 3])
    found = keyness(study_of(frame, segments=["plan"]), "why", by="plan")
    assert {*found["level"]} == {"a", "b", "c"} and found["against"].isna().all()
    row = found[(found["word"] == "fila") & (found["level"] == "a")].iloc[0]
    assert (row["n"], row["n_against"]) == (200, 400)
    assert found["p_holm"].min() == pytest.approx(min(1, len(found) * found["p_value"].min()))
    two = frame.assign(wave=np.where(frame.index % 2, "2025", "2026"))
    waves = keyness(study_of(two, wave="wave"), "why", by="wave")
    assert {*zip(waves["level"], waves["against"], strict=True)} == {("2025", "2026")}


def test_refusals_say_what_is_missing():
    frame = drawn()
    cases = {
        "in which language was it written": lambda: keyness(study_of(frame, None), "why"),
        "49 wrote, too few": lambda: keyness(study_of(frame.iloc[151:]), "why"),
        "only an NPS has promoters": lambda: keyness(
            cx.Study.from_frame(
                frame,
                {},
                {"s": {"kind": "score", "column": "nps", "scale": "z"}},
                scales={"z": {"min": 0, "max": 10}},
                comments={"why": {"column": "why", "language": "pt"}},
            ),
            "why",
            outcome="s",
        ),
        "no word was used by 10": lambda: keyness(study_of(frame.assign(why="a")), "why"),
        "comment 'what': this study declares why": lambda: keyness(study_of(frame), "what"),
    }
    for reason, call in cases.items():
        with pytest.raises(cx.ModelError, match=reason):
            call()
    assert len(keyness(study_of(frame, None), "why", language="pt"))


def test_a_language_without_words_is_refused():
    with pytest.raises(cx.ModelError, match="one of pt, en, es"):
        keyness(study_of(drawn(), "fr"), "why")
