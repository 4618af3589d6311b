"""Paths as they are shown: what is said where the chain is contradicted, which picture is drawn,
and nothing of few.
"""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from tests.models.events.logs import KEYS, frame_of, walked

EVENTS = {**KEYS, "success": "buy"}


def paged(frame, answers=None, **keys):
    """The page of a study that declares the frame as its log."""
    report = {"min_cell": 10, **keys.pop("report", {})}
    given = pd.DataFrame({"q": [1]}) if answers is None else answers
    study = cx.Study.from_frame(given, keys.pop("touchpoints", {}), report=report, **keys)
    source = type(cx.simulate_study(30, design="panel")._log)(frame)
    object.__setattr__(study, "_log", source)
    return cx.Page(study, ["en", "pt-BR"], seed=1, n_boot=200)


@pytest.fixture(scope="module")
def jatoba(root):
    return cx.Page(cx.read_study(root / "data" / "jatoba"), seed=1, n_boot=400)


@pytest.fixture
def held():
    """b leads to the success of those who came from a, and of nobody else."""
    paths = [["a", "b", "buy"]] * 60 + [["c", "b"]] * 60 + [["a"]] * 20 + [["c"]] * 20
    return paged(frame_of(paths), events=EVENTS)


def said(page, estimator, language="en", **options):
    shown = page(estimator, **options)
    return [str(one) for one in page.words(language).about(shown.value).say(shown.say().said)]


def test_where_the_chain_is_contradicted_the_sentence_uses_what_was_observed(held):
    lines = said(held, cx.events.touchpoint_value)
    assert lines[0] == (
        "Contacts that the customers with a success met most often: a (100%) and b (100%)."
    )
    assert "depends on earlier ones too: only observed shares are used" in lines[1]
    assert len(lines) == 2
    assert (
        "só são usadas as proporções observadas"
        in said(held, cx.events.touchpoint_value, "pt-BR")[1]
    )


def test_where_it_holds_success_after_a_contact_is_told(jatoba):
    lines = said(jatoba, cx.events.touchpoint_value)
    assert len(lines) == 2 and "is more probable after Spending insights (49%), less" in lines[1]
    assert " after Phone service (10%); for all customers 18%." in lines[1]
    lines = said(jatoba, cx.events.event_log, "pt-BR")
    assert lines[0].startswith(
        "2.046 contatos de 600 clientes (2 de janeiro a 27 de dezembro de 2025)."
    )
    assert lines[1] == "Fora da conta: 46 percursos em aberto."
    (line,) = said(jatoba, cx.events.exit_experience)
    assert line.endswith(
        "a worse experience than those who went on: Complaints −1.1 (−1.9 to −0.4)."
    )


def test_no_difference_is_said_as_none():
    rng = np.random.default_rng(5)
    answers = pd.DataFrame({"id": [f"c{i}" for i in range(300)], "q": rng.integers(1, 8, 300)})
    keys = {"touchpoints": {"a": "q"}, "scales": {"s": {"min": 1, "max": 7}}, "respondent": "id"}
    events = EVENTS | {"contacts": {"b": "B", "c": "C"}}
    page = paged(frame_of(walked(300, 8)), answers, events=events, **keys)
    (line,) = said(page, cx.events.exit_experience)
    assert line.startswith("No contact shows a statistically significant difference in experience")


