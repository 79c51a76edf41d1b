"""What shows that Forestall keeps its promises."""
