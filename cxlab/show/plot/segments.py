"""Classes of customers as a picture: questions × classes, in each cell the answer that sets the
class apart.
"""

import pandas as pd

from cxlab.show.plot.cells import DARK, DARKEST, grid, mixed
from cxlab.show.plot.picture import Picture, picture_of, words_of
from cxlab.show.plot.style import BLUE, INK, LETTER, SIZE, SOFT, WHITE, Sheet, wrap
from cxlab.show.say.segments import apart, say_profile, titled
from cxlab.show.words.wording import Wording, choice

ROW = 0.36


def plot_profile(_: Wording, frame: pd.DataFrame) -> Picture:
    """The answer to each question that sets each class apart most, with its share there, coloured
    by how far it lies above that of all customers. More classes than fit stand below.

    frame: `segment_profile(study, found)`.
    """
    levels = frame.drop_duplicates("level").to_dict("records")
    questions = list(dict.fromkeys(frame["question"]))
    rows = apart(frame)
    cells = {(row["question"], row["level"]): row for row in rows.to_dict("records")}
    far = max(DARK, rows["more"].max())

    def cell(sheet: Sheet, x: float, y: float, wide: float, row: dict | None) -> None:
        colour = WHITE if row is None else mixed(BLUE, DARKEST * max(row["more"], 0) / far)
        sheet.box(x + 0.02, y + 0.02, wide - 0.04, ROW - 0.04, colour)
        words, ink, weight = "–", SOFT, "normal"
        if row is not None:
            share = _.percent(row["estimate"])
            answer = wrap(_.fill(choice(row)), int(wide / LETTER) - len(share) - 2, 2)
            words, ink = f"{answer} {share}", INK
            weight = "bold" if row["beyond"] else weight
        at = x + wide / 2, y + ROW / 2
        sheet.write(*at, words, ink, SIZE - 0.5, ha="center", weight=weight)

    def name(row: dict) -> str:
        return _.fill(titled(row))

    heads = dict.fromkeys((False, True), 0.42)
    height, draw = grid(
        _, questions, levels, cells, cell, name, {False: 4, True: 2}, heads, 2.0, ROW
    )
    hidden = [words_of(_, "profile", frame)["hidden"]] if frame["estimate"].isna().any() else []
    sizes, said = (height(False), height(True)), _.say(say_profile(frame))
    return picture_of(_, "profile", frame, draw, said, *sizes, notes=hidden)
