"""Downloads for everybody after a count, and the programs to check it with."""
