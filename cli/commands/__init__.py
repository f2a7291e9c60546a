"""The groups of commands: what can be said on the command line, and how it is explained there."""
