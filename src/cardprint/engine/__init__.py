"""Intake, allocation, the print act, its workers, the stock room and the outbox."""
