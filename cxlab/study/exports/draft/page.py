"""draft.html: every column with its guess, the reason, and how its answers are distributed.

Answers of personal columns and of texts are never shown; of others, those that three gave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

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


def page(draft: Draft, name: str, confirm: Sequence[str]) -> str:
    """The page as HTML; `confirm`: what a person must decide."""
    rows = "\n".join(map(_row, draft.guesses))
    asked = "".join(f"<li>{escape(sentence)}" for sentence in confirm)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(name)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>Draft of {escape(name)}</h1>"
        f"<p>{len(draft.guesses)} columns, {len(draft.table.frame)} rows. Coloured: what is not"
        " sure. Correct study.yml and touchpoints.csv where a guess is wrong.</p>"
        + (
            f"<h2>To decide</h2><p>Each of these stands under <code>confirm:</code> in study.yml;"
            f" delete its line when it is right.</p><ul>{asked}</ul>"
            if asked
            else ""
        )
        + "<h2>Columns</h2><table><tr><th>Column<th>Seems to be<th>Reason<th>Answers</tr>"
        f"\n{rows}\n</table></body></html>\n"
    )


def column_page(draft: Draft, column: str) -> str:
    """One column of a draft: its guess with the reason, and its answers, as HTML."""
    guess = next(guess for guess in draft.guesses if guess.column == column)
    return (
        f"<p><b>{escape(in_words(guess))}</b><br>{_why(guess)}</p>"
        f"<p>{escape(short(guess.seen.column.text, 300))}</p>{''.join(_answers(guess))}"
    )


def _row(guess: Guess) -> str:
    column = guess.seen.column
    text = column.text if column.text != guess.column else ""
    mark = ' class="ask"' if guess.confidence < SURE and guess.key else ""
    return (
        f"<tr{mark}><td><small>{column.position}</small> <b>{escape(short(guess.column, 120))}</b>"
        f"<br><small>{escape(short(text, 200))}</small><td>{escape(in_words(guess))}"
        f"<td>{_why(guess)}<td>{''.join(_answers(guess))}</tr>"
    )


def _why(guess: Guess) -> str:
    return f"{escape(guess.reason)} <small>({guess.confidence:.2f})</small>"


def in_words(guess: Guess) -> str:
    """Key and value of a guess in a line."""
    parts = [guess.key or "not used"]
    parts += [str(guess.value[key]) for key in ("id", "kind", "role") if key in guess.value]
    if scale := guess.scale:
        parts.append(f"{scale.low:g} to {scale.high:g}" + (", reversed" if scale.reverse else ""))
        parts += [f"“{code}”: {why}" for code, why in scale.missing.items()]
    return ", ".join(parts)


def _answers(guess: Guess) -> Iterator[str]:
    """The answers of a column as lines of HTML."""
    one, missing = guess.seen, guess.scale.missing if guess.scale else {}
    if guess.key in _UNSHOWN or len(one.counts) > 60 or not guess.scale and _are_texts(one.counts):
        yield f"{one.n} answers, {len(one.counts)} different"
        return
    counts = sorted(one.counts.items(), key=lambda held: (one.numbers.get(held[0], 99), -held[1]))
    shown = [(answer, n) for answer, n in counts if guess.scale or n >= 3][:_MOST]
    for answer, n in shown:
        width = 100 * n / max(one.counts.values())
        why = f" ({missing[answer]})" if answer in missing else ""
        label = escape(short(mask(f"{answer} {one.labels.get(answer, '')}".strip())) + why)
        yield f'{label} <small>{n}</small><div style="{_BAR};width:{width:.0f}%"></div>'
    rest, blank = one.n - sum(n for _, n in shown), one.rows - one.n
    if rest or blank:
        counts = {"others": rest, "blank": blank}
        yield f"<small>{', '.join(f'{n} {what}' for what, n in counts.items() if n)}</small>"


def _are_texts(answers: Mapping[str, int]) -> bool:
    """Whether answers are sentences, in which people may be named."""
    long = sum(n for answer, n in answers.items() if len(answer.split()) > 4)
    return long > sum(answers.values()) / 3
