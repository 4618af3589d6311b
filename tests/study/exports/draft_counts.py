"""How often the guesses of a draft are right: `python -m tests.study.exports.draft_counts DIR …`
prints precision and recall over the files of truth.yml that lie in these folders.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from cxlab.errors import StudyError
from cxlab.exports import guess_export
from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.draft.draft import guess_columns
from cxlab.study.exports.table import Table
from cxlab.study.read.files import read_table

TRUTH = Path(__file__).with_name("truth.yml")
KINDS = ("nps", "scales", "pairs", "missing", "personal")


def positions(text: object) -> list[int]:
    """`4-7 9` as 4, 5, 6, 7, 9."""
    runs = (part.partition("-") for part in str(text or "").split())
    return [n for low, _, high in runs for n in range(int(low), int(high or low) + 1)]


def told(truth: dict) -> dict[str, set]:
    """What is true of one file, by kind."""
    run = positions(truth.get("pairs"))
    rated = {
        (n, points) for points, held in truth.get("rated", {}).items() for n in positions(held)
    }
    return {
        "nps": {(n,) for n in positions(truth.get("nps"))},
        "scales": rated | {(n, "0-10") for n in positions(truth.get("nps"))},
        "pairs": {*zip(run[::2], run[1::2], strict=True)},
        "missing": {
            (n, str(code), why)
            for code, reasons in truth.get("missing", {}).items()
            for why, held in reasons.items()
            for n in positions(held)
        },
        "personal": {(n,) for n in positions(truth.get("personal"))},
    }


def guessed(table: Table) -> dict[str, set]:
    """What the draft says of one file, by kind."""
    found: dict[str, set] = {kind: set() for kind in KINDS}
    draft = guess_columns(table)
    at = {one.name: one.column.position for one in draft.columns}
    points: dict[str, dict[str, int]] = {}
    for guess in draft.guesses:
        place, scale = at[guess.column], guess.value.get("scale")
        if scale:
            found["scales"].add((place, f"{scale.low:g}-{scale.high:g}"))
            found["missing"] |= {(place, code, why) for code, why in scale.missing.items()}
            points.setdefault(guess.value["id"], {})[guess.value.get("role", "")] = place
        if guess.value.get("kind") == "nps":
            found["nps"].add((place,))
        if guess.key == "personal_data":
            found["personal"].add((place,))
    for roles in points.values():
        for role in ("expectation", "importance"):
            if {role, "experience"} <= {*roles}:
                found["pairs"].add((roles[role], roles["experience"]))
    return found


def compare(true: dict[str, set], said: dict[str, set], open_: set[int]) -> Iterator[tuple]:
    """Each item with its kind and `right`, `wrong` or `missed`; what is open is passed over."""
    for kind in KINDS:
        wanted = {item for item in true[kind] if item[0] not in open_}
        for item in said[kind]:
            if item[0] in open_:
                continue
            either = [w for w in wanted if w[:2] == item[:2] and item[-1] in str(w[-1]).split("/")]
            match = either[0] if kind == "missing" and either else item
            yield kind, "right" if match in wanted else "wrong", item
            wanted.discard(match)
        yield from ((kind, "missed", item) for item in wanted)


def count(
    files: dict[str, Path], read: Callable[..., Table], show: bool = False, truth: Path = TRUTH
) -> Counter:
    """Counts of (kind, right/wrong/missed) over the files, by their key in truth.yml."""
    counts: Counter = Counter()
    for key, held in yaml.safe_load(truth.read_text("utf-8")).items():
        if key not in files:
            continue
        encoding = {key: held[key] for key in ("encoding",) if key in held}
        found = compare(
            told(held), guessed(read(files[key], **encoding)), {*positions(held.get("open"))}
        )
        for kind, verdict, item in found:
            counts[kind, verdict] += 1
            if show and verdict != "right":
                print(f"  {key}: {kind} {verdict} {item}")
    return counts


def table(counts: Counter) -> str:
    """Precision and recall of each kind, one a line."""
    lines = ["kind       right wrong missed precision recall"]
    for kind in KINDS:
        right, wrong, missed = (counts[kind, one] for one in ("right", "wrong", "missed"))
        precision, recall = right / max(right + wrong, 1), right / max(right + missed, 1)
        lines.append(f"{kind:10} {right:5} {wrong:5} {missed:6} {precision:9.3f} {recall:6.3f}")
    return "\n".join(lines)


def files_in(folders: list[Path]) -> dict[str, Path]:
    """Files by folder and name, as truth.yml calls them."""
    paths = (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())
    return {f"{path.parent.name}/{path.name}": path for path in paths}


def read(path: Path, **declared: str) -> Table:
    """A file as `cxlab draft` reads it: of several sheets the answers, with their codebook."""
    try:
        return read_table(Responses(file=path.name, **declared), path)
    except StudyError as error:
        if not getattr(error, "sheets", ()):
            raise
        return guess_export(path).table


if __name__ == "__main__":
    print(table(count(files_in([Path(one) for one in sys.argv[1:]]), read, show=True)))
