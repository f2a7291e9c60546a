"""Benchmarks. They are no part of what is installed: `make bench-lookup` runs from a checkout."""
