"""Studies at the edge of what can be reported: of one touchpoint or none, of 0 and 1, of twelve
respondents, of more touchpoints than answers can tell apart, on long scales, in money.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.__main__ import main
from tests.show.story import Report, contradictions, made


def frame(n: int, touchpoints: int, low: int = 1, high: int = 7, **columns) -> pd.DataFrame:
    """Ratings of n respondents, with what loyalty and spend make of them."""
    rng, held = np.random.default_rng(0), {}
    person, size = rng.normal(size=n), (high - low) / 5
    for j in range(touchpoints):
        met = (low + high) / 2 + size * (0.6 * person + 0.8 * rng.normal(size=n))
        want = (low + high) / 2 + size * (0.5 + 0.3 * person + 0.9 * rng.normal(size=n))
        held |= {f"p{j}": met, f"e{j}": want}
    found = pd.DataFrame(held, index=range(n)).round().clip(low, high)
    z = found.filter(like="p").mean(axis=1) if touchpoints else pd.Series(person)
    z = (z - z.mean()) / z.std()
    noise = rng.normal(size=(3, n))
    return found.assign(
        nps=(7.5 + 1.5 * z + noise[0]).round().clip(0, 10),
        sat=(4.5 + z + 0.7 * noise[1]).round().clip(1, 7),
        spend=(120 + 30 * z + 20 * noise[2]).round(2),
        **columns,
    )


def study(
    answers: pd.DataFrame, low: int = 1, high: int = 7, stages: bool = False, **keys
) -> cx.Study:
    """The study of a frame, whose main outcome is `main`."""
    count = answers.columns.str.fullmatch(r"p\d+").sum()
    points = [
        {"touchpoint": f"t{j}", "experience": f"p{j}", "expectation": f"e{j}", "scale": "rated"}
        | ({"stage": ["aware", "ask", "act", "advocate"][j * 4 // count]} if stages else {})
        for j in range(count)
    ]
    outcomes = {
        "recommend": {"kind": "nps", "column": "nps"},
        "satisfaction": {"kind": "csat", "column": "sat", "scale": "seven"},
        "spend": {"kind": "amount", "column": "spend", "unit": "BRL"},
    }
    scales = {"rated": {"min": low, "max": high}, "seven": {"min": 1, "max": 7}}
    keys |= {"stages": "five_a"} if stages else {}
    report = {"outcome": keys.pop("main", "recommend")}
    return cx.Study.from_frame(answers, points, outcomes, scales=scales, report=report, **keys)


def one_with_a_blank() -> cx.Study:
    answers = frame(120, 1)
    answers.loc[3, "p0"] = np.nan
    return study(answers)


STUDIES = {
    "one touchpoint, one blank": one_with_a_blank,
    "0 and 1": lambda: study(frame(200, 4, 0, 1), 0, 1),
    "twelve respondents": lambda: study(frame(12, 4)),
    "40 touchpoints of 60": lambda: study(frame(60, 40)),
    "40 touchpoints by stage": lambda: study(frame(60, 40), stages=True),
    "no touchpoint": lambda: study(frame(100, 0)),
    "one wave": lambda: study(frame(150, 4, wave="2026"), wave="wave"),
    "two of a segment": lambda: study(
        frame(150, 4, plan=["a"] * 148 + ["b"] * 2), segments=["plan"]
    ),
    "a scale of 100": lambda: study(frame(300, 4, 1, 100), 1, 100),
    "money in waves": lambda: study(
        frame(300, 4, wave=["1", "2", "3"] * 100, plan=["a", "b"] * 150),
        main="spend",
        wave="wave",
        segments=["plan"],
    ),
    "all alike": lambda: study(frame(100, 3).assign(nps=9)),
}


@cache
def reports(name: str) -> dict[str, Report]:
    return made(STUDIES[name](), n_boot=50)


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_the_report_is_written_and_sensible(name):
    """Protects the client of a small or odd study: nothing empty, no program's words, no reason
    twice, nothing contradicted.
    """
    for language, report in reports(name).items():
        assert contradictions(report) == [], language
        assert len(report.words("h2")) >= 4


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_money_keeps_its_unit(language):
    """Protects from "+1.33 scale points" for an amount in BRL: sentences, cards, alternative
    texts.
    """
    report = reports("money in waves")[language]
    changes = r"spend, \d → 3: "
    told = [
        one
        for one in report.sentences
        if re.search(rf"{changes}|(differences in|diferenças em) “spend”", one)
    ]
    assert len(told) > 3 and all(re.search(r"R\$\s?\d", one) for one in told)
    scale = re.compile(r"spend, \d → 3: [^,]*(scale point|pontos? da escala)")
    assert not any(scale.search(one) for one in report.sentences)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_small_slopes_keep_their_digits(language):
    """Protects a scale of 1–100 from "a2 = 0.00 (0.00 to 0.00)"."""
    fit = cx.fit_gap(STUDIES["a scale of 100"](), form="quadratic")
    results = (cx.surface(fit), cx.congruence(fit))
    said = [words for one in results for words in cx.say(one, language=language)]
    slopes = re.findall(r"a[1-4] = ([^)]*)\)", " ".join(said))
    assert slopes and not any(re.match(r"[+−]?0[.,]00 \(", one) for one in slopes)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_stages_are_stages_throughout(language):
    """Protects a journey of 40 touchpoints, whose drivers are its stages, on the first page too."""
    report = reports("40 touchpoints by stage")[language]
    point = {"en": "touchpoint", "pt-BR": "ponto de contato"}[language]
    said = [one for one in report.sentences if re.search("Advocate|Apologia", one)]
    assert len(said) > 5 and not any(point in one.lower() for one in said)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["one touchpoint, one blank", "no touchpoint"])
def test_every_format_is_written(name, tmp_path):
    """Protects workbook and slides of the smallest studies, from the command line."""
    answers, folder = frame(120, 1), tmp_path / "study"
    folder.mkdir()
    answers.loc[3, "p0"] = np.nan
    answers.to_csv(folder / "answers.csv", index=False)
    points = "touchpoints: {shop: {experience: p0, expectation: e0}}\n"
    (folder / "study.yml").write_text(
        "schema: 1\nclient: Small\nresponses: {file: answers.csv}\nscales: {rated: {min: 1, max:"
        " 7}}\noutcomes: {recommend: {kind: nps, column: nps}}\nreport: {languages: [en, pt-BR]}\n"
        + (points if name.startswith("one") else ""),
        encoding="utf-8",
    )
    out = tmp_path / "out"
    command = ["report", str(folder), "--out", str(out), "--formats", "html,xlsx,pptx", "--cold"]
    assert main(command) == 0
    written = {one.name for one in out.glob("*/report.*")}
    for language, end in product(("en", "pt-BR"), ("html", "xlsx", "pptx")):
        assert f"report.{language}.{end}" in written
