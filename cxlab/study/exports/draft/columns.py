"""The columns of an export as the guesses see them: each with its answers, its whole question, and
the block that it stands in.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace

from cxlab.study.codebook.normal import number_of
from cxlab.study.exports.draft.guesses import WORDS, Seen, is_code, legend, says, words_of
from cxlab.study.exports.headers import JOINT
from cxlab.study.exports.table import Table

LONG = 60
# …and the cakes? E ao prazo? ¿Y la entrega?
_GOES_ON = re.compile(
    r"(?i)\W*(?:(?:…|\.\.\.)\s*\w|(?:e|y|and)\s+"
    r"(?:[aà]o?s?|os?|el|l[ao]s?|al|the|our|d[aeo]s?|del|e[mn]|n[ao]s?)\s)"
)


def seen(table: Table) -> list[Seen]:
    """The columns of a table, each with its answers and what it shares with others."""
    found, asked = [], ""
    # What a question says of 97, "apply to all", is meant of others too.
    legends = {one.text: legend(one.text) for one in table.columns}
    shared = [text for text, codes in legends.items() if any(map(is_code, map(number_of, codes)))]
    for column in table.columns:
        told = column.text or column.name
        is_whole = any(says(path, words_of(told)) for path in ("asks.rate", "twins.contrast"))
        if _GOES_ON.match(told) and len(told) < LONG and not is_whole:
            column = replace(column, text=f"{asked} {told}")
        else:
            asked = told
        column = replace(column, note="; ".join([*shared, column.note]))
        counts: Counter[str] = Counter()
        # A code that is no number ("AO01") tells nothing but its word.
        words = {code: word for code, word in column.labels.items() if math.isnan(number_of(code))}
        for answer, n in table.frame[column.name].value_counts().items():
            counts[words.get(answer.strip(), answer.strip())] += n
        del counts[""]
        found.append(Seen(column, counts, len(table.frame), table.tool))
    return _in_blocks(found)


def _in_blocks(columns: list[Seen]) -> list[Seen]:
    """Columns that share a question, or a name but for its end, as blocks."""
    blocks: dict[str, dict[str, str]] = {}
    shared: dict[str, int] = {}  # by how many, of what stands before or after a mark
    for kind, forms in WORDS["blocks"].items():
        known = {*blocks} if kind != "questions" else {}
        for form in forms:
            texts = {
                one.name: one.asked if kind == "questions" else words_of(one.name)
                for one in columns
                if one.name not in known and (kind != "bare" or not one.column.text)
            }
            found = {name: re.fullmatch(form, text) for name, text in texts.items()}
            stems = {
                name: re.sub(r"^(?:\w{0,2}\d+\w?|\w+\[\w+\])[.)] ", "", words_of(match["stem"]))
                for name, match in found.items()
                if match
            }
            counts = Counter(stems.values())
            for name, stem in stems.items():
                count = counts[stem] + len(columns) * (JOINT in name)
                if count > shared.get(name, 1):
                    item = found[name].groupdict().get("item", "")
                    blocks[name], shared[name] = {"block": f"{form} {stem}", "item": item}, count
    return [replace(one, **blocks.get(one.name, {})) for one in columns]
