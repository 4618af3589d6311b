"""Comments for a report: drawn by lot, never from few, never telling who wrote."""

from __future__ import annotations

import pandas as pd
import pytest

import cxlab as cx

SIZES = {"detractors": (3, 40), "passives": (7, 30), "promoters": (10, 12)}


def study_of(texts: dict[str, list[str]], **keys) -> cx.Study:
    rows = [
        (SIZES[level][0], text, f"Maria Quintana {i}")
        for level, each in texts.items()
        for i, text in enumerate(each)
    ]
    frame = pd.DataFrame(rows, columns=["nps", "why", "name"]).assign(q=4, customer="84730066")
    return cx.Study.from_frame(
        frame.assign(again=frame["nps"]),
        {"shop": "q"},
        {
            "recommend": {"kind": "nps", "column": "nps"},
            "again": {"kind": "score", "column": "again"},
        },
        scales={"s": {"min": 0, "max": 10}},
        comments={"why": {"column": "why", "about": "recommend"}},
        personal_data=["name", "customer"],
        **keys,
    )


def said(size: int, word: str) -> list[str]:
    return [f"this is {word} number {i}" for i in range(size)]


def test_comments_are_drawn_by_lot_from_each_class():
    """Protects the reader from an analyst's choice: the same seed draws the same, the order of the
    file moves nothing, another seed draws others.
    """
    texts = {level: said(size, level) for level, (_answer, size) in SIZES.items()}
    drawn = cx.comments.verbatims(study_of(texts), "why", size=3, seed=1)
    assert drawn["level"].tolist() == [level for level in SIZES for _ in range(3)]
    assert all(row.text in texts[row.level] for row in drawn.itertuples())
    assert drawn.groupby("level")["n"].first().to_dict() == {
        level: size for level, (_answer, size) in SIZES.items()
    }
    turned = {level: each[::-1] for level, each in texts.items()}
    pd.testing.assert_frame_equal(
        cx.comments.verbatims(study_of(turned), "why", size=3, seed=1), drawn
    )
    assert set(cx.comments.verbatims(study_of(texts), "why", size=3, seed=2)["text"]) != set(
        drawn["text"]
    )


def test_the_lot_is_fair():
    """Protects the claim "nobody chose them": over many seeds every comment is drawn about as
    often.
    """
    study = study_of({"passives": said(20, "fine")})
    counts = (
        pd.concat([cx.comments.verbatims(study, "why", size=2, seed=seed) for seed in range(400)])[
            "text"
        ]
        .dropna()
        .value_counts()
    )
    # 40 expected, binomial: four standard deviations
    assert len(counts) == 20 and counts.between(20, 62).all()


def test_few_are_not_quoted():
    """Protects the few: of a class in which fewer than ten wrote neither a comment nor their number
    is told; blank comments do not count.
    """
    study = study_of({"detractors": said(9, "bad") + [" ", ""] * 10, "passives": said(10, "fine")})
    drawn = cx.comments.verbatims(study, "why", size=2).set_index("level")
    assert drawn.loc[["detractors"], ["text", "n"]].isna().all(axis=None)
    assert drawn.loc["passives", "n"].tolist() == [10, 10] and drawn.loc[
        ["promoters"], "n"
    ].tolist() == [0]


@pytest.mark.parametrize(
    "tells",
    [
        "ligue 11 98765-4321 por favor",
        "write to someone@example.com please",
        "Maria Quintana foi muito bem",
        "meu CPF 529.982.247-25 consta",
        "maria me atendeu muito bem",
        "write to client7[at]mail.com now",
        "pedido 84730066 nunca chegou",
    ],
)
def test_a_comment_that_tells_who_wrote_is_not_drawn(tells):
    """Protects respondents: whoever wrote a number, an address or a respondent's name is not
    quoted, not even with the name taken out.
    """
    study = study_of(
        {"passives": [tells] * 5 + [f"{tells} {i} x" for i in range(20)] + ["all was fine here"]}
    )
    assert cx.comments.verbatims(study, "why", size=3)["text"].dropna().tolist() == [
        "all was fine here"
    ]


def test_what_is_not_drawn():
    """Protects the page: no comment twice, none of one word, none of a page; a class without any
    says so by its n.
    """
    long = " ".join(["word"] * 61)
    study = study_of(
        {
            "passives": ["It was fine"] * 10 + ["it was FINE"] * 5 + ["ok"] * 10 + [long] * 10,
            "promoters": ["ok"] * 12,
        }
    )
    drawn = cx.comments.verbatims(study, "why", size=3)
    assert drawn.loc[drawn["level"] == "passives", "text"].str.casefold().tolist() == [
        "it was fine"
    ]
    assert drawn.loc[drawn["level"] == "promoters", "text"].isna().all() and drawn.loc[
        drawn["level"] == "promoters", "n"
    ].tolist() == [12]


def test_what_is_no_nps_has_one_class():
    drawn = cx.comments.verbatims(
        study_of({"passives": said(30, "fine")}), "why", outcome="again", size=2
    )
    assert drawn["level"].tolist() == ["all", "all"]


def test_refusals_name_what_there_is():
    study = study_of({"passives": said(12, "fine")})
    with pytest.raises(cx.ModelError, match="comment 'what': this study declares why"):
        cx.comments.verbatims(study, "what")
    with pytest.raises(cx.ModelError, match="comment 'why': nobody wrote anything"):
        cx.comments.verbatims(study_of({"passives": [""] * 12}), "why")
    hidden = study_of({"passives": said(12, "fine")}, segments=[])
    assert cx.comments.verbatims(hidden, "why")["n"].max() == 12
