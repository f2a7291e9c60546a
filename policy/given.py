"""A policy that is given as an object: it is held to all that a file is."""

from pathlib import Path
from typing import Any, NoReturn

import msgspec

from frontdesk.policy.contradictions import contradictions
from frontdesk.policy.errors import PolicyError
from frontdesk.policy.mistake import mistake
from frontdesk.policy.model import Policy
from frontdesk.policy.plain import from_plain, to_plain
from frontdesk.policy.problem import Problem
from frontdesk.policy.shown import shown


def checked(policy: Policy) -> Policy:
    """The policy, checked as one from a file is, of which nobody knows the file.

    A program can make what no file can say, as types are not checked when an object is made. Raises `PolicyError`.
    """
    try:
        data = to_plain(policy)
    except TypeError as error:
        raise PolicyError("", None, "", f"holds what no policy can: {error}") from None
    try:
        read = from_plain(data)
    except msgspec.ValidationError as error:
        _refuse(data, mistake(error))
    for problem in contradictions(read, Path()):
        _refuse(data, problem)
    return read


def _refuse(data: Any, problem: Problem) -> NoReturn:
    raise PolicyError("", None, problem.key, problem.text + shown(data, problem.key, "the policy"))
