"""What changed since the last report: its figures beside today's, tested where the study holds both
waves, and nothing that is hidden today.
"""

from __future__ import annotations

import json

import pandas as pd
import pytest

import cxlab as cx
from cxlab.show.page import list_entry, parts, pieces, since
from cxlab.show.page.since import Figures, kept, read_figures

ACTIONS = [
    {"touchpoint": "returns", "what": "Prepaid label", "who": "Operations", "due": "2025-06-30"}
]


@pytest.fixture(scope="module")
def tracker() -> cx.Study:
    """Four waves in which the app gets better and returns get worse."""
    return cx.simulate_study(2400, seed=4, design="retail")


@pytest.fixture
def look_back(tmp_path, monkeypatch):
    """What a report on a study says where the last one printed these figures."""

    def told(study: cx.Study, last: dict | None, weighed: bool = False) -> since.Since:
        held = {} if last is None else {"since": {"figures": last}}
        (tmp_path / "job.json").write_text(json.dumps({"inputs": held}), encoding="utf-8")
        monkeypatch.setenv(since.JOB, str(tmp_path / "job.json"))
        page = cx.Page(study, ["en", "pt-BR"], seed=1, n_boot=50)
        waves = page(cx.metrics, by="wave").each("outcome")
        moved = {"recommend": page(cx.changes, "recommend")}
        scores = page(cx.experience_scores)
        drivers = page(cx.fit_loyalty if weighed else cx.kano)
        shares = page(cx.importance, drivers)
        first = page(cx.priorities, shares, page(cx.experience_scores, drivers))
        moves, metrics = cx.waves.touchpoint_changes, page.latest(cx.metrics)
        return page.since(moves, metrics, waves, moved, scores, first)

    return told


def of_wave(study: cx.Study, wave: str) -> dict:
    """What a report on a wave would have printed of the outcome."""
    row = cx.nps(study, "recommend", by="wave").set_index("level").loc[wave]
    figure = {"of": "recommend", "metric": "nps", "n": int(row["n"])}
    figures = {"nps recommend": figure | {"estimate": round(row["estimate"])}}
    return {"wave": wave, "figures": figures, "actions": ACTIONS}


def words(found: since.Since, language: str = "en") -> str:
    return str(found.worded(found.page.words(language)))


def test_a_first_report_says_nothing_and_keeps_what_it_prints(tracker, look_back, monkeypatch):
    """Protects the next report: what it looks back to is what this one printed, no digit more."""
    first = look_back(tracker, None)
    assert words(first) == "" and first.moved == ""
    monkeypatch.setenv(parts.FORMATS, "html")
    shown = first._repr_mimebundle_()
    assert shown[pieces.MIME] == {} and {*shown[list_entry.MIME]} == {"en", "pt-BR"}
    figures = shown[list_entry.MIME]["en"]["figures"]
    assert {*shown[list_entry.MIME]["en"]} == {"figures"}
    assert figures["figures"]["nps recommend"]["estimate"] == round(
        cx.nps(tracker, "recommend", by="wave")["estimate"].iloc[-1]
    )
    assert figures["wave"] == "W4" and figures["actions"][0]["what"].startswith("Janela")
    assert "mean app" not in figures["figures"]  # the page's is of all waves
    assert kept(read_figures(figures)) == figures
    study = cx.simulate_study(300, seed=6, design="telecom")
    care = cx.experience_scores(study).set_index("touchpoint").loc["care", "experience"]
    found = look_back(study, None).figures.figures["mean care"]
    assert found.estimate == pytest.approx(care, abs=0.05) and found.conf_low < care
    assert len(f"{found.estimate}") <= len("4.24")


def test_between_waves_the_reports_own_tests_speak(tracker, look_back):
    """Protects from a change that is none: what moved is what `changes` and `touchpoint_changes`
    say, and a planted rise and a planted fall are found.
    """
    found = look_back(tracker, of_wave(tracker, "W1"))
    rows = {row.now.of: row for row in found.rows}
    change = cx.changes(tracker, "recommend").iloc[-1]
    assert change["level"] == "W1 → W4"
    side = int(change["conf_low"] > 0) - int(change["conf_high"] < 0)
    assert rows["recommend"].side == side
    assert found.moved == {0: "same", 1: "rise", -1: "fall"}[side]
    assert (rows["app"].side, rows["returns"].side) == (1, -1)
    moves = found.page(cx.waves.touchpoint_changes, steps="whole").frame.set_index("touchpoint")
    for name in ("app", "returns"):
        printed = (rows[name].then.estimate, rows[name].now.estimate)
        assert printed == (*moves.loc[name, ["earlier", "later"]],)
    assert [*rows][:2] == ["recommend", "returns"]  # the outcome, then what was taken in hand
    assert "Since the last report (W1 → W4)" in words(found)
    assert "Prepaid label · Operations · 30 June 2025" in words(found)
    assert "queda estatisticamente significativa" in words(found, "pt-BR")
    assert "Desde o último relatório (W1 → W4)" in words(found, "pt-BR")
    assert "New actions: Delivery and Returns." in words(found)
    clear = int((moves["p_holm"] < 0.05).sum())
    assert f"Experience changed at {clear} of {len(moves)} touchpoints" in words(found)


def test_a_wave_that_had_no_name_is_known_by_its_figure(tracker, look_back):
    """Protects the first report of a tracker, whose study had no waves yet."""
    last = of_wave(tracker, "W3") | {"wave": None}
    assert "Since the last report (W3 → W4)" in words(look_back(tracker, last))
    last["figures"]["nps recommend"]["estimate"] += 1
    assert look_back(tracker, last).moved == "overlap"


