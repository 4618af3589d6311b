"""Codes that people gave: read with every slip of the pen named, counted against statsmodels, by
what more than half of the coders say, and none on which they do not agree.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

import cxlab as cx
from cxlab.stats.agreement import METRICS, krippendorff

comments = cx.comments
BOOK = {
    "delay": {"label": {"en": "Delay", "pt-BR": "Demora"}, "touchpoint": "shop"},
    "price": {"touchpoint": "bill"},
    "staff": {"touchpoint": "shop"},
}


def frame_of(n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    wrote = np.arange(n) % 6 != 0
    texts = np.array([f"what number {i} has to say" for i in range(n)])
    return pd.DataFrame(
        {
            "id": [f"r{i}" for i in range(n)],
            "why": np.where(wrote, texts, ""),
            "nps": rng.integers(0, 11, n),
            "q": 4,
            "b": 5,
        }
    )


def coded_of(frame: pd.DataFrame, coders: str = "ab", slip: float = 0.0) -> pd.DataFrame:
    """Each code by the number of the comment, and slips of the later coders."""
    rng, rows = np.random.default_rng(1), []
    for i, one in frame[frame["why"] != ""].iterrows():
        true = {
            code for code, every in (("delay", 3), ("price", 4), ("staff", 7)) if i % every == 1
        }
        for coder in coders:
            slips = {code for code in BOOK if coder != "a" and rng.random() < slip}
            rows += [(one["id"], "why", coder, code) for code in sorted(true ^ slips) or [""]]
    return pd.DataFrame(rows, columns=["respondent", "comment", "coder", "code"])


def study_of(frame: pd.DataFrame, coded: pd.DataFrame | None, **keys) -> cx.Study:
    why = {"column": "why", "about": "recommend", "codebook": BOOK}
    return cx.Study.from_frame(
        frame,
        {"shop": {"experience": "q", "stage": "one"}, "bill": {"experience": "b", "stage": "two"}},
        {"recommend": {"kind": "nps", "column": "nps"}},
        scales={"s": {"min": 1, "max": 7}},
        stages=[{"stage": "one"}, {"stage": "two"}],
        comments={"why": why},
        coded=coded,
        **{"respondent": "id", **keys},
    )


# ---- codes


def test_shares_and_outcomes_are_those_of_who_said_it():
    frame = frame_of()
    found = comments.codes(study_of(frame, coded_of(frame)), "why").set_index("level")
    wrote = frame[frame["why"] != ""]
    said = wrote[wrote.index % 3 == 1]
    row, n = found.loc["delay"], len(wrote)
    assert (row["n_before"], row["n"], row["n_against"]) == (n, len(said), n - len(said))
    ends = proportion_confint(len(said), n, method="wilson")
    np.testing.assert_allclose(row[["used_low", "used_high"]].to_numpy(float), ends)
    points = 100.0 * ((wrote["nps"] >= 9).astype(int) - (wrote["nps"] < 7))
    assert row["figure"] == pytest.approx(points[said.index].mean())
    assert row["figure_against"] == pytest.approx(points.drop(said.index).mean())
    assert (found["alpha"] == 1).all() and {*found["verdict"]} == {"agreed"}


def test_of_two_coders_both_have_to_give_a_code_and_of_three_two():
    frame = frame_of()
    only_a = coded_of(frame)
    only_a = only_a[~((only_a["coder"] == "b") & (only_a["code"] == "price"))]
    lost = coded_of(frame).query("coder == 'b' and code == 'price'").assign(code="")
    rest = only_a[only_a["coder"] == "b"]["respondent"]
    only_a = pd.concat([only_a, lost[~lost["respondent"].isin(rest)]])
    two = comments.codes(study_of(frame, only_a), "why").set_index("level")
    assert np.isnan(two.loc["price", "used"]) and two.loc["price", "verdict"] == "disputed"
    third = coded_of(frame, "c")
    three = comments.codes(study_of(frame, pd.concat([only_a, third])), "why").set_index("level")
    both = comments.codes(study_of(frame, coded_of(frame)), "why").set_index("level")
    coding = three.loc["price"]
    assert coding["n_coders"] == 3 and coding["alpha"] < both.loc["price", "alpha"]


def test_a_row_may_be_a_touchpoint_or_a_stage():
    frame = frame_of()
    study = study_of(frame, coded_of(frame))
    wrote = frame.index[frame["why"] != ""]
    shop = ((wrote % 3 == 1) | (wrote % 7 == 1)).sum()
    for each, level in (("touchpoint", "shop"), ("stage", "one")):
        row = comments.codes(study, "why", each=each).set_index("level").loc[level]
        assert row["n"] == shop
    with pytest.raises(cx.ModelError, match="each='day': choose one of code, touchpoint, stage"):
        comments.codes(study, "why", each="day")


def test_one_coder_has_figures_and_no_agreement():
    frame = frame_of()
    study = study_of(frame, coded_of(frame, "a"))
    found = comments.codes(study, "why")
    assert found["used"].notna().all() and found["alpha"].isna().all()
    with pytest.raises(cx.ModelError, match="one person coded it"):
        comments.agreement(study, "why")


def test_what_nobody_coded_was_not_asked():
    frame = frame_of()
    for estimate in (comments.codes, comments.agreement):
        with pytest.raises(cx.ModelError, match="nobody coded it"):
            estimate(study_of(frame, None), "why")


def test_comments_are_drawn_by_code_and_by_touchpoint():
    """Protects the few: of a code that fewer than ten have nothing is quoted, nor of one on which
    coders do not agree.
    """
    frame = frame_of()
    study = study_of(frame, coded_of(frame))
    drawn = comments.verbatims(study, "why", by="code", size=2)
    assert drawn.groupby("level")["text"].count().to_dict() == {"delay": 2, "price": 2, "staff": 2}
    for row in drawn.itertuples():
        number = int(row.text.split()[2])
        assert number % {"delay": 3, "price": 4, "staff": 7}[row.level] == 1
    few = comments.verbatims(study, "why", by="code", min_cell=20).set_index("level")
    assert pd.isna(few.loc["staff", "text"]) and pd.isna(few.loc["staff", "n"])
    assert {*comments.verbatims(study, "why", by="touchpoint")["level"]} == {"shop", "bill"}
    torn = study_of(frame, coded_of(frame, slip=0.5))
    assert comments.verbatims(torn, "why", by="code").empty


# ---- agreement


def test_alpha_is_krippendorffs(shared):
    known = json.loads((shared / "reference" / "worked_examples.json").read_text("utf-8"))
    example = known["krippendorff"]
    ratings = np.array(example["coders"], dtype=float)
    for metric in METRICS:
        found = krippendorff(ratings, metric, n_boot=0)
        assert round(found["estimate"], 3) == example[metric] and found["n"] == 11


def test_alpha_of_two_coders_is_that_of_a_table():
    """Against the closed form of two coders and two values (Krippendorff 2011, section B)."""
    frame = frame_of()
    study = study_of(frame, coded := coded_of(frame, slip=0.1))
    found = comments.agreement(study, "why", n_boot=200).set_index("level")
    given = coded.assign(one=1).pivot_table("one", "respondent", ["coder", "code"], fill_value=0)
    for code in BOOK:
        a, b = given["a", code].to_numpy(), given["b", code].to_numpy()
        n, ones = 2 * len(a), a.sum() + b.sum()
        alpha = 1 - (n - 1) * 2 * (a != b).sum() / (2 * ones * (n - ones))
        row = found.loc[code]
        assert row["estimate"] == pytest.approx(alpha)
        assert row["conf_low"] < alpha < row["conf_high"]


def test_the_order_of_coders_and_comments_moves_no_alpha():
    ratings = np.random.default_rng(0).integers(0, 3, (3, 40)).astype(float)
    ratings[0, :5] = np.nan
    turned = ratings[::-1, ::-1]
    for metric in METRICS:
        one, other = (krippendorff(r, metric, n_boot=0)["estimate"] for r in (ratings, turned))
        assert one == pytest.approx(other, abs=1e-12)


def test_where_nobody_disagrees_there_is_no_interval():
    found = comments.agreement(study_of(frame := frame_of(), coded_of(frame)), "why", n_boot=60)
    assert (found["estimate"] == 1).all() and found["conf_low"].isna().all()


def test_alpha_refuses_what_tells_no_agreement():
    with pytest.raises(cx.ModelError, match="no comment was coded by two"):
        krippendorff(np.array([[1.0, np.nan], [np.nan, 2.0]]))
    with pytest.raises(cx.ModelError, match="metric=kappa: choose one of nominal"):
        krippendorff(np.ones((2, 4)), "kappa")
    assert np.isnan(krippendorff(np.ones((2, 4)))["estimate"])


# ---- reading


BAD = {
    "comment": ("comment", "what", "no such comment is declared"),
    "respondent": ("respondent", "r999", "no respondent has this id"),
    "silent": ("respondent", "r0", "this respondent wrote no comment"),
    "coder": ("coder", "", "it is not said who coded"),
    "code": ("code", "colour", "not in the codebook of this comment"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_slip_of_the_pen_is_named_with_its_row(name, tmp_path):
    """Protects the counts: nothing that was typed wrongly is left out in silence."""
    column, value, problem = BAD[name]
    frame = frame_of()
    coded = coded_of(frame)
    coded.loc[4, column] = value
    with pytest.raises(cx.StudyError) as error:
        study_of(frame, coded)
    (fault,) = error.value.faults
    assert (fault.file, fault.column, fault.rows) == ("the codes", column, (4,))
    assert fault.problem == problem and fault.value == value and fault.fix


def test_rows_that_stand_twice_or_contradict_each_other_are_named():
    frame = frame_of()
    coded = coded_of(frame)
    first = coded[coded["code"] == "delay"].iloc[[0]]
    for more, problem in ((first, "stands twice"), (first.assign(code=""), "and with none")):
        with pytest.raises(cx.StudyError, match=problem):
            study_of(frame, pd.concat([coded, more], ignore_index=True))
    with pytest.raises(cx.StudyError, match="the columns coder are missing"):
        study_of(frame, coded.drop(columns="coder"))


def test_codes_without_a_codebook_and_undeclared_touchpoints_are_refused():
    frame = frame_of()
    keys = {"respondent": "id", "scales": {"s": {"min": 1, "max": 7}}}
    recommend = {"recommend": {"kind": "nps", "column": "nps"}}
    cases = {
        "codes: needs a codebook:": {"codes": "codes.csv"},
        "touchpoint 'moon' is not declared": {"codebook": {"delay": {"touchpoint": "moon"}}},
        "keyness: needs language:": {"keyness": True},
        "writer: account needs account:": {"writer": "account"},
    }
    for reason, why in cases.items():
        with pytest.raises(cx.StudyError, match=reason):
            declared = {"why": {"column": "why", **why}}
            cx.Study.from_frame(frame, {}, recommend, comments=declared, **keys)


def test_a_file_of_codes_is_read_and_is_a_source(tmp_path, root):
    study = cx.read_study(root / "data" / "quadrante")
    assert "codes.csv" in {*study.provenance()["file"]}
    truth = pd.read_csv(root / "data" / "quadrante" / "truth.csv").query("quantity == 'coded'")
    found = comments.codes(study, "why").set_index("level")
    planted = truth.set_index("touchpoint")["coefficient"]
    # Codes on which both agree: slips of one in 67 take a little away.
    assert (found["used"] <= planted[found.index] + 0.03).all()
    assert (found["used"] >= planted[found.index] - 0.05).all()
    folder = tmp_path / "client"
    folder.mkdir()
    for name in ("study.yml", "responses.csv", "touchpoints.csv"):
        (folder / name).write_bytes((root / "data" / "quadrante" / name).read_bytes())
    with pytest.raises(cx.StudyError, match=r"codes.csv.*there is no such file|no such file"):
        cx.read_study(folder)
    lines = (root / "data" / "quadrante" / "codes.csv").read_text("utf-8").splitlines()
    (folder / "codes.csv").write_text("\n".join([*lines[:3], "R9999,why,coder_1,fit"]), "utf-8")
    with pytest.raises(cx.StudyError, match="codes.csv, column 'respondent', row 4: no respondent"):
        cx.read_study(folder)


def test_codes_go_with_their_respondents():
    """Protects a part of the study from the codes of the others."""
    frame = frame_of()
    study = study_of(frame, coded_of(frame))
    part = study.where(np.arange(study.n) < 60)
    assert comments.codes(part, "why")["n_before"].iloc[0] == 50
