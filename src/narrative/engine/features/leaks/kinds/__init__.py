"""One file for each kind of leak."""
