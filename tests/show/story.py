"""A reader of finished reports who looks for what contradicts itself.

A report is read as a client has it: headings, sentences, cards, tables and the words of its
figures, as HTML in one language. What its results hold, and what is declared of the study, is given
beside it (`Facts`). Each rule of `RULES` gives the places where one thing that the report says
denies another. Sentences are recognised by the catalogue's own templates, so that one rule reads
both languages.
"""

from __future__ import annotations

import ast
import json
import os
import pickle
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from string import Formatter
from typing import Any

import pandas as pd

from cxlab.languages import LANGUAGES
from cxlab.show.page.parts import FORMATS
from cxlab.show.page.pieces import MIME
from cxlab.show.words.catalogue import MESSAGES, WORDS, translator
from cxlab.show.words.nouns import of_stages

TEMPLATE = Path(__file__).resolve().parents[2] / "templates" / "client_report.ipynb"
NOUNS = {language: words["one"] for language, words in LANGUAGES.items()}
# Forms of gap model in which expectation has no part, and those that no map shows better.
WITHOUT_EXPECTATION = ("intercept", "P", "P+P^2", "P+P^2+P^3")
FLAT = (*WITHOUT_EXPECTATION, "E", "E+E^2", "difference", "E+P", "E+P+P^2", "asymmetric")
NUMBER = r"[+−]?(?:[A-Z]{0,2}\$\s?)?[−]?\d(?:[\d.,]*\d)?%?"
RANGE = re.compile(
    rf"(?<![\w.,])({NUMBER})(?: [^\s();\d]+){{0,3}}(?: \(|; )({NUMBER}) (?:to|a) ({NUMBER})\)"
)
# Other verbs for an association than the one that reports have, and other words for significance.
OTHER_VERBS = {
    "en": r"\b(goes|go|went|going) with\b|beyond chance|chance (would|could)",
    "pt-BR": r"\bacompanh(a|am|e|em)\b|\bcorresponde|\bvem (junto|com)\b|\bacaso\b",
}
# A longer reason does not fit on a line of the page.
LINE = 110
SUPERLATIVES = {
    "en": r"\b(highest|lowest|best|worst|widest|fewest|largest|smallest|most of all)\b",
    "pt-BR": r"\b(maior(es)?|menor(es)?|melhor|pior|sobretudo)\b",
}


@dataclass
class Facts:
    """What the report rests on: results by kind, and what is declared of the study."""

    results: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    waves: list[str] = field(default_factory=list)
    people: int | None = None
    units: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    conf_level: float = 0.95

    def of(self, kind: str) -> Iterator[pd.DataFrame]:
        yield from (one for one in self.results.get(kind, []) if len(one))


class _Reader(HTMLParser):
    """HTML as a list of (kind, words): h1–h3, p, li, card, caption, th, td, alt, refused."""

    BLOCKS = ("h1", "h2", "h3", "h4", "p", "li", "caption", "th", "td", "figcaption", "dt", "dd")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, given: list) -> None:
        held = dict(given)
        self._silent += tag in ("style", "script")
        if tag == "img":
            self.found.append(("alt", held.get("alt") or ""))
        elif tag in self.BLOCKS:
            kind = "refused" if held.get("class") == "refused" else tag
            kind = "fact" if "facts" in self._open and tag == "li" else kind
            self.found.append((kind, ""))
        elif tag == "span" and self.found:
            self.found.append((f"span {held.get('class')}", ""))
        if tag in ("ul", "table"):
            self._open.append(held.get("class") or tag)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "script")
        if tag in ("ul", "table") and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent and self.found and data.strip():
            kind, words = self.found[-1]
            self.found[-1] = kind, f"{words} {data.strip()}".strip()


