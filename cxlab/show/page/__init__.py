"""Pieces of a page: headings, prose, tables, the cover, and the same as data."""
