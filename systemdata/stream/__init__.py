"""Streaming a book's records through Kafka: out of a book by `ship`, into another one by `intake`.

The segments are the spool. What was delivered, and what was taken in, is known by small files beside them, so that
whatever is killed goes on where it was.
"""