@dataclass
class Report:
    """A report in one language."""

    language: str
    pieces: list[tuple[str, str]]
    facts: Facts

    @classmethod
    def read(cls, language: str, html: str, facts: Facts | None = None) -> Report:
        reader = _Reader()
        reader.feed(html)
        return cls(language, reader.found, facts or Facts())

    def words(self, *kinds: str) -> list[str]:
        return [words for kind, words in self.pieces if kind in kinds and words]

    @property
    def sentences(self) -> list[str]:
        """Paragraphs and points, and what is said in place of figures."""
        return self.words("p", "li", "alt")

    def told(self, *templates: str, of: tuple[str, ...] = ("p", "li", "alt")) -> list[re.Match]:
        """Where one of these messages of the catalogue is said, its places by name."""
        found = []
        for template in templates:
            for stages in (False, True):
                pattern = _pattern(template, self.language, stages)
                needle = _needle(template, self.language, stages)
                texts = [words for words in self.words(*of) if needle in words]
                found += [one for words in texts for one in pattern.finditer(words)]
        return found

    def says(self, *templates: str) -> bool:
        return bool(self.told(*templates))

    def number(self, words: str) -> float:
        """A number as it is printed in this language."""
        digits = re.sub(r"[^\d.,−-]", "", words).replace("−", "-").strip(".,")
        if self.language == "pt-BR":
            digits = digits.replace(".", "").replace(",", ".")
        return float(digits.replace(",", ""))

    @property
    def form(self) -> str | None:
        """The form of gap model that the sentences build on."""
        return next((form for form, words in WORDS["forms"].items() if self.says(words)), None)

    @property
    def cards(self) -> list[dict[str, str]]:
        """The headline figures: what, kind, figure, and the lines below."""
        found: list[dict[str, str]] = []
        for kind, words in self.pieces:
            if kind == "span what":
                found.append({"what": words, "lines": ""})
            elif kind.startswith("span ") and found:
                key = kind.removeprefix("span ")
                if key == "span":
                    found[-1]["lines"] += f" | {words}"
                else:
                    found[-1][key] = words
        return found


@cache
def _pattern(template: str, language: str, stages: bool) -> re.Pattern:
    """What a message looks like when it is said, of one thing or of several."""
    words, seen, parts = translator(language)(template), set(), []
    words = of_stages(words, language) if stages else words
    for literal, name, _spec, _how in Formatter().parse(words):
        text = re.escape(literal)
        for several, one in NOUNS[language].items():
            text = re.sub(rf"\b{several}\b", f"(?:{several}|{one})", text)
        parts.append(text)
        if name is not None:
            parts.append(f"(?P={name})" if name in seen else rf"(?P<{name}>(?:(?!\. ).)+?)")
            seen.add(name)
    return re.compile("".join(parts))


@cache
def _needle(template: str, language: str, stages: bool) -> str:
    """The longest words of a message that are always the same, so that few texts are searched."""
    words = translator(language)(template)
    words = of_stages(words, language) if stages else words
    fixed = "|".join(rf"\b{one}\b" for one in NOUNS[language])
    literals = [literal for literal, *_ in Formatter().parse(words)]
    return max((one for each in literals for one in re.split(fixed, each)), key=len)


Rule = Callable[[Report], Iterator[str]]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    RULES[function.__name__] = function
    return function


def contradictions(report: Report) -> list[tuple[str, str]]:
    """Every contradiction that is found: the rule, and the words."""
    return [(name, words) for name, check in RULES.items() for words in check(report)]


# ---- what the chosen form denies

_RATIO = [MESSAGES["ratio"][key] for key in ("more", "less", "endless")]


@rule
def no_ratio_where_only_experience_counts(report: Report) -> Iterator[str]:
    if report.form in WITHOUT_EXPECTATION:
        yield from (one[0] for one in report.told(*_RATIO))


@rule
def no_ratio_where_it_may_be_chance(report: Report) -> Iterator[str]:
    for one in report.told(*_RATIO):
        low, high = (one.groupdict().get(end) for end in ("low", "high"))
        if low and report.number(low) <= 1 <= report.number(high):
            yield one[0]


@rule
def no_map_that_is_not_to_be_read(report: Report) -> Iterator[str]:
    title = "{outcome} by expectation and experience: {touchpoint}"
    if report.form in FLAT:
        yield from (one[0] for one in report.told(title, of=("figcaption",)))


@rule
def no_claim_on_the_gap_where_only_experience_counts(report: Report) -> Iterator[str]:
    claims = [*MESSAGES["slopes"]["a3"].values(), MESSAGES["failed"]["a3"]]
    claims += [MESSAGES["verdicts"][one] for one in ("strict", "broad")]
    if report.form in WITHOUT_EXPECTATION:
        yield from (one[0] for one in report.told(*claims))


@rule
def the_chosen_form_is_the_one_that_is_told(report: Report) -> Iterator[str]:
    for forms in report.facts.of("compare_gap_forms"):
        chosen = forms.loc[forms["chosen"].astype(bool), "form"]
        if len(chosen) and report.form and report.form != chosen.iloc[0]:
            yield f"the sentence tells {report.form}, the table chooses {chosen.iloc[0]}"


# ---- limits that a rounded number must not cross


def _percents(report: Report, words: str) -> list[float]:
    return [report.number(one) for one in re.findall(r"(\d[\d.,]*)%\)", words)]