def test_flows_are_drawn_and_of_many_touchpoints_a_heat_map(jatoba):
    flows, moves = jatoba(cx.events.first_steps), jatoba(cx.events.transitions)
    picture = cx.plot(flows.value)
    assert picture.alt.startswith("Most frequent first contacts: App (48%), Branch (31%)")
    assert picture.data["rows"] and len(picture.data["rows"]) == len(flows.frame)
    assert "Took out credit" in picture.svg() or "</svg>" in picture.svg(narrow=True)
    assert cx.plot(moves.value, least=12) is None and "</svg>" in cx.plot(moves.value).svg()
    names = [f"t{i:02}" for i in range(14)]
    paths = [[names[i % 14], names[(3 * i + i // 14) % 14]] for i in range(1400)]
    page = paged(frame_of(paths), events=KEYS)
    many = page(cx.events.transitions)
    picture = cx.plot(many.value, least=12)
    assert "</svg>" in picture.svg() and picture.svg() == cx.plot(many.value, least=12).svg()
    assert "path_other" not in picture.svg() and picture.alt.startswith("Most frequent moves")
    assert (
        "Where customers go from each contact"
        in page.section("paths", many)._repr_mimebundle_()["text/html"]
    )


def test_shares_are_printed_in_per_cent_and_ids_in_words(jatoba):
    ways = jatoba(cx.events.paths, most=3)
    table = cx.table(ways.value, language="pt-BR")
    assert "Aplicativo → Sem novo contato" in table._repr_html_()
    html = ways.table()._repr_mimebundle_()["text/html"]
    assert "10%" in html and "0.10" not in html and "path_" not in html


def test_moves_of_few_are_blank_with_enough_others():
    rare = frame_of([["a", "b"]] * 60 + [["a", "c"]] * 12 + [["b", "a"]] * 30 + [["a", "a"]] * 4)
    page = paged(rare, events=KEYS)
    shown = page(cx.events.transitions).frame
    for side in ("before", "touchpoint"):
        for _, rows in shown.groupby(side):
            hidden = rows["estimate"].isna()
            assert hidden.sum() != 1 or len(rows) == 1
    gone = shown[shown["estimate"].isna()]
    assert ("a", "a") in {*zip(gone["before"], gone["touchpoint"], strict=True)}


def test_the_successes_of_few_are_not_told_by_subtraction():
    """All but four met a: what the others did would be what the two figures leave."""
    paths = [["a", "b", "buy"]] * 60 + [["a"]] * 60 + [["b", "buy"]] * 4
    shown = paged(frame_of(paths), events=EVENTS)(cx.events.touchpoint_value).frame
    rows = shown.set_index("touchpoint")
    assert rows.loc["a", ["success_share", "removal", "onward"]].isna().all()
    assert rows.loc["a", ["used", "n"]].notna().all() and rows.loc["a", "chain"] == ""
    # Nor by two touchpoints: those at b are those at a, and four more.
    paths = [["a", "b", "buy"]] * 60 + [["b"]] * 4 + [["c"]] * 60 + [["c", "buy"]] * 30
    rows = paged(frame_of(paths), events=EVENTS)(cx.events.touchpoint_value).frame
    assert rows["success_share"].isna().any()


def test_where_single_answers_are_protected_no_path_is_shown():
    answers = pd.DataFrame({"id": [f"c{i}" for i in range(300)], "q": 1})
    keys = {"respondent": "id", "events": EVENTS, "report": {"protect": "answers"}}
    page = paged(frame_of(walked(300, 9)), answers, **keys)
    for estimator in (cx.events.paths, cx.events.transitions, cx.events.touchpoint_value):
        assert "not shown where single answers are protected" in page(estimator).reason


def test_groups_of_few_are_not_shown():
    plan = np.where(np.arange(300) < 6, "tiny", "large")
    answers = pd.DataFrame({"id": [f"c{i}" for i in range(300)], "q": 1, "plan": plan})
    keys = {"respondent": "id", "segments": ["plan"], "events": EVENTS}
    page = paged(frame_of(walked(300, 10)), answers, **keys)
    shown = page(cx.events.drop_off, by="plan").frame
    # One group of few, and the other, which all of them less it would tell.
    assert shown["estimate"].isna().all()
    strangers = paged(frame_of(walked(305, 10)), answers, **keys)
    assert "could be computed" in strangers(cx.events.drop_off, by="plan").reason


def test_the_experience_of_few_who_ended_is_not_told():
    paths = [["a", "b", "buy"]] * 80 + [["a"]] * 6
    answers = pd.DataFrame({"id": [f"c{i}" for i in range(86)], "q": [5, 6] * 43})
    keys = {"touchpoints": {"a": "q"}, "scales": {"s": {"min": 1, "max": 7}}, "respondent": "id"}
    events = EVENTS | {"contacts": {"b": "B"}}
    shown = paged(frame_of(paths), answers, events=events, **keys)(cx.events.exit_experience)
    assert shown.frame[["estimate", "figure", "figure_against"]].isna().all(axis=None)


def test_a_study_without_a_log_says_nothing(root):
    page = cx.Page(cx.simulate_study(60, seed=1), ["en"], seed=1, n_boot=50)
    shown = page(cx.events.event_log)
    assert not shown.asked and not page.section("paths", shown)._repr_mimebundle_()["text/html"]


def test_ratings_of_a_study_whose_log_is_of_others_are_shown():
    answers = pd.DataFrame({"id": [f"s{i}" for i in range(80)], "q": [5, 6] * 40})
    keys = {"touchpoints": {"a": "q"}, "scales": {"s": {"min": 1, "max": 7}}, "respondent": "id"}
    events = EVENTS | {"contacts": {"b": "B", "c": "C"}, "anonymous": True}
    page = paged(frame_of(walked(300, 11)), answers, events=events, **keys)
    assert page(cx.experience_scores).frame["n"].tolist() == [80]
    assert page(cx.events.transitions) and not page(cx.events.exit_experience).asked
