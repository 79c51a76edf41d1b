"""The calendar that people subscribe to: kept from the plan, read by secret addresses."""
