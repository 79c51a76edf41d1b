"""What a terminal, a pipe or a file takes: widths, colours, encodings, questions, times."""
