"""What keeps secrets: a key of the stack's own, under which everything that it stores is encrypted."""
