"""What is shown of money: in its currency and both languages, never as a cause, and nothing on a
class of few.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx


@pytest.fixture(scope="module")
def aurora(root):
    return cx.read_study(root / "data" / "aurora")


@pytest.fixture(scope="module")
def money(aurora):
    return cx.money.money_value(aurora)


def test_money_is_said_in_its_currency_and_time_as_the_language_counts(money):
    first, kept, path, none, caution = cx.say(money)
    assert first == (
        "Each additional point of “Would recommend” is associated with +R$15.87 in profit over 12"
        " months for each customer."
    )
    assert "+5.6 percentage points in the share of customers kept after 12 months" in kept
    assert path.startswith("For every 100 customers, one point of NPS is associated with")
    assert "Detractor → passive (+R$57.88)" in path and "promoter" not in path
    assert none.endswith("statistically significant association: Passive → promoter.")
    assert caution.startswith("Only a trial can tell")
    first, kept, *_ = cx.say(money, language="pt-BR")
    assert "está associado a +R$\xa015,87 de lucro em 12 meses por cliente" in first
    assert "+5,6 pontos percentuais de clientes que permanecem após 12 meses" in kept


def test_without_a_margin_nothing_is_called_profit(aurora):
    frame = pd.DataFrame({"nps": aurora.outcome("recommend"), "spend": aurora.outcome("spend")})
    outcomes = {
        "nps": {"kind": "nps", "column": "nps"},
        "spend": {"kind": "amount", "column": "spend", "unit": "BRL", "measured": "after"},
    }
    plain = cx.Study.from_frame(frame, {}, outcomes)
    table = cx.money.money_value(plain, money="spend", horizon=12)
    assert set(table["measure"]) == {"spend", "revenue"}
    said = " ".join(cx.say(table))
    assert "in revenue over 12 units of time" in said and "profit" not in said


def test_no_association_is_said_as_none():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"nps": rng.integers(0, 11, 300), "spend": rng.normal(50, 9, 300).round(2)}
    )
    outcomes = {
        "nps": {"kind": "nps", "column": "nps"},
        "spend": {"kind": "amount", "column": "spend", "unit": "EUR", "measured": "after"},
    }
    table = cx.money.money_value(cx.Study.from_frame(frame, {}, outcomes), money="spend")
    assert (table["p_holm"] > 0.05).all()
    first, none, _ = cx.say(table)
    assert first.startswith(
        "“nps” has no statistically significant association with spend; estimate"
    )
    assert none.endswith("Detractor → passive and Passive → promoter.")


def test_costs_are_said_by_what_is_known_of_them(aurora):
    keeps, costs, still = cx.say(cx.money.efficiency(cx.fit_loyalty(aurora)))
    assert "more money than it costs" in keeps and "Signal and speed (+R$" in keeps
    assert "costs more than the money it is associated with" in costs and "Store (−R$" in costs
    assert still.startswith("Not clear from these answers") and "Billing" in still


def test_changes_in_money_are_said_with_what_they_follow_from(aurora, money):
    said = cx.say(cx.what_if(cx.fit_loyalty(aurora), {"care": 0.5}, money=money))
    assert any(one.startswith("In money, all of this is associated with +R$") for one in said)


def words(picture) -> str:
    texts = picture.figure.findobj(lambda one: hasattr(one, "get_text"))
    return " ".join(one.get_text() for one in texts)


def test_the_picture_has_each_step_and_its_unit(money):
    shown = words(cx.plot(money, language="pt-BR"))
    assert (
        "Detrator → neutro" in shown and "R$" in shown and "Por cliente: lucro em 12 meses" in shown
    )


def customers(sizes: tuple[int, int, int], **report) -> cx.Study:
    """Detractors, passives, promoters, who are kept all the more."""
    nps = np.repeat([3, 8, 10], sizes)
    rng = np.random.default_rng(0)
    kept = rng.random(len(nps)) < np.repeat([0.4, 0.55, 0.6], sizes)
    frame = pd.DataFrame({"nps": nps, "kept": kept * 1})
    outcomes = {
        "nps": {"kind": "nps", "column": "nps"},
        "kept": {"kind": "binary", "column": "kept", "measured": "after"},
    }
    money = {"outcome": "kept"}
    return cx.Study.from_frame(frame, {}, outcomes, money=money, report=report)


def shown(study: cx.Study) -> pd.DataFrame:
    return cx.Page(study, ["en"], seed=1, n_boot=50)(cx.money.money_value).frame


def test_a_path_to_a_class_of_few_is_blank():
    study = customers((18, 140, 100), min_cell=20)
    frame = shown(study).set_index("step")
    assert np.isnan(frame.loc["to_passive", "estimate"]) and np.isnan(
        frame.loc["to_passive", "n_lower"]
    )
    assert frame.loc[["point", "to_promoter"], "estimate"].notna().all()
    assert shown(customers((18, 140, 100)))["estimate"].notna().all()


def test_where_answers_are_protected_no_class_is_told():
    frame = shown(customers((60, 140, 100), protect="answers"))
    assert frame["step"].tolist() == ["point"] and "n_events" not in frame


def test_a_report_has_the_section_only_where_money_is_declared(aurora):
    def section(study: cx.Study) -> str:
        page = cx.Page(study, ["en"], seed=1, n_boot=50)
        piece = page.section("money", page(cx.money.money_value))
        return piece._repr_mimebundle_().get("text/html", "")

    assert "Loyalty, customers kept and money" in section(aurora)
    assert section(cx.simulate_study(100, seed=1)) == ""
