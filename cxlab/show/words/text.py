"""Words and numbers in the reader's language, because a client reads Portuguese or English and
never both.

Sentences come through gettext with whole messages and named places, so that grammar can differ
between languages. The catalogue is the .po file itself, read at run time: there is no compiled copy
that could lag behind it.
"""

from __future__ import annotations

import gettext
import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from importlib import resources
from io import BytesIO

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, list_currencies

from cxlab.errors import ReportError
from cxlab.glossary import GLOSSARY

LANGUAGES = {"en": "en", "pt-BR": "pt_BR"}
MINUS = "\N{MINUS SIGN}"
NOTHING = "–"
_DAY = {"en": "d MMMM y", "pt-BR": "d 'de' MMMM 'de' y"}


def N_(message: str) -> str:
    """Mark a message for the catalogue without translating it here."""
    return message


def locale_of(language: str) -> str:
    """Babel's name of a report language. Raises ReportError for any other than "en" and "pt-BR"."""
    if language not in LANGUAGES:
        raise ReportError(
            "a report in {language!r} cannot be written: choose one of {known}",
            language=language,
            known=", ".join(LANGUAGES),
        )
    return LANGUAGES[language]


@cache
def _catalogue(locale: str):
    with (
        resources.files("cxlab.show.words") / "locale" / locale / "LC_MESSAGES" / "cxlab.po"
    ).open("rb") as file:
        return read_po(file, locale=locale)


def catalogue_words(language: str) -> list[str]:
    """Everything that a report may say on its own account in `language`, whatever the survey:
    messages and column headings.
    """
    own = [entry.label[language] for entry in GLOSSARY.values()]
    return own + [
        str(message.id if language == "en" else message.string)
        for message in _catalogue("pt_BR")
        if message.id
    ]


@cache
def translator(language: str) -> Callable[[str], str]:
    """The function that turns an English message into `language`. Raises ReportError for an unknown
    language.
    """
    locale = locale_of(language)
    if locale == "en":
        return gettext.NullTranslations().gettext
    compiled = BytesIO()
    write_mo(compiled, _catalogue(locale))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled).gettext


def _missing(x: object) -> bool:
    # x != x: NaN of any numeric type
    return x is None or (isinstance(x, float) and not math.isfinite(x)) or x != x


def number(x: float, language: str, digits: int = 1) -> str:
    """`x` with `digits` decimals: 4.5 in English, 4,5 in Portuguese; a true minus sign; – where
    there is no number.

    >>> number(-4.25, "pt-BR", 2)
    '−4,25'
    """
    locale = locale_of(language)
    if _missing(x):
        return NOTHING
    rounded = round(float(x), digits) + 0.0  # + 0.0 turns −0.0 into 0.0
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(rounded, pattern, locale=locale).replace("-", MINUS)


def signed(x: float, language: str, digits: int = 1) -> str:
    """Like `number`, with a plus sign before what is above 0."""
    text = number(x, language, digits)
    return "+" + text if not _missing(x) and round(float(x), digits) > 0 else text


def percent(x: float, language: str, digits: int = 0) -> str:
    """A share (0–1) as a percentage: 0.452 → "45%" in English, "45%" in Portuguese."""
    return NOTHING if _missing(x) else number(100 * float(x), language, digits) + "%"


def amount(x: float, unit: str, language: str) -> str:
    r"""`x` in a unit of its own: money as its currency is written, anything else with the unit's
    name.

    >>> amount(1234.5, "BRL", "pt-BR"), amount(2.5, "h", "en")
    ('R$\xa01.234,50', '2.50 h')
    """
    if _missing(x):
        return NOTHING
    if unit not in list_currencies():
        return f"{number(x, language, 2)} {visible(unit)}"
    return format_currency(round(float(x), 2) + 0.0, unit, locale=locale_of(language)).replace(
        "-", MINUS
    )


def p_value(x: float, language: str) -> str:
    """A p-value with three decimals, "< 0.001" below that."""
    if _missing(x):
        return NOTHING
    return "< " + number(0.001, language, 3) if x < 0.001 else number(x, language, 3)


def interval(
    low: float, high: float, language: str, digits: int = 1, style: Callable = number
) -> str:
    """The two ends of an interval: "3.9 to 4.2", "3,9 a 4,2". `style` is `number`, `signed` or
    `percent`.
    """
    if _missing(low) or _missing(high):
        return NOTHING
    _ = translator(language)
    return _("{low} to {high}").format(
        low=style(low, language, digits), high=style(high, language, digits)
    )


