"""Pure rules of planned maintenance: no I/O, no clock, no SDK, no logging."""
