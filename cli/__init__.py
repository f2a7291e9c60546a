"""The `frontdesk` command, thin over the rest."""

import os
import sys

from frontdesk.policy import FrontdeskError


def main() -> None:
    """Run the command line. A mistake that a person can mend is one line and status 1, never a traceback."""
    from frontdesk.cli.app import app  # noqa: PLC0415 - `import frontdesk.cli` stays cheap

    try:
        app()
    except FrontdeskError as error:
        print(f"frontdesk: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has had enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
