"""The calendar that people subscribe to: written from the plan, read at secret addresses."""