@rule
def no_share_reaches_the_limit_that_it_misses(report: Report) -> Iterator[str]:
    for one in report.told(
        "Possibly among the top three (in brackets: share of new samples): {items}."
    ):
        if max(_percents(report, one[0]), default=0) >= 100 * report.facts.conf_level:
            yield one[0]


@rule
def no_p_value_is_below_the_limit_that_it_misses(report: Report) -> Iterator[str]:
    for one in report.told(MESSAGES["failed"]["expectation"]):
        if report.number(one["p"]) < 0.05:
            yield one[0]


@rule
def no_weak_measure_reaches_the_usual_least(report: Report) -> Iterator[str]:
    for one in report.told(MESSAGES["gap_reliability"][True]):
        if report.number(one["value"]) >= 0.7:
            yield one[0]


@rule
def more_than_half_is_more_than_half(report: Report) -> Iterator[str]:
    for one in report.told(MESSAGES["ceiling"]["many"]):
        if report.number(one["share"]) <= 50:
            yield one[0]


@rule
def a_change_is_called_chance_by_its_interval(report: Report) -> Iterator[str]:
    for side, template in MESSAGES["change"].items():
        for one in report.told(template):
            for value in RANGE.finditer(one["value"]):
                low, high = map(report.number, value.groups()[1:])
                if bool(side) == (low <= 0 <= high) and not (not side and 0 in (low, high)):
                    yield one[0]


@rule
def an_estimate_lies_in_its_interval(report: Report) -> Iterator[str]:
    for words in [*report.sentences, *report.words("td")]:
        for one in RANGE.finditer(words):
            value, low, high = map(report.number, one.groups())
            if not low <= value <= high or low == high == 0:
                yield one[0]


# ---- superlatives without a difference


@rule
def no_group_is_highest_where_none_differs(report: Report) -> Iterator[str]:
    none = [MESSAGES["differences"][key]["none"] for key in ("untested", "one", "several")]
    alike = {one["segment"].split(". ")[-1] for one in report.told(*none)}
    for words in report.words("p", "li"):
        name = words.partition(":")[0]
        said = any(_pattern(one, report.language, False).fullmatch(words) for one in none)
        if name in alike and not said and re.search(SUPERLATIVES[report.language], words):
            yield words


@rule
def no_touchpoint_is_strongest_beside_its_equal(report: Report) -> Iterator[str]:
    for scores in report.facts.of("experience_scores"):
        known = scores.dropna(subset=["experience", "conf_low"])
        for side, templates in MESSAGES["experience"].items():
            if report.says(templates[False]) and len(known) > 1:
                first = known.sort_values("experience", ascending=side < 0)
                near, far = ("conf_low", "conf_high")[::side]
                if (side * first[far].iloc[1:] >= side * first[near].iloc[0]).any():
                    yield report.told(templates[False])[0][0]


@rule
def no_driver_is_first_whose_rank_is_not(report: Report) -> Iterator[str]:
    for shares in report.facts.of("importance"):
        for first in report.told(MESSAGES["weighs_most"]):
            named = re.split(r", | and | e ", first["items"])
            if "rank_low" in shares and (shares["rank_low"] <= 1).sum() > len(named):
                yield first[0]


# ---- the same thing by the same name, once


_DRIVERS = [
    *(MESSAGES["all_drivers"][key] for key in ("fit", "differences")),
    *MESSAGES["goes_with"].values(),
    MESSAGES["weighs_most"],
    MESSAGES["no_first"],
    MESSAGES["ranks"][False],
    MESSAGES["no_effect"][False],
]


@rule
def a_stage_is_no_touchpoint(report: Report) -> Iterator[str]:
    if not report.says(*MESSAGES["by_stage"].values()):
        return
    for template in _DRIVERS:
        plain = _pattern(template, report.language, False)
        if plain.pattern != _pattern(template, report.language, True).pattern:
            yield from (one[0] for words in report.sentences for one in plain.finditer(words))


@rule
def a_reason_is_printed_once(report: Report) -> Iterator[str]:
    reasons = report.words("refused")
    yield from {one for one in reasons if reasons.count(one) > 1}


@rule
def a_figure_has_one_value(report: Report) -> Iterator[str]:
    values: dict[str, set[str]] = {}
    for card in report.cards:
        values.setdefault(f"{card['what']}|{card['kind']}", set()).add(card.get("figure", ""))
    scores = [card["figure"] for card in report.cards if "NPS" in card["kind"]]
    if len(scores) == 1:
        values["NPS"] = set(scores)
        for one in report.told(*MESSAGES["nps"][True].values()):
            values["NPS"].add(one["value"])
        wave = report.cards[0]["kind"].rpartition(", ")[2]
        for one in report.told(*MESSAGES["nps"][False].values()):
            if one["group"].split(". ")[-1] == wave:
                values["NPS"].add(one["value"])
    yield from (f"{name}: {sorted(each)}" for name, each in values.items() if len(each) > 1)


