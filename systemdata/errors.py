"""What can go wrong with the visitors' book."""

from frontdesk.policy.errors import FrontdeskError


class BookError(FrontdeskError):
    """The book cannot be opened where the policy says."""

    def __init__(self, place: object, problem: str) -> None:
        self.place = str(place)
        super().__init__(f"{place}: {problem}")
