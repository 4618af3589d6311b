"""draft.html: every column with its guess, the reason, and how its answers are distributed.

Answers of personal columns and of texts are never shown; of others, those that three gave.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from cxlab.study.exports.draft.draft import Draft
from cxlab.study.exports.draft.guesses import SURE, Guess, short

_MOST = 14
_BAR = "display:inline-block;height:.7em;margin-right:.4em;background:#4a6fa5"
_STYLE = (
    "body{font:15px/1.45 sans-serif;margin:2em auto;max-width:72em;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;width:100%}td,th{vertical-align:top;text-align:left;"
    "padding:.5em .7em;border-top:1px solid #ddd}.ask{background:#fff6df}"
    "small{color:#555}"
)


def page(draft: Draft, name: str) -> str:
    """The page as HTML."""
    asked = sum(guess.confidence < SURE for guess in draft.guesses)
    rows = "\n".join(map(_row, draft.guesses))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(name)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>Draft of {escape(name)}</h1>"
        f"<p>{len(draft.guesses)} columns, {len(draft.table.frame)} rows; {asked} guesses to look"
        " at first (coloured). Correct study.yml and touchpoints.csv, then delete the lines under"
        " <code>confirm:</code>.</p><table><tr><th>Column<th>Seems to be<th>Reason<th>Answers</tr>"
        f"\n{rows}\n</table></body></html>\n"
    )


def column_page(draft: Draft, column: str) -> str:
    """One column of a draft: its guess with the reason, and its answers, as HTML."""
    guess = next(guess for guess in draft.guesses if guess.column == column)
    return (
        f"<p><b>{escape(in_words(guess))}</b><br>{_why(guess)}</p>"
        f"<p>{escape(short(guess.seen.column.text, 300))}</p>{'<br>'.join(_answers(guess))}"
    )


def _row(guess: Guess) -> str:
    column = guess.seen.column
    text = column.text if column.text != guess.column else ""
    mark = ' class="ask"' if guess.confidence < SURE and guess.key else ""
    return (
        f"<tr{mark}><td><small>{column.position}</small> <b>{escape(short(guess.column, 120))}</b>"
        f"<br><small>{escape(short(text, 200))}</small><td>{escape(in_words(guess))}"
        f"<td>{_why(guess)}<td>{'<br>'.join(_answers(guess))}</tr>"
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
    if guess.key in ("personal_data", "comments", "respondent") or len(one.counts) > 60:
        yield f"{one.n} answers, {len(one.counts)} different"
        return
    counts = sorted(one.counts.items(), key=lambda held: (one.numbers.get(held[0], 99), -held[1]))
    shown = [(answer, n) for answer, n in counts if guess.scale or n >= 3][:_MOST]
    for answer, n in shown:
        width = 12 * n / max(one.counts.values())
        why = f" ({missing[answer]})" if answer in missing else ""
        label = escape(short(f"{answer} {one.labels.get(answer, '')}") + why)
        yield f'<span style="{_BAR};width:{width:.1f}em"></span>{n} <small>{label}</small>'
    rest, blank = one.n - sum(n for _, n in shown), one.rows - one.n
    if rest or blank:
        yield f"<small>{rest} others, {blank} blank</small>"