@rule
def a_headline_is_of_the_last_wave(report: Report) -> Iterator[str]:
    if len(report.facts.waves) < 2:
        return
    for card in report.cards:
        if not card["kind"].endswith(tuple(report.facts.waves)):
            yield f"{card['what']}: {card['kind']} {card['figure']}"
    yield from (one[0] for one in report.told(*MESSAGES["nps"][True].values(), of=("li", "p")))


@rule
def people_are_counted_as_people(report: Report) -> Iterator[str]:
    if report.facts.people is not None:
        for one in report.told("{n} respondents", of=("fact",)):
            if report.number(one[0]) != report.facts.people:
                yield one[0]


@rule
def money_keeps_its_unit(report: Report) -> Iterator[str]:
    for outcome, unit in report.facts.units.items():
        name = report.facts.labels.get(outcome, outcome)
        templates = [MESSAGES["goes_with"]["outcome"], *MESSAGES["change"].values()]
        for one in report.told(*templates):
            words = one.groupdict().get("value") or one["items"]
            if name in one["outcome"] and not re.search(rf"\$|{re.escape(unit)}", words):
                yield one[0]


# ---- counts


@rule
def counts_are_those_of_the_table(report: Report) -> Iterator[str]:
    for gaps in report.facts.of("gap_scores"):
        known = gaps.dropna(subset=["estimate"])
        clear = known[known["p_holm"] < 1 - report.facts.conf_level]
        if len(clear):
            yield from (one[0] for one in report.told(*MESSAGES["no_gap"].values()))
        for side, templates in MESSAGES["gaps"].items():
            count = (side * clear["estimate"] > 0).sum()
            for one in report.told(*(templates[key] for key in ("widest", "among", "many"))):
                if (report.number(one["count"]), report.number(one["total"])) != (
                    count,
                    len(known),
                ):
                    yield one[0]


@rule
def as_many_are_named_as_counted(report: Report) -> Iterator[str]:
    for one in report.told(*MESSAGES["zone"].values(), MESSAGES["term"][False]):
        named = re.split(r", | and | e ", one["items"])
        if len(named) != report.number(one["count"]):
            yield one[0]


@rule
def one_is_no_plural(report: Report) -> Iterator[str]:
    several = "|".join(NOUNS[report.language])
    for words in [*report.sentences, *report.words("fact")]:
        yield from re.findall(rf"(?<![\d.,–])\b1 (?:{several})\b", words)


@rule
def none_is_to_be_fixed_where_one_is(report: Report) -> Iterator[str]:
    none = "No touchpoint combines a high weight with a poor experience."
    if report.says(*MESSAGES["priorities"]["fix_first"]) and report.says(none):
        yield translator(report.language)(none)


@rule
def a_level_is_the_one_computed(report: Report) -> Iterator[str]:
    for card in report.cards:
        for level in re.findall(r"(\d[\d.,]*)% CI: |IC de (\d[\d.,]*)%", card["lines"]):
            if abs(report.number("".join(level)) - 100 * report.facts.conf_level) > 0.05:
                yield card["lines"]


@rule
def nothing_is_shown_that_shows_nothing(report: Report) -> Iterator[str]:
    for words in report.words("alt"):
        if not words or re.search(r"[.”] [^:,]*: 100%\.$", words):
            yield words or "a figure without words"
    for words in [*report.sentences, *report.words("refused", "td")]:
        if re.search(r"\b(low=|high=|nan|None|Traceback|inf)\b", words):
            yield words
    heads = ("h2", "h3")
    for (kind, words), (after, _) in pairwise([*report.pieces, ("h1", "")]):
        if kind in heads and after in ("h1", *heads):
            yield words


# ---- what is read in one breath


def _sentences(words: str) -> list[str]:
    return re.split(r"(?<=[.!?]) +(?=[A-ZÀ-Ý“▲]|n = )", words)


