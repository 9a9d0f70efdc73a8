"""What happens to a post between the parser and the disk, in order: masked, then sealed into the spool."""
