"""A first study.yml out of an export: what each column seems to be, why, and how sure that is."""
