"""The reload of a policy whose file was changed under a running app, without any request waiting for it."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress

from frontdesk.middleware.restart import needs_restart
from frontdesk.policy import FrontdeskError, Policy, load
from frontdesk.policy.problem import Problem
from frontdesk.policy.seldom import Seldom

_log = logging.getLogger("frontdesk")

_Mark = tuple[int, int, int, int]


class Reload:
    """Looks at a policy file, and hands over each new policy in it that may be followed."""

    def __init__(self, file: str, hand_over: Callable[[Policy], None]) -> None:
        """Read the policy. Raises `PolicyError`."""
        # An app may change its own folder later: another policy may lie there, and no book of ours.
        self._file = os.path.abspath(file)  # noqa: PTH100 - a link is followed at each look, as it may be replaced
        self.policy = load(self._file)
        """The policy that is followed."""
        self.taken = 0
        self.refused = 0
        self._hand_over = hand_over
        # Records say their policy by its version, so one version may never stand for two.
        self._known = {self.policy.version: self.policy}
        self._read: _Mark | None = None  # not known yet: the file may have changed since it was opened above
        self._seen: _Mark | None = None
        self._seldom = Seldom()

    def catch_up(self) -> None:
        """Follow what the file says now, before the first visitor: a process that a preloading server forks has read
        it long ago. It is read as at any start, quiet or not.
        """
        self._seen = self._look()
        self.look()

    def look(self) -> None:
        """Look whether the file has changed, from one thread, every few seconds. It raises nothing."""
        mark = self._look()
        quiet, self._seen = mark == self._seen, mark
        # What was just changed may be half-written, and half a policy may be one too, but for its last tables.
        if mark is None or mark == self._read or not quiet:
            return
        self._read = mark  # whatever comes of it: what was refused is not tried again until it changes
        try:
            self._follow(mark)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next change is to be noticed
            self.refused += 1
            if isinstance(error.__context__, OSError):  # as with too many files open: what it says may be right
                self._read = None
            told = error if isinstance(error, FrontdeskError) else type(error).__name__
            with suppress(Exception):  # a log handler that fails is not to end the watch
                if self._seldom.admits(str(told)):
                    _log.warning("the changed policy is refused, the old one stays: %s", told)

    def _follow(self, mark: _Mark) -> None:
        policy = load(self._file, besides=self._problems)
        if policy == self.policy or self._look() != mark:  # the latter is seen at the next look
            return
        self._hand_over(policy)
        self.policy = self._known[policy.version] = policy
        self.taken += 1

    def _problems(self, policy: Policy) -> Iterator[Problem]:
        if self._known.get(policy.version, policy) != policy:
            yield Problem("version", "stood for another policy before: change it with the policy")
        for known in self._known.values():  # also of a company that was gone for a while: its segment may still be open
            yield from needs_restart(known, policy)

    def _look(self) -> _Mark | None:
        """What tells the file from the one before; None while there is none.

        The time of change is in it besides: unlike that of modification nobody sets it back, and new permissions
        change it too.
        """
        try:
            facts = os.stat(self._file)  # noqa: PTH116
        except OSError:
            return None
        return facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