@rule
def a_sentence_has_two_numbers_at_most(report: Report) -> Iterator[str]:
    """Outside brackets, 1 of 10 being one; names may hold more."""
    tables = [one for held in report.facts.results.values() for one in held if "level" in one]
    levels = {str(level) for one in tables for level in one["level"]}
    known = {*report.facts.labels.values(), *report.facts.waves, *levels}
    names = sorted(known, key=len, reverse=True)
    named = "|".join(map(re.escape, filter(None, names)))
    for words in {*report.words("p", "li")}:
        for one in _sentences(re.sub(named, "N…", words) if named else words):
            bare = re.sub(r"\([^()]*\)|“[^”]*”", "", re.sub(r"\([^()]*\)", "", one))
            bare = re.sub(r"(\d+) (?:of|de) \d+", r"\1", bare)
            if len(re.findall(rf"(?<![\w.,–]){NUMBER}", bare)) > 2:
                yield one


@rule
def a_paragraph_has_four_sentences_at_most(report: Report) -> Iterator[str]:
    yield from (words for words in report.words("p") if len(_sentences(words)) > 4)


@rule
def a_reason_takes_one_line(report: Report) -> Iterator[str]:
    yield from (words for words in report.words("refused") if len(words) > LINE)


@rule
def association_has_one_verb(report: Report) -> Iterator[str]:
    for words in report.words("p", "li", "alt", "figcaption", "caption", "th", "td", "h2", "h3"):
        if re.search(OTHER_VERBS[report.language], words, re.IGNORECASE):
            yield words


@rule
def one_of_ten_is_written_in_digits(report: Report) -> Iterator[str]:
    for words in report.words("p", "li", "alt"):
        yield from re.findall(r"\b(?:one of|uma? d[eao]s?) \d+", words)


# ---- a report made here, and one made by a batch


def made(study: Any, *, n_boot: int = 100, seed: int = 1) -> dict[str, Report]:
    """The template's report on a study, read in both languages: its cells run here, as a batch runs
    them.
    """
    languages = ("en", "pt-BR")
    notebook = json.loads(TEMPLATE.read_text(encoding="utf-8"))
    space: dict[str, Any] = {"read": lambda _: study}
    html = dict.fromkeys(languages, "")
    before = os.environ.get(FORMATS)
    os.environ[FORMATS] = "html"
    try:
        for cell in notebook["cells"]:
            if cell["cell_type"] != "code":
                continue
            source = "".join(cell["source"]).replace("cx.read_study(study)", "read(study)")
            if "parameters" in cell["metadata"].get("tags", []):
                space |= {"study": "", "languages": [*languages], "seed": seed, "n_boot": n_boot}
                space["benchmark"] = ""
                continue
            *body, last = ast.parse(source).body
            shown = isinstance(last, ast.Expr)
            body = ast.Module(body if shown else [*body, last], [])
            exec(compile(body, "<cell>", "exec"), space)
            if shown:
                value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), space)
                held = value._repr_mimebundle_().get(MIME, {}) if value is not None else {}
                for language, worded in held.items():
                    html[language] += worded["html"] + "\n"
    finally:
        os.environ.pop(FORMATS) if before is None else os.environ.update({FORMATS: before})
    return read(study, html, results_of(space))


def of_batch(study: Any, reports: Path, client: str) -> dict[str, Report]:
    """A client's report in a folder of them (`conftest.made_once`), read in each language."""
    pages = sorted((reports / client).glob("report.*.html"))
    html = {page.suffixes[0].removeprefix("."): page.read_text("utf-8") for page in pages}
    return read(study, html, pickle.loads((reports / f"{client}.results").read_bytes()))


def results_of(names: Mapping[str, Any]) -> dict[str, list[pd.DataFrame]]:
    """The results that a notebook's names hold, by kind."""
    results: dict[str, list[pd.DataFrame]] = {}
    for one in _frames(names.values()):
        results.setdefault(one.result_kind, []).append(one)
    return results


def read(
    study: Any, html: Mapping[str, str], results: dict[str, list[pd.DataFrame]]
) -> dict[str, Report]:
    """A report by language, with what it rests on."""
    people = study.n
    if study.codebook.panel and study.respondents is not None:
        people = study.respondents.nunique()
    units = {one.outcome: one.unit for one in study.codebook.outcomes if one.unit}
    waves = study.wave_order if len(study.wave_order) > 1 else []
    return {
        one: Report.read(one, page, Facts(results, waves, people, units, study.labels(one)))
        for one, page in html.items()
    }


def _frames(given: Any) -> Iterator[pd.DataFrame]:
    for one in given:
        if isinstance(one, (list, tuple)):
            yield from _frames(one)
        elif isinstance(one, Mapping):
            yield from _frames(one.values())
        elif getattr(one, "frame", None) is not None and getattr(one.frame, "result_kind", None):
            yield one.frame
