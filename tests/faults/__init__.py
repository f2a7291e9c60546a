"""Real faults, which take their time: `make test-faults`."""
