"""What a notebook does with a result: say, draw and list it by its kind, in either language."""

import pickle

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from openpyxl import load_workbook

import cxlab as cx
from cxlab.errors import ModelError, ReportError
from cxlab.show.kinds import KINDS


@pytest.fixture(scope="module")
def study():
    return cx.simulate_study(300, seed=1)


@pytest.fixture(scope="module")
def shares(study):
    return cx.importance(cx.fit_loyalty(study), n_boot=100)


def test_a_result_says_itself_in_either_language_with_the_studys_words(study):
    gaps = cx.gap_scores(study)
    english, portuguese = cx.say(gaps), cx.say(gaps, language="pt-BR")
    assert "touchpoints" in english[0] and "pontos de contato" in portuguese[0]
    assert cx.say(gaps, labels={one: "X" for one in gaps["touchpoint"]}) != english
    assert str(english) == " ".join(english)
    assert english._repr_html_().startswith('<div class="cx"><p>')
    for short in ("pt", "pt_br", "PT-BR"):
        assert cx.say(gaps, language=short) == portuguese
        assert cx.Page(study, [short]).languages == ("pt-BR",)
    menu = cx.learn.check("04", unturned="menu", language="pt-BR").text
    assert cx.learn.check("04", unturned="menu", language="pt").text == menu
    with pytest.raises(ReportError, match="a report in 'fr' cannot be written"):
        cx.say(gaps, language="fr")
    with pytest.raises(ReportError, match="choose one of en, es, pt-BR"):
        cx.learn.check("04", unturned="menu", language="fr")


def test_a_sentence_prints_the_level_of_its_result(study):
    assert "90% interval" in cx.say(cx.nps(study, conf_level=0.9))[0]
    assert "95% interval" in cx.say(cx.nps(study))[0]


def test_other_results_and_options_go_to_the_sentences(study, shares):
    forms, losses = cx.compare_gap_forms(study), cx.disconfirmation(study, n_boot=0)
    losses = losses.assign(p_expectation=0.001)
    said = cx.say(losses, "disconfirmation")
    experience = forms.assign(chosen=forms["form"] == "P")
    assert len(said) == 3 and len(cx.say(losses, "disconfirmation", forms=experience)) == 2
    assert len(cx.say(shares, top=1)) == 2
    assert cx.say(shares, "ranks") != cx.say(shares)


def test_what_is_no_result_any_more_needs_its_kind(study):
    gaps = cx.gap_scores(study)
    plain = gaps.assign(estimate=gaps["estimate"] * 2)
    for view in (cx.say, cx.plot, cx.table):
        with pytest.raises(ModelError, match="is no result of cxlab, or was changed"):
            view(plain)
        with pytest.raises(ModelError, match="this DataFrame is no result of cxlab"):
            view(pd.DataFrame(gaps))
    assert cx.say(plain, "gap_scores") and cx.plot(plain, kind="gap_scores").title
    assert cx.plot(plain, kind="gaps").title == cx.plot(gaps).title
    with pytest.raises(ModelError, match="has no view kind='pie'; it has gaps"):
        cx.plot(gaps, kind="pie")


def test_a_picture_lasts_draws_into_axes_and_is_pickled(study, shares):
    picture = cx.plot(shares, kind="ranks", figsize=(6, 5), title="Mine")
    assert picture.figure is picture.figure and picture.title == "Mine"
    assert tuple(picture.figure.get_size_inches()) == (6, 5)
    again = pickle.loads(pickle.dumps(picture))
    assert again.title == "Mine" and tuple(again.figure.get_size_inches()) == (6, 5)
    figure, axes = plt.subplots(1, 2)
    drawn = cx.plot(cx.gap_scores(study), ax=axes[1])
    assert drawn.figure is figure and axes[1].lines and not axes[0].lines
    plt.close(figure)


def test_a_table_has_words_and_writes_itself(study, tmp_path):
    gaps = cx.gap_scores(study)
    table = cx.table(gaps, language="pt-BR")
    assert list(table.frame)[:2] == ["Ponto de contato", "Estimativa"] or "n" in table.frame
    assert pd.api.types.is_numeric_dtype(table.frame["n"])
    table.to_excel(tmp_path / "gaps.xlsx")
    sheet = load_workbook(tmp_path / "gaps.xlsx").active
    assert sheet.cell(1, 1).value == "Ponto de contato" and sheet.max_row == len(gaps) + 1
    assert r"\begin{tabular}" in table.to_latex() and "Ponto de contato" in table.to_latex()
    assert table.to_markdown().startswith("| Ponto de contato")
    assert "<table>" in table._repr_html_()
    some = cx.table(gaps, ["touchpoint", ("estimate", "conf_low", "conf_high"), "n"])
    assert "Estimate (interval)" in some._repr_html_()


