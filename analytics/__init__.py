"""What may be known of the visitors' book: questions for a purpose, answers about enough visitors."""

from frontdesk.analytics.accounts import Accounts, read_accounts
from frontdesk.analytics.answer import Answer, Organisation, Row, Summary, Withheld
from frontdesk.analytics.ask import Witness, ask, ask_objections
from frontdesk.analytics.errors import ForbiddenError, QuestionError
from frontdesk.analytics.objections import Objections
from frontdesk.analytics.question import DIMENSIONS, Question

__all__ = [
    "DIMENSIONS",
    "Accounts",
    "Answer",
    "ForbiddenError",
    "Objections",
    "Organisation",
    "Question",
    "QuestionError",
    "Row",
    "Summary",
    "Withheld",
    "Witness",
    "ask",
    "ask_objections",
    "read_accounts",
]
