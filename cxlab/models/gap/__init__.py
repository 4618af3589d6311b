"""Does the gap between expectation and experience matter, and how?"""