def apart(study: cx.Study) -> tuple[dict, str]:
    """What the report on a study prints, put into the year before, and its outcome."""
    figures = {"nps recommend": {"of": "recommend", "metric": "nps", "estimate": 3, "n": 400}}
    for name in ("network", "care"):
        figures[f"mean {name}"] = {"of": name, "estimate": 3.5, "n": 400}
    actions = [{"touchpoint": "care", "what": "One number"}]
    last = {"start": "2025-03-01", "end": "2025-03-28", "figures": figures, "actions": actions}
    return last, str(round(cx.nps(study, "recommend")["estimate"].iloc[0]))


def test_two_samples_stand_side_by_side_and_are_not_tested(look_back):
    """Protects from a test that nobody made: of a sample known by what was printed no change is
    called one.
    """
    study = cx.simulate_study(500, seed=6, design="telecom")
    last, now = apart(study)
    found = look_back(study, last)
    assert found.moved == "untested" and [row.now.of for row in found.rows] == ["recommend", "care"]
    said = words(found)
    assert "Since the last report (1 to 28 March 2025)" in said and "significant" not in said
    assert "Compared by printed figures and intervals only, without a test." in said
    assert f">{now} " in said and ">3</td>" in said and "One number" in said
    head, lines, table = found.worded(found.page.words()).parts
    assert table["message"].endswith(f": 3 → {now}.") and head["id"] == "since"
    assert lines["sentences"][-1].startswith("Compared by printed figures")
    slide = table["printed"]
    assert slide["rows"][0]["then"] == "3" and slide["rows"][1]["what"] == "One number"
    assert slide["rows"][0]["now"].startswith(f"{now} (")
    assert table["columns"][1]["name"] == "then" and table["rows"][0][1] == 3


@pytest.mark.parametrize(
    ("dates", "why"),
    [
        ({"start": "2025-03-01", "end": "2026-03-02"}, "overlap"),
        ({"start": None, "end": None}, "overlap"),
        ({"start": "2027-03-01", "end": "2027-03-28"}, "later"),
    ],
)
def test_samples_that_may_hold_the_same_answers_are_not_compared(look_back, dates, why):
    """Protects the few who came in between: a file that holds the old answers and some more would
    tell theirs, and a report of later fieldwork is no last one.
    """
    study = cx.simulate_study(300, seed=6, design="telecom")
    found = look_back(study, apart(study)[0] | dates)
    assert found.moved == why and words(found) == ""


def test_what_is_hidden_today_is_not_told_by_a_figure_of_then(look_back):
    """Protects nine respondents: the row goes, with the figure that the last report printed."""
    answers = pd.DataFrame({"nps": [*range(11)] * 3, "shop": [1, 2, 3] * 3 + [None] * 24})
    answers["web"] = [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4] * 3
    outcomes = {"recommend": {"kind": "nps", "column": "nps"}}
    study = cx.Study.from_frame(
        answers,
        {"shop": "shop", "web": "web"},
        outcomes,
        scales={"seven": {"min": 1, "max": 7}},
        fieldwork={"start": "2026-03-01", "end": "2026-03-28"},
    )
    figures = {f"mean {name}": {"of": name, "estimate": 4, "n": 30} for name in ("shop", "web")}
    figures["nps recommend"] = {"of": "recommend", "metric": "nps", "estimate": 3, "n": 40}
    actions = [{"touchpoint": name, "what": "Better"} for name in ("shop", "web")]
    last = {"end": "2025-03-28", "figures": figures, "actions": actions}
    assert [row.now.of for row in look_back(study, last).rows] == ["recommend", "web"]


def test_priorities_come_and_go_where_the_data_are_sure(look_back):
    """Protects from a priority that comes and goes with chance: what may be chance on one side and
    stands on the other is not told.
    """
    study = cx.simulate_study(900, seed=11, design="telecom")
    last, _now = apart(study)
    weighed = look_back(study, last, weighed=True).figures.priorities
    sure = [name for name, clear in weighed.items() if clear]
    none = [name for name, clear in weighed.items() if clear is None]
    assert sure and len(none) > 1
    last["priorities"] = dict.fromkeys(weighed) | {none[0]: True, none[1]: False, "gone": True}
    said = words(look_back(study, last, weighed=True))
    labels = study.labels("en")
    assert all(labels[name] in said for name in sure) and "Now a priority: " in said
    assert f"No longer a priority: {labels[none[0]]}." in said
    rows = [row.now.of for row in look_back(study, last, weighed=True).rows]
    assert {*sure} & {"network", "care"} <= {*rows}  # what the last report printed of them
    last["priorities"] = weighed
    assert "priority" not in words(look_back(study, last, weighed=True))


def test_single_answers_that_are_protected_stay_so(look_back):
    """Protects staff: what a manifest keeps has the digits of the page, whose means have one
    decimal and whose counts end in 0 or 5.
    """
    study = cx.simulate_study(404, seed=6, design="telecom")
    report = study.codebook.report.model_copy(update={"protect": "answers"})
    book = study.codebook.model_copy(update={"report": report})
    held = look_back(cx.Study(**{**vars(study), "codebook": book}), None).figures
    for figure in held.figures.values():
        assert figure.n % 5 == 0
        if figure.metric == since.RATING:
            assert round(figure.estimate, 1) == figure.estimate


def test_what_a_manifest_keeps_is_checked():
    """Protects a page from a manifest that somebody edited."""
    good = {"figures": {"a": {"of": "a", "estimate": 1, "n": 20}}, "end": "2026-03-01"}
    assert isinstance(read_figures(good), Figures)
    wrong = ([], None, {"more": 1}, {"end": "soon"}, {"figures": {"a": {"of": "a"}}})
    for held in (*wrong, {"figures": {"a": {"of": "a", "estimate": "x", "n": 1}}}):
        assert read_figures(held) is None
