"""How results are shown: words, tables and figures made from DataFrames, in the reader's language.

Nothing here computes a statistic or knows where a result came from; the glossary is all that show/
and models/ share.
"""
