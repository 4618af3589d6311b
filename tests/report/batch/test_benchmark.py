"""A benchmark tells what clients are like, and no client's figure."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from scipy.optimize import linprog
from scipy.stats.mstats import hdquantiles

import cxlab as cx
from cxlab.errors import ReportError
from cxlab.report.batch import jobs, manifest
from cxlab.report.batch.benchmark import figure_of, make_benchmark, read_benchmark
from cxlab.report.batch.render import render_studies
from cxlab.report.run.job import templates_folder
from cxlab.show import benchmark
from tests.report.conftest import write_study

DAY = datetime.date(2026, 11, 30)
SCALES = {"points": (-100, 100), "per cent": (0, 100)}


def clients(folder, figures, metric="nps", **more):
    """A reports' folder in which each client's report has printed its figure."""
    for number, figure in enumerate(figures):
        report = {"files": {}, "facts": {f"counted_{metric}": figure}}
        place = folder / f"c{number}"
        place.mkdir(parents=True)
        name = more.get("client", f"Client {number}")
        manifest.note(place, name, "en", {"outcome": "done"}, report)
    return folder


# ---- what can be told from it


def weights(n):
    """The weights of the sorted figures in what is printed of n clients."""
    steps = np.tri(n + 1, n, -1)[:, ::-1]
    quartiles = [np.diff([hdquantiles(one, [q])[0] for one in steps])[::-1] for q in (0.25, 0.75)]
    return np.vstack([np.full(n, 1 / n), *(quartiles if n >= benchmark.LEAST_OF_QUARTILES else [])])


def printed(figures):
    held = figure_of("nps", list(figures))
    return np.array([held["mean"], *held.get("quartiles", ())])


def width(old, known, victim, scale, joined=None):
    """How far apart the least and the highest figure of a client are that agree with all that is
    printed (where one joined, before and after), and with the figures that are known.
    """
    old, ends = np.asarray(old), []
    order = [one for one in np.argsort(old, kind="stable") if one != victim]
    sets = [printed(old)] if joined is None else [printed(old), printed([*old, joined])]
    n = len(order) + 1
    for at in range(n + (joined is not None)):
        # The variables are all figures in their order, the wanted one in this place of it.
        if joined is None:
            places = [*order[:at], victim, *order[at:]]
            rows, seen = [weights(n)], sets
        else:
            places = [*np.argsort(old, kind="stable")]
            places.insert(at, "new")
            rows, seen = [np.insert(weights(n), at, 0, axis=1), weights(n + 1)], sets
        held, told = np.vstack(rows), np.concatenate(seen)
        rising = -np.diff(np.eye(len(places)), axis=0)
        limits = np.r_[told + 0.5, 0.5 - told, np.zeros(len(places) - 1)]
        bounds = [(old[one], old[one]) if one in known else scale for one in places]
        for sign in (1, -1):
            found = linprog(
                sign * np.eye(len(places))[at],
                np.vstack([held, -held, rising]),
                limits,
                bounds=bounds,
            )
            if found.success:
                ends.append(found.x[at])
    return max(ends) - min(ends)


@pytest.fixture(params=[(9, "points"), (13, "points"), (13, "per cent")], ids=str)
def sets(request):
    """Sets of clients, from alike to far apart, with the ends of their scale."""
    n, name = request.param
    rng, scale = np.random.default_rng(n), SCALES[name]
    spreads = (0, 3, 20)
    return scale, [np.clip(np.rint(rng.normal(45, one, n)), *scale) for one in spreads]


def test_the_weights_of_the_attack_are_those_of_the_benchmark():
    """Protects the tests below from attacking something else."""
    figures = [-3, 8, 8, 15, 22, 30, 31, 44, 50, 52, 61, 70, 88, 91]
    assert (np.rint(weights(14) @ figures) == printed(figures)).all()
    assert weights(13)[1:].max() < 0.28


@pytest.mark.parametrize(("more", "least"), [(0, 20), (1, 10)])
def test_no_clients_figure_can_be_told(sets, more, least):
    """Protects each client from one who reads his own report, and knows the figure of one more:
    every figure within so many points would have printed the same.
    """
    scale, figures = sets
    for held in figures:
        assert width(held, {*range(1 + more)}, len(held) - 1, scale) >= least


def test_a_client_who_joins_cannot_be_told():
    """Protects who joins between two benchmarks of which all else stays as it was."""
    rng = np.random.default_rng(3)
    for n, joined in ((9, 20), (13, 70)):
        held = np.rint(rng.normal(45, 15, n))
        assert width(held, {0}, 0, SCALES["points"], joined) >= 15


def test_a_quartile_is_no_clients_figure():
    """Protects the fourth of thirteen, whose figure a plain quartile prints."""
    figures = [0] * 3 + [40] + [90] * 9
    assert np.percentile(figures, 25) == 40 and 40 not in figure_of("nps", figures)["quartiles"]


# ---- how it is made


def test_it_is_made_of_enough_clients_only(tmp_path):
    """Protects eight clients, of whom each would be one of seven others."""
    eight = clients(tmp_path / "eight", range(8))
    with pytest.raises(ReportError, match=r"^eight: 8 clients there let .* needs 9, so that"):
        make_benchmark(eight, DAY)
    assert not list(eight.glob("*.json"))
    file, made = make_benchmark(clients(tmp_path / "twelve", range(10, 22)), DAY)
    assert made.figures["nps"].model_dump() == {"clients": 12, "mean": 16, "quartiles": None}
    with pytest.raises(ReportError, match=r"^benchmark-2026-11-30.json: the benchmark of this day"):
        make_benchmark(file.parent, DAY)  # fixed once


def test_its_file_holds_whole_numbers_and_no_names(tmp_path):
    """Protects clients from whoever is given the file."""
    shares = [0.30 + 0.011 * number for number in range(14)]
    file, _ = make_benchmark(clients(tmp_path / "out", shares, "csat_top2"), DAY)
    told = {"clients": 14, "mean": 37, "quartiles": [33, 41]}
    assert json.loads(file.read_text()) == {"date": "2026-11-30", "figures": {"csat_top2": told}}


def test_one_client_counts_once_and_one_who_withdrew_not_at_all(tmp_path):
    """Protects a set from nine studies of one client, and a client whose newest report, in any of
    its languages, no longer allows it.
    """
    one = clients(tmp_path / "one", range(20), client="The same")
    with pytest.raises(ReportError, match="^one: 1 clients there"):
        make_benchmark(one, DAY)
    nine = clients(tmp_path / "nine", range(9))
    report = {"files": {}, "facts": {"outcome": "x"}}
    manifest.note(nine / "c3", "Client 3", "pt-BR", {"outcome": "done"}, report)
    with pytest.raises(ReportError, match="^nine: 8 clients there"):
        make_benchmark(nine, DAY)


@pytest.mark.parametrize(
    "figure",
    [
        {"clients": 5, "mean": 40},
        {"clients": 12, "mean": 40, "quartiles": [30, 50]},
        {"clients": 14, "mean": 40.25},
        {"clients": 14, "mean": 40, "names": ["A"]},
    ],
)
def test_a_file_that_could_tell_is_refused(tmp_path, figure):
    """Protects clients from a file that was written by hand, by name and cause."""
    file = tmp_path / "b.json"
    file.write_text(json.dumps({"date": "2026-11-30", "figures": {"nps": figure}}))
    with pytest.raises(
        ReportError, match=r"^b\.json: it is no benchmark \(figures\.nps.*: .*\); give"
    ):
        read_benchmark(file)
    with pytest.raises(ReportError, match=r"^none\.json: "):
        read_benchmark(tmp_path / "none.json")


# ---- how it is read

HELD = benchmark.Benchmark(
    date=DAY,
    figures={
        "nps": {"clients": 14, "mean": 41, "quartiles": (30, 52)},
        "csat_top2": {"clients": 9, "mean": 70},
    },
).model_dump_json()


def study(allows: bool):
    frame = pd.DataFrame({"q": [10, 9, 7, 3] * 30, "s": [1, 2, 4, 5] * 30, "w": ["a", "b"] * 60})
    outcomes = {"recommend": {"kind": "nps", "column": "q"}}
    outcomes["sat"] = {"kind": "csat", "column": "s", "scale": "five"}
    keys = {"wave": "w", "report": {"benchmark": allows}, "targets": {"recommend": 10}}
    return cx.Study.from_frame(frame, {}, outcomes, scales={"five": {"min": 1, "max": 5}}, **keys)


def test_a_report_shows_it_where_its_study_gives_its_own_figures():
    """Protects the bargain: who is not counted is not told; who is, gets card, sentence, line."""
    page = cx.Page(study(allows=True), ["en", "pt-BR"], benchmark=HELD)
    goals = page.goals(cx.waves.against_targets)
    held = goals["benchmark"]
    cards = [
        str(page(cx.metrics).cards(benchmark=held).worded(page.words(one)))
        for one in page.languages
    ]
    assert "benchmark: 41 (mean of 14 clients, 30 November 2026)" in cards[0]
    assert "benchmark: 70% (média de 9 clientes, 30 de novembro de 2026)" in cards[1]
    (said,) = page.words().say(held.say().said)  # no quartiles of nine
    assert said == "recommend: half of the clients in the benchmark lie between 30 and 52."
    waves = page(cx.metrics, by="wave").each("outcome")[0]
    for drawn in (waves, page(cx.nps)):
        shown = str(drawn.plot(**goals).worded(page.words()))
        assert "Benchmark: mean of 14 clients, 30 November 2026." in shown
    for other in (cx.Page(study(allows=False), benchmark=HELD), cx.Page(study(allows=True))):
        other = other.goals(cx.waves.against_targets)["benchmark"]
        assert other.refused and not other.asked
        assert not other.say().worded(page.reader("en"))


def test_lines_and_their_words_stand_in_the_picture():
    """Protects the reader of a chart: target and benchmark are lines across it, each named, no
    words over others even where both are alike.
    """
    held = study(allows=True)
    beside = benchmark.beside(held, HELD.replace("41", "11"))
    goals = {"targets": cx.waves.against_targets(held), "benchmark": beside}
    for result in (cx.nps(held, by="wave"), cx.nps(held)):
        figure = cx.plot(result, **goals).figure
        texts = {one.get_text(): one for one in figure.texts}
        boxes = [texts[one].get_window_extent() for one in ("Target: 10", "Benchmark: 11")]
        assert not boxes[0].overlaps(boxes[1])
        assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
        dashed = [one for one in figure.findobj(Line2D) if one.get_linestyle() == "--"]
        assert len(dashed) == 2


def test_a_batch_gives_it_to_those_who_allow_it(tmp_path):
    """Protects the others from being made again for a benchmark that they do not show."""
    template = templates_folder() / "client_report.ipynb"
    plain, counted = write_study(tmp_path / "plain"), write_study(tmp_path / "counted")
    told = (counted / "study.yml").read_text(encoding="utf-8")
    told = told.replace("report: {", "report: {benchmark: true, ")
    (counted / "study.yml").write_text(told, encoding="utf-8")
    one, other = jobs.plan([plain, counted], None, template, {"benchmark": HELD})
    assert "benchmark" not in one.parameters and other.parameters["benchmark"] == HELD
    assert not one.problem and not other.problem


def test_a_benchmark_that_lies_there_and_is_not_given_is_said(tmp_path):
    """Protects the next batch from figures that vanish from every card without a word."""
    out, lines = tmp_path / "out", []
    counted = write_study(tmp_path / "counted")
    file = counted / "study.yml"
    told = file.read_text(encoding="utf-8").replace("report: {", "report: {benchmark: true, ")
    file.write_text(told, encoding="utf-8")
    out.mkdir()
    (out / "benchmark-2026-11-30.json").write_text(HELD, encoding="utf-8")
    (counted / "answers.csv").unlink()  # nothing need be made to see it
    render_studies([counted], out, progress=lines.append)
    assert lines[0] == (
        "Sample: `report: {benchmark: true}`, and no benchmark is shown; give --benchmark"
        " out/benchmark-2026-11-30.json"
    )
