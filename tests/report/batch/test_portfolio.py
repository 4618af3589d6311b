"""All clients beside each other: what the consultant reads of forty reports on one page."""

from __future__ import annotations

import openpyxl
import pytest

from cxlab.report.batch import index, portfolio
from cxlab.report.formats.checks import problems
from cxlab.study.codebook.brand import Brand


def report(client, language="en", **facts):
    folder = client.lower()
    files = [f"{folder}/report.{language}.html"]
    about = {"kind": "done", "status": ["done"], "problem": "", "suppressed": []}
    known = {"outcome": "Recommend", "kind": "nps", "n": 240, **facts} if facts else None
    named = {"client": client, "folder": folder, "language": language, "files": files}
    return {**named, **about, "facts": known}


MOVED = {"change": 6.0, "change_low": 2.0, "change_high": 10.0}
STILL = {"change": -1.0, "change_low": -5.0, "change_high": 3.0}
ROWS = [
    report("Ana", estimate=31.0, conf_low=25.0, conf_high=37.0, wave="W4", **MOVED),
    report("Ana", "pt-BR", estimate=31.0, conf_low=25.0, conf_high=37.0, outcome="Recomendaria"),
    report("Bia", estimate=45.0, conf_low=40.0, conf_high=50.0, **STILL, priority="=Delivery"),
    report("Caio", estimate=31.0, priority="Store", priority_clear=True),
    report("Davi", estimate=None, n=None),
    report("Eva", estimate=0.456, conf_low=0.4, conf_high=0.51, kind="csat_top2"),
    report("Fábio", estimate=1234.5, kind="amount_mean", unit="BRL", n=1200),
    report("Gil"),
]


def test_clients_are_ranked_among_those_who_ask_the_same():
    """Protects a client from a place among others whose question is another, or whose figure is
    hidden; two of one figure share a place.
    """
    found = {
        one["client"]: (one.get("rank"), one.get("of")) for one in portfolio.clients(ROWS, "en")
    }
    alone = (None, None)
    assert found == {
        **{"Ana": (2, 3), "Bia": (1, 3), "Caio": (2, 3)},
        **dict.fromkeys(["Davi", "Eva", "Fábio", "Gil"], alone),
    }


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            ["31", "25 to 37", "▲ +6 points (+2 to +10)", "2 of 3", "46%", "1,200", "R$1,234.50"],
        ),
        ("pt-BR", ["31", "25 a 37", "Recomendaria", "2 de 3", "46%", "1.200", "R$\u00a01.234,50"]),
    ],
)
def test_figures_are_in_the_readers_language(language, told):
    """Protects the reader from another language's numbers: the report in his language is read."""
    words = {}
    for one in portfolio.clients(ROWS, language):
        words[one["client"]] = portfolio.said(one, language)
    held = [cell for row in words.values() for cell in row.values()]
    assert not [one for one in told if not any(one in cell for cell in held)]
    assert words["Davi"]["figure"] == {"en": "suppressed", "pt-BR": "omitido"}[language]
    assert not words["Bia"]["change"].startswith(("▲", "▼")) and words["Gil"] == {}


@pytest.mark.parametrize(
    "facts",
    ["31", [31], {"estimate": 31.0}, {"outcome": "x", "kind": "nps", "estimate": "31"}],
    ids=str,
)
def test_facts_that_no_report_wrote_are_none(facts):
    """Protects a batch from a manifest that was edited by hand: the list of forty others stands."""
    assert "<strong>" not in index.page([report("Gil") | {"facts": facts}])


def test_the_page_has_a_row_a_client_and_loads_nothing():
    """Protects the way in: languages that stand alike stand together, in the consultancy's own
    colours, and nothing runs.
    """
    brand = Brand(name="Ponte", colours={"main": "#5b2a86"}, footer="Interno")
    page = index.page(ROWS, index.Look("", "pt-BR", brand))
    assert page.count('<td class="client"') == 7 and problems(page, {}, []) == []
    links = '<a href="ana/report.en.html">en</a> · <a href="ana/report.pt-BR.html">pt-BR</a>'
    assert links in page and 'href="portfolio.xlsx"' in page
    for told in ("Ponte", "#5b2a86", "Interno", '<html lang="pt-BR">', "Primeiro ponto de dor"):
        assert told in page
    assert "portfolio.xlsx" not in index.page([report("Gil")])  # nobody has told anything


def test_the_workbook_holds_numbers(tmp_path):
    """Protects whoever goes on with the figures: numbers are numbers, formulas of others none, and
    the same clients give the same bytes.
    """
    found = [one for one in portfolio.clients(ROWS, "en") if one["facts"]]
    for name in ("a.xlsx", "b.xlsx"):
        portfolio.write(tmp_path / name, found, "en", Brand(name="Ponte"))
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    heads = [cell.value for cell in sheet[4]]
    rows = {row[0].value: dict(zip(heads, row, strict=True)) for row in sheet.iter_rows(min_row=5)}
    ana = {head: cell.value for head, cell in rows["Ana"].items()}
    assert (ana["Figure"], ana["Change"], ana["Statistically significant"]) == (31, 6, "yes")
    assert (ana["Rank"], ana["Of so many clients"], ana["Wave"]) == (2, 3, "W4")
    assert rows["Eva"]["Figure"].number_format.endswith("%")
    assert rows["Davi"]["Figure"].value == "suppressed" and "Gil" not in rows
    pain = rows["Bia"]["First pain point"]
    assert (pain.value, pain.data_type) == ("=Delivery (uncertain)", "s")
