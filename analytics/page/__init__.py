"""The analyst's page: what marketing may see, as pages a person likes to open. `frontdesk serve` runs it.

It reads no record itself: every figure comes from `frontdesk.analytics.ask`, with its thresholds and its audit line.
"""
