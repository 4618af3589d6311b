"""draft.html: every column with its guess, the reason, and how its answers are distributed.

Answers of personal columns and of texts are never shown; of others, those that three gave.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from cxlab.study.exports.draft.draft import Draft
from cxlab.study.exports.draft.guesses import SURE, Guess, Seen, short

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
    rows = "\n".join(
        _row(one, guess) for one, guess in zip(draft.columns, draft.guesses, strict=True)
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(name)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>Draft of {escape(name)}</h1>"
        f"<p>{len(draft.columns)} columns, {len(draft.table.frame)} rows; {asked} guesses to look"
        " at first (coloured). Correct study.yml and touchpoints.csv, then delete the lines under"
        " <code>confirm:</code>.</p><table><tr><th>Column<th>Seems to be<th>Reason<th>Answers</tr>"
        f"\n{rows}\n</table></body></html>\n"
    )


def column_page(draft: Draft, column: str) -> str:
    """One column of a draft: its guess with the reason, and its answers, as HTML."""
    pairs = zip(draft.columns, draft.guesses, strict=True)
    one, guess = next(pair for pair in pairs if pair[1].column == column)
    return (
        f"<p><b>{escape(in_words(guess))}</b><br>{escape(guess.reason)}"
        f" ({guess.confidence:.2f})</p>"
        f"<p>{escape(short(one.column.text, 300))}</p>{'<br>'.join(distribution(one, guess))}"
    )


def _row(one: Seen, guess: Guess) -> str:
    text = one.column.text if one.column.text != one.name else ""
    cells = (
        f"<small>{one.column.position}</small> <b>{escape(short(one.name, 120))}</b>"
        + (f"<br><small>{escape(short(text, 200))}</small>" if text else ""),
        escape(in_words(guess)),
        f"{escape(guess.reason)} <small>({guess.confidence:.2f})</small>",
        "<br>".join(distribution(one, guess)),
    )
    mark = ' class="ask"' if guess.confidence < SURE and guess.key else ""
    return f"<tr{mark}>{''.join(f'<td>{cell}' for cell in cells)}</tr>"


def in_words(guess: Guess) -> str:
    """Key and value of a guess in a line."""
    parts = [guess.key or "not used"]
    parts += [str(guess.value[key]) for key in ("id", "kind", "role") if key in guess.value]
    if scale := guess.value.get("scale"):
        parts.append(f"{scale.low:g} to {scale.high:g}" + (", reversed" if scale.reverse else ""))
        parts += [f"“{code}”: {why}" for code, why in scale.missing.items()]
    return ", ".join(parts)


def distribution(one: Seen, guess: Guess) -> Iterator[str]:
    """The answers of a column as lines of HTML."""
    if guess.key in ("personal_data", "comments", "respondent") or len(one.counts) > 60:
        yield f"{one.n} answers, {len(one.counts)} different"
        return
    scale = guess.value.get("scale")
    counts = sorted(one.counts.items(), key=lambda held: (one.numbers.get(held[0], 99), -held[1]))
    shown = [(answer, n) for answer, n in counts if scale or n >= 3][:_MOST]
    for answer, n in shown:
        width = 12 * n / max(one.counts.values())
        word = one.labels.get(answer, "")
        why = f" ({scale.missing[answer]})" if scale and answer in scale.missing else ""
        label = escape(short(f"{answer} {word}".strip(), 60) + why)
        yield f'<span style="{_BAR};width:{width:.1f}em"></span>{n} <small>{label}</small>'
    rest = one.n - sum(n for _, n in shown)
    if rest or one.rows > one.n:
        yield f"<small>{rest} others, {one.rows - one.n} blank</small>"
