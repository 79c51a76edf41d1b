"""The archive of jobs: what every store promises of it, and two workers at one job."""
