"""Files that are written from the code. A test says when one is out of date."""
