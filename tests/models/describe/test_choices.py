"""How many named each choice of a multiple-response question, and what a page shows of it.

Its intervals are those of every share (`Sample.share`): their coverage is held by the cells
"advice" (covered share) of tests/calibration/contacts.py, and of few accounts by means_of_few.py.
"""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

import cxlab as cx
from cxlab.errors import NotAskedError

NPS = {"recommend": {"kind": "nps", "column": "nps"}}
SHARES = {"price": 0.5, "service": 0.3, "near": 0.15, "other": 0.03}
LABELS = {"price": {"en": "Prices", "pt-BR": "Preços"}, "service": {}, "near": {}, "other": {}}
WHY = {"en": "Why us?", "pt-BR": "Por que nós?"}
CELL = {"column": "q", "choices": LABELS, "label": WHY}
COLUMNS = {"columns": {one: one for one in SHARES}}


def study_of(frame, question=CELL, **keys):
    keys.setdefault("segments", ["plan", "city"])
    return cx.Study.from_frame(frame, {}, NPS, multiple_response={"why": question}, **keys)


@pytest.fixture(scope="module")
def frame():
    rng, n = np.random.default_rng(5), 800
    hits = rng.random((n, 4)) < [*SHARES.values()]
    asked = rng.random(n) < 0.9
    made = pd.DataFrame({"q": [";".join(np.compress(one, [*SHARES])) for one in hits]})
    made["q"] = made["q"].where(asked, "")
    for choice, hit in zip(SHARES, hits.T, strict=True):
        made[choice] = np.where(made["q"] != "", hit, np.nan)
    made["asked"] = np.where(asked, "yes", "no")
    made["nps"], made["w"] = rng.integers(0, 11, n), rng.lognormal(0, 0.5, n)
    made["plan"], made["city"] = rng.choice(["a", "b", "c"], n), rng.choice(["x", "y"], n)
    made["firm"] = rng.integers(0, 60, n)
    return made


def test_shares_have_wilsons_interval_of_those_who_answered(frame):
    rule = {"asked_if": {"column": "asked", "in": ["yes"]}}
    table = cx.describe.choices(study_of(frame, CELL | rule)).set_index("choice")
    told = frame[frame["q"] != ""]
    for choice in SHARES:
        row, hit = table.loc[choice], told[choice] == 1
        ends = proportion_confint(hit.sum(), len(told), method="wilson")
        assert (row["estimate"], row["n_chosen"], row["n"]) == (hit.mean(), hit.sum(), len(told))
        assert row[["conf_low", "conf_high"]].tolist() == pytest.approx(ends)
        assert row["not_asked"] == (frame["asked"] == "no").sum()
        assert row["n"] + row["no_answer"] + row["not_asked"] == len(frame)


def test_weighted_shares_are_means_of_indicators_as_in_r(frame):
    """R: svymean(~factor, svydesign(~1, weights = ~w, data)): the weighted mean of each indicator,
    and its linearised error with replacement.
    """
    table = cx.describe.choices(study_of(frame, weight="w")).set_index("choice")
    told = frame[frame["q"] != ""]
    w, n = told["w"].to_numpy(), len(told)
    for choice in SHARES:
        y = told[choice].to_numpy()
        mean = DescrStatsW(y, weights=w).mean
        score = w * (y - mean) / w.sum()
        error = np.sqrt(n / (n - 1) * score @ score)
        assert table.loc[choice, "estimate"] == pytest.approx(mean, abs=1e-12)
        assert table.loc[choice, "std_error"] == pytest.approx(error, rel=1e-9)


def test_order_form_and_scale_of_weights_change_nothing(frame):
    table = cx.describe.choices(study_of(frame, weight="w")).set_index("choice")
    turned = frame.assign(q=frame["q"].str.split(";").str[::-1].str.join(";"), w=7 * frame["w"])
    turned = turned.sample(frac=1, random_state=1)
    for question in (
        CELL | {"choices": dict(reversed(LABELS.items()))},
        {"column": "q"},
        COLUMNS,
        {"columns": dict(reversed(COLUMNS["columns"].items()))},
    ):
        other = cx.describe.choices(study_of(turned, question, weight="w")).set_index("choice")
        pd.testing.assert_frame_equal(other.loc[table.index], table, check_frame_type=False)


def test_a_split_is_the_same_as_each_part_alone(frame):
    study = study_of(frame, weight="w", wave="city", segments=["plan"])
    for by in ("plan", "wave", ["plan", "wave"]):
        table = cx.describe.choices(study, by=by)
        assert table["level"].tolist() == [level for level in study.levels(by) for _ in SHARES]
        assert set(table) <= set(cx.GLOSSARY)
        for level, rows in table.groupby("level"):
            alone = cx.describe.choices(study.where(study.group(by) == level))
            columns = ["choice", "estimate", "conf_low", "n_chosen", "n", "no_answer"]
            np.testing.assert_array_equal(rows[columns], alone[columns])


def test_accounts_that_answer_alike_tell_less(frame):
    alike = frame.assign(q=np.where(frame["firm"] % 2, "price", "near;price"), w=1)
    plain, by_account = (
        cx.describe.choices(study_of(alike, **keys)).set_index("choice").loc["near"]
        for keys in ({}, {"account": "firm"})
    )
    assert by_account["std_error"] > 2 * plain["std_error"]


