"""Peers' numbers and their data, as studies."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

import cxlab as cx

ANY = {"any": {"min": -1e6, "max": 1e6, "whole": False}}
GAP_TOUCHPOINTS = ["web", "store", "call", "product", "billing", "delivery"]


class Reference:
    """`../shared/reference`: results by file name, and data as studies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def results(self, name: str) -> dict:
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))["results"]

    def frame(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / f"{name}.csv")

    def regression(self, name: str, outcome: str, columns: list[str], **keys) -> cx.Study:
        """Any data set as a study: `columns` are the experiences, `outcome` the score."""
        frame = self.frame(name)
        ids = {column.replace(".", "_"): {"experience": column} for column in columns}
        return cx.Study.from_frame(
            frame, ids, {"y": {"kind": "score", "column": outcome}}, scales=ANY, **keys
        )

    def gap(self, **keys) -> cx.Study:
        """gen_gap.csv: 1,500 rows, six touchpoints asked twice, weights and clusters."""
        points = {t: {"expectation": f"exp_{t}", "experience": f"per_{t}"} for t in GAP_TOUCHPOINTS}
        outcomes = {
            "osat": {"kind": "csat", "column": "osat"},
            "nps": {"kind": "nps", "column": "nps"},
        }
        scales = {"agree7": {"min": 1, "max": 7, "blank": "not_used"}}
        return cx.Study.from_frame(
            self.frame("gen_gap"), points, outcomes, scales=scales, segments=["segment"], **keys
        )
