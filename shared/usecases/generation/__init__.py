"""The generation of the stored state: its marks, and what a loss of state holds."""
