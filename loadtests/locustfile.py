"""What locust loads: `locust -f loadtests/locustfile.py`, as `make loadtest` and `make loadtest-ui` do.

The load tests are not installed: here `frontdesk` finds them in the checkout.
"""

from importlib import import_module
from pathlib import Path

import_module("frontdesk").__path__.append(str(Path(__file__).resolve().parents[1]))

from frontdesk.loadtests.load.users import Chosen, Prober, SlowReader, SlowSender, Visitor  # noqa: E402

__all__ = ["Chosen", "Prober", "SlowReader", "SlowSender", "Visitor"]
