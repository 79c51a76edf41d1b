"""Rules of the code that `make check` asks: imports, names, and paths of one machine."""
