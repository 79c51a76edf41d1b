"""The simulator's world, limits, paging and fleets, under a clock that the tests hold."""
