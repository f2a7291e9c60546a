"""What can go wrong with a question."""

from frontdesk.policy.errors import FrontdeskError


class QuestionError(FrontdeskError):
    """A question that cannot be understood; the message says what may be asked."""


class ForbiddenError(FrontdeskError):
    """A question that may not be answered.

    Attributes:
        rule: the rule that refuses it, one of `permission.RULES`.
    """

    def __init__(self, rule: str, problem: str) -> None:
        self.rule = rule
        super().__init__(f"refused by the rule {rule}: {problem}")