def interval_words(ends: list[str], language: str) -> str:
    """Two words as "a to b", one as it is."""
    _ = translator(language)
    return ends[0] if len(ends) == 1 else _("{low} to {high}").format(low=ends[0], high=ends[-1])


def day(when: date | None, language: str) -> str:
    """A date in words: "28 March 2026", "28 de março de 2026"; "" for None."""
    locale = locale_of(language)
    return "" if when is None else format_date(when, _DAY[language], locale=locale)


# Marks that turn the direction of the words after them, and characters that cannot be seen or that
# no XML file may hold.
_TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = re.compile(
    f"[{_TURNING}\ufeff\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff\ud800-\udfff]"
)


def visible(words: object) -> str:
    """A label as it may be shown: in one line, without marks that reorder what stands beside it,
    and without characters nobody sees.

    Letters of a right-to-left script keep their direction without such marks (Unicode Standard
    Annex 9).
    """
    return " ".join(_UNSEEN.sub("", str(words)).split())


def answers_name(level: str, language: str) -> str:
    """A bin of answers in words: "0–3", "10 to under 20" for a class that 20 is not in."""
    low, _dash, high = (level.replace(".", ",") if language == "pt-BR" else level).partition("–<")
    _ = translator(language)
    return _("{low} to under {high}").format(low=low, high=high) if high else low


def short(words: object, most: int) -> str:
    """`words`, visible, in at most so many characters; what is cut ends in "…"."""
    shown = visible(words)
    return shown if len(shown) <= most else shown[: most - 1].rstrip() + "…"


def listing(items: list[str], language: str) -> str:
    """Items in one phrase: "a, b and c"."""
    _ = translator(language)
    items = [str(item) for item in items]
    if len(items) < 2:
        return "".join(items)
    return _("{items} and {last}").format(items=", ".join(items[:-1]), last=items[-1])


def name_of(identifier: object, labels: Mapping | None, language: str) -> str:
    """The words for an id: the study's own label, else cxlab's word for it, else the id itself."""
    if _missing(identifier):
        return NOTHING
    known = {} if labels is None else labels
    if identifier in known:
        return visible(known[identifier])
    _, words = translator(language), WORDS.get(str(identifier))
    if words is None and str(identifier).startswith("include: "):
        return _("Filter on {column}").format(column=str(identifier).removeprefix("include: "))
    return _(words) if words else visible(identifier)


def heading(column: str, language: str) -> str:
    """The heading of a result's column, from the glossary; the name itself for a column that a
    notebook made.
    """
    locale_of(language)
    return GLOSSARY[column].label[language] if column in GLOSSARY else column


class _Local(float):
    """A float inside a refusal's message: keeps the message's own format, with the language's
    decimal mark.
    """

    language = "en"

    def __format__(self, spec: str) -> str:
        text = format(float(self), spec)
        if self.language == "pt-BR":
            text = text.translate(str.maketrans(",.", ".,"))
        return text.replace("-", MINUS)


class _LocalPortuguese(_Local):
    language = "pt-BR"


def explain(error: Exception, language: str, labels: Mapping | None = None) -> str:
    """The words of a refusal in `language`: its template looked up in the catalogue and filled with
    its values.
    """
    template, values = getattr(error, "template", None), getattr(error, "values", {})
    if template is None:
        return str(error)
    local = _LocalPortuguese if language == "pt-BR" else _Local
    shown = {
        key: local(value) if isinstance(value, float) else value for key, value in values.items()
    }
    if labels:
        shown = {
            key: labels.get(value, value) if isinstance(value, str) else value
            for key, value in shown.items()
        }
    shown = {
        key: visible(value) if isinstance(value, str) else value for key, value in shown.items()
    }
    return translator(language)(template).format(**shown)


def level_name(
    level: object, language: str, labels: Mapping | None = None, group: object = None
) -> str:
    """The name of a group of respondents: the study's own word, never one of ours (a size "P" is no
    form of a gap model).

    group: the segment that it is a level of; a 1 of one segment is not a 1 of another, nor of the
    waves.
    """
    if level == "all" and group in (None, "all"):
        return name_of(level, labels, language)
    return visible((labels or {}).get(f"{group}[{level}]", level))