def test_fits_stand_side_by_side(study):
    fits = [cx.fit_loyalty(study, missing=way) for way in ("listwise", "usage")]
    table = cx.table(fits)
    assert table.frame.shape[1] == 3
    assert table.frame.iloc[-2:, 0].tolist() == ["n", "R²"]
    assert table.frame.iloc[-2, 1] == str(fits[0].n)
    assert " to " in table.frame.iloc[1, 1]


def test_every_kind_has_a_title_and_a_rule():
    for name, kind in KINDS.items():
        assert kind.rests.rule and kind.rests.base, name
        assert kind.title, name


def test_lists_and_fits_end_in_a_table_or_a_clear_error(study):
    gaps, fit = cx.gap_scores(study), cx.fit_loyalty(study)
    with pytest.raises(ModelError, match="say takes one result, not list"):
        cx.say([gaps])
    for given in ([], [gaps]):
        with pytest.raises(ModelError, match="table takes one result, or a list of fits, not list"):
            cx.table(given)
    assert len(cx.table(fit).frame) == len(fit.tidy())


def test_numbers_in_print_have_digits_by_their_size_and_p_as_articles_have_it(study, shares):
    fit = cx.fit_loyalty(study)
    printed = cx.table(fit).to_latex()
    assert "< .001" in printed and " 0.00 " not in printed and "NaN" not in printed
    terms = pd.DataFrame({"term": ["delivery:used", "plan[Gold]", "intercept"]})
    assert [*cx.table(terms, kind="tidy").frame["Term"]] == [
        "delivery: met it",
        "plan: Gold",
        "Intercept",
    ]
    p = cx.table(pd.DataFrame({"p_value": [0.00899, 1e-9, 0.5], "n": [3, 4, 5]}), kind="tidy")
    assert [line.split(" & ")[1][:-3] for line in p.to_latex().splitlines() if "&" in line][1:] == [
        ".009",
        "< .001",
        ".500",
    ]
    assert "0.5000" in cx.table(cx.nps(study).assign(share=0.5), kind="nps").to_latex(decimals=4)
    assert "| .009" in p.to_markdown()


def test_an_interval_stands_beside_what_it_belongs_to_and_none_is_lost(shares):
    heads = list(cx.table(shares).frame)
    place = heads.index("Share of explained variation")
    assert heads[place + 1 : place + 3] == [
        "Share of explained variation: Low",
        "Share of explained variation: High",
    ]
    assert heads[place - 2 : place] == ["Share: Low", "Share: High"]
    assert heads.index("Slope, low") == heads.index("Slope") + 1


def test_the_intercept_of_a_model_is_called_so(study):
    fit = cx.fit_loyalty(study)
    for table in (cx.table(fit), cx.table([fit, fit])):
        assert table.frame.iloc[0, 0] == "Intercept"
    assert "No effect of either" in cx.table(cx.compare_gap_forms(study)).frame.to_string()


def test_what_has_no_picture_tells_what_to_plot(study):
    fit = cx.fit_gap(study, "delivery")
    for one in (fit, cx.surface(fit, n_boot=0)):
        with pytest.raises(ModelError, match=r"no view of its own; show .*cx\.gap\.surface_grid"):
            cx.plot(one)
    split = cx.moderation(study, "channel", touchpoints=["delivery"])
    with pytest.raises(ModelError, match=r"no view of its own; show cx\.journey\.journey_map"):
        cx.plot(split)
    assert cx.say(cx.fit_loyalty(study))


def test_a_figure_for_one_column_of_a_journal_loses_nothing(study, tmp_path):
    fit = cx.fit_gap(study, "delivery")
    grid, points = cx.gap.surface_grid(fit), cx.gap.gap_points(fit)
    picture = cx.plot(grid, points=points, figsize=(3.35, 3.0))
    (axes,) = picture.figure.axes
    assert axes.get_position().y1 < 1 and axes.get_position().x1 <= 1
    held = picture.save(tmp_path / "surface.pdf").read_bytes()
    assert b"/Type3" not in held and b"/CIDFontType2" in held
