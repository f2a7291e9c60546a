"""The benchmarks are not installed: here `frontdesk` finds them in the checkout."""

from importlib import import_module
from pathlib import Path

import_module("frontdesk").__path__.append(str(Path(__file__).parents[2]))
