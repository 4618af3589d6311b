"""What a draft asks a person to decide, and what it shows of the answers."""

from collections import Counter

import pandas as pd
import pytest

import cxlab as cx
from cxlab.exports.draft_study import draft_study

WORDS = ["Muito satisfeito", "Satisfeito", "Neutro", "Insatisfeito", "Muito insatisfeito"]
LEVELS = ["Muito alta", "Alta", "Média", "Baixa", "Muito baixa"]
COMMENT = "Meu telefone é (11) 98765-4321, fale com a Dona Márcia Azevedo"


def drafted(folder, **columns):
    frame = pd.DataFrame(columns)
    frame.to_csv(folder / "export.csv", index=False)
    guesses = draft_study(folder / "export.csv", folder / "out")
    return guesses.set_index("column"), folder / "out"


def cycle(words, n=40):
    return [words[i * 7 % len(words)] for i in range(n)]


def rows(**more):
    nps = [i * 3 % 11 for i in range(40)]
    asked = {"De 0 a 10, quanto você recomendaria a loja?": nps}
    return {"id": range(1, 41), **asked, "Satisfação [Entrega]": cycle(WORDS), **more}


def test_an_expectation_in_other_words_is_no_experience(tmp_path):
    question = "Antes de comprar, como era a sua expectativa em relação à entrega?"
    guesses, out = drafted(tmp_path, **rows(**{question: cycle(LEVELS)}))
    guess = guesses.loc[question]
    assert guess["value"].split(", ")[1] == "expectation" and guess["confidence"] < 0.9
    text = (out / "study.yml").read_text("utf-8")
    (out / "study.yml").write_text(text.split("\nconfirm:")[0] + "\n", encoding="utf-8")
    assert not (cx.check_study(out)["severity"] == "error").any()


def test_the_page_lists_what_to_decide_and_no_free_text(tmp_path):
    texts = [COMMENT] * 20 + ["A loja é muito boa e o preço é bom"] * 20
    _, out = drafted(tmp_path, **rows(**{"Deixe um comentário": texts}))
    page = (out / "draft.html").read_text("utf-8")
    assert "To decide" in page and "is the best answer" in page
    assert "98765" not in page and "Azevedo" not in page


def test_an_outcome_has_a_short_label(tmp_path):
    _, out = drafted(tmp_path, **rows())
    assert "label: {pt-BR: Recomendação}" in (out / "study.yml").read_text("utf-8")


def test_things_of_two_questions_are_told_apart(tmp_path):
    good = cycle(["Boa", "Ruim", "Regular", "Ótima", "Péssima"])
    asked = {"Satisfação [Loja]": cycle(WORDS, 40)[::-1]}
    asked |= {f"Qualidade [{one}]": good for one in ("Entrega", "Loja")}
    _, out = drafted(tmp_path, **rows(**asked))
    labels = pd.read_csv(out / "touchpoints.csv")["label_pt"]
    assert len(labels) == 4 and labels.is_unique


@pytest.mark.parametrize(("design", "pairs"), [("telecom", 9), ("software", 8), ("retail", 10)])
def test_a_simulated_client_is_drafted_as_it_was_asked(tmp_path, design, pairs):
    """Its files hold 1 to 7, 8 never used and 9 refused, and headers of two parts."""
    study = cx.simulate_study(600, seed=3, design=design)
    cx.write_study(study, tmp_path / "made")
    draft = cx.exports.guess_export(tmp_path / "made" / "responses.csv")
    rated = [guess for guess in draft.guesses if guess.key == "touchpoints"]
    assert {guess.scale.points for guess in rated} == {(1, 7)}
    roles = Counter(guess.value["role"] for guess in rated)
    assert roles["expectation"] == pairs and roles["importance"] in (0, pairs)
    why = {code: reason for guess in rated for code, reason in guess.scale.missing.items()}
    assert why["9"] == "no_answer" and why.get("8", "not_used") == "not_used"
