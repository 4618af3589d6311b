"""What is shown of path models: associations in both languages, an arc for each path, and a section
only where a model is declared.
"""

from __future__ import annotations

import pandas as pd
import pytest

import cxlab as cx
from cxlab.models.constructs import (
    construct_effects,
    construct_quality,
    fit_constructs,
    htmt,
    importance_performance,
)


@pytest.fixture(scope="module")
def ipe(root):
    return cx.read_study(root / "data" / "ipe")


@pytest.fixture(scope="module")
def fit(ipe):
    return fit_constructs(ipe, n_boot=200)


def words(picture) -> list[str]:
    texts = picture.figure.findobj(lambda one: hasattr(one, "get_text"))
    return [one.get_text() for one in texts if one.get_text().strip()]


def test_importance_is_said_as_an_association_in_two_sentences(fit):
    table = importance_performance(fit)
    first, second = cx.say(table)
    assert first.startswith(
        "Each additional point of these indices (0–100) is associated with so many points of “Bond"
        " with the insurer”, directly or through the others: Overall satisfaction (+0.61), Image"
        " (+0.43), "
    )
    assert second.startswith("No index is significantly below average while its association with")
    first, second = cx.say(table, language="pt-BR")
    assert "está associado a estes pontos de “Vínculo com a seguradora”" in first
    assert "Satisfação geral (+0,61), Imagem (+0,43)" in first
    assert second.startswith("Nenhum índice combina, com significância estatística, nível abaixo")


def test_what_is_both_important_and_low_is_named(fit):
    table = importance_performance(fit)
    table["clear"] = table["construct"] == "content"
    table["priority"] = "fix_first"
    _, second = cx.say(table, kind="importance_performance")
    assert second == (
        "Above-average association with “Bond with the insurer” and below-average index, both"
        " statistically significant: Overall satisfaction."
    )


def test_paths_are_told_apart_by_whether_they_may_be_nothing(fit):
    sure, unsure = cx.say(construct_effects(fit))
    assert "Overall satisfaction → Bond with the insurer (+0.56)" in sure
    assert unsure == "Not statistically significant: Expectations → Overall satisfaction (+0.01)."


def test_measurement_is_said_for_better_and_for_worse(fit):
    (sound,) = cx.say(construct_quality(fit))
    assert sound.startswith("Measured reliably, and apart from the others: Image, Expectations,")
    weak = pd.DataFrame(construct_quality(fit))
    weak.loc[0, "verdict"] = "caution"
    sound, caution = cx.say(weak, kind="construct_quality", language="pt-BR")
    assert caution.startswith("Medidos com ressalvas") and caution.endswith(": image.")
    (apart,) = cx.say(htmt(fit))
    assert apart == "They can be told apart: the largest HTMT is 0.74, below 0.9."
    alike = pd.DataFrame(htmt(fit))
    alike.loc[0, "estimate"] = 0.95
    (said,) = cx.say(alike, kind="htmt")
    assert said == "Hardly distinct (HTMT above 0.9): image – expected (0.95)."


def test_the_picture_has_an_arc_and_a_number_for_each_path(fit):
    table = construct_effects(fit)
    picture = cx.plot(table)
    shown = words(picture)
    direct = table[table["route"] == "direct"]
    assert len(direct) == 10
    for name in ("Image", "Value for money", "Bond with the insurer"):
        assert name in shown
    assert [one for one in shown if one.startswith("0.")] == [
        f"{value:.2f}" for value in direct["estimate"]
    ]
    arcs = [one for one in picture.figure.artists if len(getattr(one, "get_xdata", list)()) > 20]
    dashed = [one for one in arcs if one.get_linestyle() == "--" or one.is_dashed()]
    assert len(arcs) == 10 and len(dashed) == 1
    assert picture.narrow.get_size_inches()[0] < 5


def test_importance_stands_against_the_index(fit):
    picture = cx.plot(importance_performance(fit), language="pt-BR")
    shown = words(picture)
    assert "Satisfação geral" in shown and "Corrigir primeiro" in shown
    assert any(one.startswith("Índice, 0 a 100") for one in shown)
    assert (
        picture.title == "Importância e índice do que está por trás de “Vínculo com a seguradora”"
    )


def test_a_model_of_one_source_has_no_picture_of_priorities(ipe):
    table = importance_performance(fit_constructs(ipe, {"bond": ["content"]}, n_boot=60))
    assert cx.plot(table) is None
    (only,) = cx.say(table)
    assert "Overall satisfaction (+" in only


def section(study: cx.Study) -> str:
    page = cx.Page(study, ["en"], seed=1, n_boot=60)
    told, behind = page.constructs(cx.constructs)
    pieces = [page.section("constructs", told), page.section("spread", *behind)]
    return "".join(
        one._repr_mimebundle_().get("text/html", "") for one in pieces[: 1 + bool(behind)]
    )


def test_a_report_has_the_section_only_where_a_model_is_declared(ipe):
    html = section(ipe)
    assert "What stands behind satisfaction and loyalty?" in html
    assert "how well is it measured?" in html and "rho_C" in html
    assert html.count("<svg") + html.count("data:image/svg") >= 2
    assert section(cx.simulate_study(150, seed=1)) == ""


def test_a_model_that_cannot_be_fitted_is_refused_once(ipe):
    few = cx.simulate_study(80, seed=1, design="insurance")
    html = section(few)
    assert html.count("takes 100 respondents who answered all") == 1


def test_a_fit_of_few_is_not_shown():
    study = cx.simulate_study(120, seed=1, design="insurance")
    page = cx.Page(study, ["en"], seed=1, n_boot=60)
    assert page(fit_constructs)
    outside = fit_constructs(study.where(study.index >= 10), n_boot=0)
    assert "a page shows its own study only" in page(construct_effects, outside).reason
