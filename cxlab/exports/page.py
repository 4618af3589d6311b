"""draft.html: every column with its guess, the reason, and how its answers are distributed.

Answers of personal columns and of texts are never shown; of others, those that three gave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from cxlab.errors import said
from cxlab.show.words.catalogue import WORDS
from cxlab.show.words.faults import said_in
from cxlab.show.words.wording import Wording, Words
from cxlab.study.exports.draft.draft import Draft
from cxlab.study.exports.draft.guesses import SURE, Guess, short
from cxlab.study.privacy.masking import mask

_MOST = 14
_UNSHOWN = ("personal_data", "comments", "respondent")
_STYLE = """
body { font: 15px/1.45 sans-serif; margin: 2em auto; max-width: 76em; padding: 0 1em; color: #222; }
h1 { overflow-wrap: anywhere; } li { margin: .3em 0; } small { color: #555; }
table { border-collapse: collapse; width: 100%; } td { overflow-wrap: anywhere; }
td, th { vertical-align: top; text-align: left; padding: .5em .7em; border-top: 1px solid #ddd; }
td:nth-child(1) { width: 30%; } td:nth-child(4) { width: 28%; }
.ask { background: #fff6df; }
@media (max-width: 700px) {
  tr:first-child { display: none; } table, tbody, tr, td { display: block; width: auto !important; }
  td { border: 0; padding: .1em .4em; } tr { border-top: 1px solid #ddd; padding: .5em 0; }
}
"""
_BAR = "height:.5em;background:#4a6fa5;margin-bottom:.3em"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"


def page(draft: Draft, name: str, confirm: Sequence[str], language: str) -> str:
    """The page as HTML; `confirm`: what a person must decide."""
    _ = Wording(language)
    rows = "\n".join(_row(guess, _) for guess in draft.guesses)
    asked = "".join(f"<li>{escape(sentence)}" for sentence in confirm)
    about = _(
        "{columns} columns, {rows} rows. Coloured: what is not sure. Correct study.yml and"
        " touchpoints.csv where a guess is wrong.",
        columns=len(draft.guesses),
        rows=len(draft.table.frame),
    )
    each = _("Each of these stands under confirm: in study.yml; delete its line when it is right.")
    marked = each.replace("confirm:", "<code>confirm:</code>")
    heads = "<th>".join([_("Column"), _("Seems to be"), _("Reason"), _("Answers")])
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(name)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(_('Draft of {file}', file=Words(name)))}</h1><p>{about}</p>"
        + (f"<h2>{_('To decide')}</h2><p>{marked}</p><ul>{asked}</ul>" if asked else "")
        + f"<h2>{_('Columns')}</h2><table><tr><th>{heads}</tr>\n{rows}\n</table></body></html>\n"
    )


def column_page(draft: Draft, column: str, *, language: str = "en") -> str:
    """One column of a draft: its guess with the reason, and its answers, as HTML.

    Parameters
    ----------
    draft : Draft
        What `guess_export` or `decide` gives.
    column : str
        A column of the export.
    language : str
        "en" or "pt-BR".

    Returns
    -------
    str

    Examples
    --------
    >>> import tempfile
    >>> import cxlab as cx
    >>> folder = cx.write_study(cx.simulate_study(60, seed=1), tempfile.mkdtemp())
    >>> draft = cx.exports.guess_export(folder / "responses.csv")
    >>> "1 to 7" in cx.exports.column_page(draft, "delivery_p")
    True
    """
    guess, _ = next(guess for guess in draft.guesses if guess.column == column), Wording(language)
    return (
        f"<p><b>{escape(in_words(guess, _))}</b><br>{_why(guess, _)}</p>"
        f"<p>{escape(short(guess.seen.column.text, 300))}</p>{''.join(_answers(guess, _))}"
    )


def _row(guess: Guess, _: Wording) -> str:
    column = guess.seen.column
    text = column.text if column.text != guess.column else ""
    mark = ' class="ask"' if guess.confidence < SURE and guess.key else ""
    return (
        f"<tr{mark}><td><small>{column.position}</small> <b>{escape(short(guess.column, 120))}</b>"
        f"<br><small>{escape(short(text, 200))}</small><td>{escape(in_words(guess, _))}"
        f"<td>{_why(guess, _)}<td>{''.join(_answers(guess, _))}</tr>"
    )


def _why(guess: Guess, _: Wording) -> str:
    reason = escape(said_in(guess.reason, _.language))
    return f"{reason} <small>({_.number(guess.confidence, 2)})</small>"


def key_in_words(key: str, _: Wording) -> str:
    """A key of study.yml as it stands, another in words."""
    return _(WORDS["columns"][key]) if key in WORDS["columns"] else key


def in_words(guess: Guess, _: Wording) -> str:
    """Key and value of a guess in a line."""
    parts = [key_in_words(guess.key, _)]
    parts += [str(guess.value[key]) for key in ("id", "kind", "role") if key in guess.value]
    if scale := guess.scale:
        span = said("{low:g} to {high:g}", low=scale.low, high=scale.high)
        parts.append(said_in(span, _.language))
        parts += [_("reversed")] if scale.reverse else []
        parts += [f"“{code}”: {why}" for code, why in scale.missing.items()]
    return ", ".join(parts)


def _answers(guess: Guess, _: Wording) -> Iterator[str]:
    """The answers of a column as lines of HTML."""
    one, missing = guess.seen, guess.scale.missing if guess.scale else {}
    if guess.key in _UNSHOWN or len(one.counts) > 60 or not guess.scale and _are_texts(one.counts):
        yield _("{n} answers, {different} different", n=one.n, different=len(one.counts))
        return
    counts = sorted(one.counts.items(), key=lambda held: (one.numbers.get(held[0], 99), -held[1]))
    shown = [(answer, n) for answer, n in counts if guess.scale or n >= 3][:_MOST]
    for answer, n in shown:
        width = 100 * n / max(one.counts.values())
        why = f" ({missing[answer]})" if answer in missing else ""
        label = escape(short(mask(f"{answer} {one.labels.get(answer, '')}".strip())) + why)
        yield f'{label} <small>{n}</small><div style="{_BAR};width:{width:.0f}%"></div>'
    rest, blank = one.n - sum(n for _answer, n in shown), one.rows - one.n
    counts = {_("{n} others", n=rest): rest, _("{n} blank", n=blank): blank}
    if left := ", ".join(words for words, n in counts.items() if n):
        yield f"<small>{left}</small>"


def _are_texts(answers: Mapping[str, int]) -> bool:
    """Whether answers are sentences, in which people may be named."""
    long = sum(n for answer, n in answers.items() if len(answer.split()) > 4)
    return long > sum(answers.values()) / 3
