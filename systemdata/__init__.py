"""The visitors' book: the record, its minimisation and retention tags, and the writer."""

from frontdesk.systemdata.errors import BookError, RefusedError, SegmentError
from frontdesk.systemdata.record import Recorder
from frontdesk.systemdata.shelf import Shelf
from frontdesk.systemdata.visit import Exchange
from frontdesk.systemdata.writer import Statistics, Writer

__all__ = ["BookError", "Exchange", "Recorder", "RefusedError", "SegmentError", "Shelf", "Statistics", "Writer"]
