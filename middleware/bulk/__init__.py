"""Whole logs received at the desk: the records that the middleware would have written of the visits in them.

It stands in `middleware`, because who the client is, what the signals ask for and whose the visit is are asked of the
same desk, and no part that may be imported from here up knows that. No rule stands here a second time: each is asked
once for every distinct value, and what it says is put to all lines that have the value.
"""
