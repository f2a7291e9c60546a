"""Tests of the readers of vendors' files: one contract that every reader keeps, and what each format adds to it."""
