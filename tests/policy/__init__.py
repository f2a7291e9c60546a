"""The policy: the file that people write, the networks in it, the purposes it may name."""
