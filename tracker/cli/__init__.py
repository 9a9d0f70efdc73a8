"""The command line: thin commands over the same services; heavy imports inside each command."""
