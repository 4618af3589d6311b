"""Pictures made from results, one module a question."""
