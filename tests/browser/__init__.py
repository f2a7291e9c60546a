"""A real browser, a real HTTP cache: `make test-browser`."""