def test_what_was_not_asked_is_said(frame):
    plain = cx.Study.from_frame(frame, {}, NPS)
    with pytest.raises(NotAskedError, match="declares no multiple-response question; declare its"):
        cx.describe.choices(plain)
    with pytest.raises(cx.ModelError, match="nobody answered why"):
        cx.describe.choices(study_of(frame.assign(q="")))
    with pytest.raises(cx.ModelError, match="'how' is neither a touchpoint nor an outcome"):
        cx.describe.choices(study_of(frame), "how")
    assert not cx.Page(plain, ["en"], seed=1, n_boot=0)(cx.describe.choices).asked


# ---- on a page


def page_of(frame, question=CELL, **report):
    return cx.Page(study_of(frame, question, report=report), ["en", "pt-BR"], seed=1, n_boot=0)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["What customers chose", "“Why us?”: Prices ", "further choices: 1 (n = ",
                "Not counted: ", "Share of each choice: Why us?", "Chose it (interval)",
                "the percentages may add up to more than 100%", 'alt="“Why us?”: Prices']),
        ("pt-BR", ["O que os clientes escolheram", "“Por que nós?”: Preços ",
                   "outras opções: 1 (n = ", "Fora da base: ", "Percentual de cada opção",
                   "Escolheram (intervalo)", "a soma dos percentuais pode passar de 100%",
                   'alt="“Por que nós?”: Preços']),
    ],
)  # fmt: skip
def test_a_report_has_a_picture_and_a_native_table_with_what_it_means(frame, language, words):
    page = page_of(frame)
    shown = [page(cx.describe.choices, one).whole() for one in page.questions]
    made = page.section("choices", shown).worded(page.words(language))
    html = str(made)
    assert all(one in html for one in words), [one for one in words if one not in html]
    assert html.index("<figure") < html.index("<table") < html.index(words[6])
    assert html.count("<tr>") == 5 and "choice_share" not in html
    kinds = [part["kind"] for part in made.parts]
    assert kinds.count("figure") == kinds.count("table") - 1 == 1


def test_a_study_without_such_a_question_has_no_section(frame):
    page = cx.Page(cx.Study.from_frame(frame, {}, NPS), ["en"], seed=1, n_boot=0)
    assert page.questions == []
    assert not str(page.section("choices", []).worded(page.words()))


def test_groups_of_few_are_hidden_with_what_would_tell_them(frame):
    few = frame.assign(plan=np.where(frame.index < 6, "d", frame["plan"]))
    page = page_of(few)
    table = page(cx.describe.choices, by="plan").frame
    shown = table.dropna(subset=["estimate"]).groupby("level").size().to_dict()
    # d is of few, and without another level the rest of everybody would be d.
    assert "d" not in shown and len(shown) == 2 and {*shown.values()} == {4}
    assert table.query("level == 'd'")["n"].isna().all()
    page = page_of(frame.assign(q=np.where(frame.index < 9, frame["q"], "")))
    assert page(cx.describe.choices).frame["estimate"].isna().all()


def test_protected_answers_hide_small_choices_and_all_groups(frame):
    page = page_of(frame.iloc[:280], protect="answers")
    table = page(cx.describe.choices).frame.set_index("choice")
    # Of other there are few, and of one hidden choice alone the others could tell.
    assert table["estimate"].notna().to_dict() == {
        "price": True, "service": True, "near": False, "other": False,
    }  # fmt: skip
    assert (table[["n", "n_chosen"]].stack().dropna() % 5 == 0).all()
    assert "choices by group are not shown" in page(cx.describe.choices, by="plan").reason
    # Nor is a choice that all but few made.
    many = frame.assign(q=np.where(frame.index % 200, frame["q"] + ";price", "near"))
    table = page_of(many, protect="answers")(cx.describe.choices).frame.set_index("choice")
    assert np.isnan(table.loc["price", "estimate"])


def test_words_of_few_respondents_are_no_choices_of_a_report(frame):
    cells = frame["q"].where(frame.index != 3, "price;my neighbour Anna")
    study = study_of(frame.assign(q=cells), {"column": "q"})
    assert "my neighbour Anna" in set(cx.describe.choices(study)["choice"])
    page = cx.Page(study, ["en"], seed=1, n_boot=0)
    assert set(page(cx.describe.choices).frame["choice"]) == {*SHARES}


def test_each_group_is_said_and_drawn_under_its_name(frame):
    levels = {one: {"en": f"Plan {one.upper()}"} for one in "abc"}
    question = CELL | {"choices": dict(reversed(LABELS.items()))}  # the largest share last
    study = study_of(frame, question, segments={"plan": {"levels": levels}})
    table = cx.describe.choices(study, by="plan")
    said = cx.say(table)
    assert said[0].startswith("Plan A: “Why us?”: Prices") and len(said) == 6
    assert cx.plot(table).svg().count("Prices") >= 3
    told = list(cx.table(table, ["level", "choice", "estimate"]).frame.iloc[3])
    assert told[:2] == ["Plan A", "Prices"]
