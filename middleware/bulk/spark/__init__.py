"""Whole logs received on many machines: the same block, written by the same code, under the same name.

The driver keeps the book: it alone reads and writes the journal, and puts into place what tasks have written beside it.
Tasks only read logs and write files that nobody takes for a part of the book. So a task may be done twice, one after
another or at once, be cut short, or go on when nobody waits for it any more: the book has what the driver put there.
"""