def term_name(term: str, labels: Mapping | None, language: str) -> str:
    """The words of a model's term; a level of a segment, written segment[level], as "segment:
    level".
    """
    name, bracket, level = str(term).partition("[")
    words = name_of(name, labels, language)
    return (
        f"{words}: {level_name(level.removesuffix(']'), language, labels, name)}"
        if bracket
        else words
    )


# cxlab's own words for the ids that results carry; a study's labels come first.
WORDS: dict[str, str] = {
    "all": N_("All respondents"),
    "all_touchpoints": N_("All touchpoints"),
    "nps": N_("Net Promoter Score (NPS)"),
    "csat_top2": N_("Satisfied (top two answers)"),
    "csat_mean": N_("Mean satisfaction"),
    "ces_share": N_("Found it easy (top three answers)"),
    "ces_mean": N_("Mean ease"),
    "score_mean": N_("Mean score"),
    "intercept": N_("No effect of either"),
    "P": N_("Experience only"),
    "E+P": N_("Expectation and experience, each with its own weight"),
    "difference": N_("The gap (experience minus expectation)"),
    "absolute_difference": N_("Gap size, short or beyond alike"),
    "squared_difference": N_("Gap size, large gaps above all"),
    "asymmetric": N_("Shortfall and excess, each with its own weight"),
    "rising_ridge": N_("Level of both, and gap size"),
    "cubic_asymmetry": N_("Gap size, unequal short and beyond"),
    "interaction": N_("Both, each changing the other's weight"),
    "broad_congruence": N_("Level of both on a curve, and gap size"),
    "rising_ridge_asymmetry": N_("Level of both, and gap size, unequal short and beyond"),
    "quadratic": N_("Full surface (curved)"),
    "cubic": N_("Full surface (curved twice)"),
    "servqual": N_("Mean gap (SERVQUAL)"),
    "servperf": N_("Mean experience (SERVPERF)"),
    "servqual_weighted": N_("Mean gap, weighted by importance"),
    "servperf_weighted": N_("Mean experience, weighted by importance"),
    "gap": N_("Gap"),
    "loss": N_("A point short"),
    "gain": N_("A point beyond"),
    "asymmetry": N_("Short less beyond"),
    "loss_ratio": N_("Weight of short against beyond (λ)"),
    "previous_expectation": N_("Expectation one wave earlier"),
    "previous_experience": N_("Experience one wave earlier"),
    "basic": N_("Basic"),
    "performance": N_("Performance"),
    "excitement": N_("Excitement"),
    "indifferent": N_("Indifferent"),
    "must_be": N_("Must-be"),
    "one_dimensional": N_("One-dimensional"),
    "attractive": N_("Attractive"),
    "reverse": N_("Reverse"),
    "questionable": N_("Questionable"),
    "functional": N_("If it is there"),
    "dysfunctional": N_("If it is not there"),
    "strict": N_("Strict"),
    "broad": N_("Broad"),
    "none": N_("None"),
    "fix_first": N_("Fix first"),
    "keep_up": N_("Keep up"),
    "watch": N_("Watch"),
    "maintain": N_("Maintain"),
    "direct": N_("direct"),
    "indirect": N_("indirect"),
    "expectation": N_("Expectation"),
    "experience": N_("Experience"),
    "importance": N_("Importance"),
    "adequate": N_("Adequate level"),
    "emotion": N_("Emotion"),
    "outcome": N_("Outcome"),
    "binary_share": N_("Said yes"),
    "read": N_("Answers read"),
    "analysed": N_("Respondents in the report"),
    "outcome_not_answered": N_("did not answer the outcome"),
    "pair_not_answered": N_("did not answer both expectation and experience"),
    "rating_not_asked": N_("were not asked about a touchpoint"),
    "rating_no_answer": N_("left a touchpoint unanswered"),
    "rating_not_used": N_("never used a touchpoint"),
    "group_not_known": N_("belong to no known account or group"),
    "incomplete": N_("left out an answer that the model needs"),
    "everybody who answered met every touchpoint: the same as listwise": N_(
        "everybody met every touchpoint: the same as with complete rows"
    ),
    "no rating was refused: the same as usage": N_(
        "no rating was refused: the same as with usage coding"
    ),
    "control_not_answered": N_("lack a segment or an answer that is held constant"),
    "too_few_answers": N_("too few gave some of the answers"),
    "too_few_clusters": N_("too few accounts"),
    "answered": N_("Answered"),
    "aware": N_("Aware"),
    "appeal": N_("Appeal"),
    "ask": N_("Ask"),
    "act": N_("Act"),
    "advocate": N_("Advocate"),
    "a1": N_("Both rise together: slope"),
    "a2": N_("Both rise together: curve"),
    "a3": N_("Expectation above experience: slope"),
    "a4": N_("Expectation above experience: curve"),
    "a5": N_("Curvature of expectation less that of experience"),
    "undefined_axes": N_("principal axes undefined"),
    "undefined_point": N_("no single turning point"),
    "saddle": N_("a saddle, neither top nor bottom"),
    "outside_data": N_("lies outside the answers given"),
    "uncertain": N_("uncertain: the interval is very wide"),
    "x0": N_("Turning point: expectation"),
    "y0": N_("Turning point: experience"),
    "p10": N_("Ridge: where it starts"),
    "p11": N_("Ridge: slope"),
    "p20": N_("Second axis: where it starts"),
    "p21": N_("Second axis: slope"),
    "unbounded": N_("has no upper end"),
    "excluded": N_("has no upper end"),
    "ceiling": N_("most expect the highest answer"),
    "unreliable": N_("too unreliable for single customers"),
    "expectation_not_answered": N_("did not answer the expectation"),
    "source_not_answered": N_("did not answer one of the sources"),
    "no_earlier_wave": N_("have no earlier wave"),
    "ols": N_("Least squares"),
    "ordinal": N_("Ordinal model"),
    "binary": N_("Model of yes and no"),
    "mixed": N_("Model with a level for each account"),
    "listwise": N_("complete answers only"),
    "usage": N_("never used kept and marked"),
    "mice": N_("missing ones estimated (multiple imputation)"),
    "lmg": N_("Shapley shares (LMG)"),
    "johnson": N_("Relative weights (Johnson)"),
    "dominance": N_("General dominance"),
    "pratt": N_("Pratt's measure"),
    "beta": N_("Standardised slopes"),
    "zero_order": N_("Simple correlations"),
    "wave": N_("Wave"),
    "nps_points": N_("NPS points"),
    "probability": N_("Probability"),
    "clustered": N_("clustered by account or respondent"),
    "linearised": N_("linearised for the weights"),
    "classical": N_("classical"),
    "information": N_("from the likelihood"),
    "profile": N_("from the penalised likelihood"),
    "reml": N_("by restricted maximum likelihood"),
    "rows_used": N_("Answers used"),
    "rows_left_out": N_("Answers left out, by reason"),
    "rows_per_term": N_("Telling answers for each term"),
    "vif": N_("Variance inflation (VIF)"),
    "gvif": N_("Variance inflation, rating and indicator together (GVIF)"),
    "condition_index": N_("Condition index"),
    "outcome_ceiling": N_("Share of the highest answer"),
    "leverage": N_("Largest pull of a single answer (leverage)"),
    "heteroscedasticity": N_("Uneven spread (Breusch–Pagan)"),
    "parallel_lines": N_("Parallel lines"),
    "convergence": N_("What is left of the gradient (convergence)"),
    "design_effect": N_("Design effect of the weights"),
    "clusters": N_("Accounts or groups of answers"),
    "caution": N_("caution"),
    "unsafe": N_("unsafe"),
    "few_rows": N_("few answers for so many terms"),
    "too_few_rows": N_("too few answers for so many terms"),
    "many_left_out": N_("many answers left out"),
    "inflated": N_("goes closely with other touchpoints"),
    "repeated": N_("nearly repeats other touchpoints"),
    "near_dependency": N_("terms that go closely together"),
    "many_at_top": N_("more than half give the highest answer"),
    "all_alike": N_("nearly everybody answers alike"),
    "high_leverage": N_("single answers pull strongly"),
    "uneven_spread": N_("uneven spread, not taken into account"),
    "robust_errors": N_("uneven spread, taken into account"),
    "not_tested": N_("not tested"),
    "not_parallel": N_("counts more at one end of the answers"),
    "costly_weights": N_("weighting costs more than half of the information"),
    "few_clusters": N_("few accounts"),
}
