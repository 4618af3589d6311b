"""Money is written by the code of its currency; anything else is warned of."""

import re

import pytest

import cxlab as cx
from cxlab.__main__ import main
from cxlab.show.words.money import nearest


@pytest.fixture
def bought(tmp_path):
    """A study of what customers spent, in the unit that is given."""

    def write(unit: str):
        (tmp_path / "answers.csv").write_text(
            "nps,spend\n" + "9,106.08\n6,80.5\n3,70\n10,99\n" * 10
        )
        (tmp_path / "study.yml").write_text(
            "schema: 1\nclient: Acme\nresponses: {file: answers.csv}\noutcomes:\n"
            "  recommend: {kind: nps, column: nps}\n"
            f"  spend: {{kind: amount, column: spend, unit: {unit}}}\n"
        )
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        *(("R$", "BRL"), ("reais", "BRL"), ("brl", "BRL"), ("US$", "USD"), ("dólares", "USD")),
        *(("euros", "EUR"), ("£", "GBP"), ("h", ""), ("visitas", ""), ("minutes", "")),
    ],
)
def test_the_currency_that_was_meant_is_guessed(unit, code):
    assert nearest(unit) == code


def test_a_unit_that_is_no_currency_is_warned_of_with_the_nearest_one(bought, capsys):
    study = bought("R$")
    assert main(["check", str(study)]) == 0
    assert capsys.readouterr().out.splitlines()[1:3] == [
        "  warning  study.yml, key 'outcomes.spend.unit': no currency (ISO 4217): amounts are"
        " written with this word: 'R$'",
        "           → write BRL, if it is money",
    ]
    main(["check", str(study), "--language", "pt-BR"])
    assert "→ escreva BRL, se for dinheiro" in capsys.readouterr().out
    main(["check", str(bought("h"))])
    assert "→ write BRL, EUR, USD …, if it is money" in capsys.readouterr().out


def test_a_currency_is_no_warning_and_is_written_as_its_reader_knows_it(bought, capsys):
    study = bought("BRL")
    main(["check", str(study)])
    assert "0 errors, 0 warnings" in capsys.readouterr().out
    metrics = cx.metrics(cx.read_study(study), "spend")
    for language, figure in (("en", r"R\$88\.90"), ("pt-BR", r"R\$\s88,90")):
        assert re.search(figure, " ".join(cx.say(metrics, language=language)))
