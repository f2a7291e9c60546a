"""Access logs as they are: what servers write of each request, read into columns of one kind."""
