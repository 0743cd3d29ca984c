"""The interlocks that are always there: the operator's pause, and the limits of what a printer is asked to do."""

from __future__ import annotations

from cardprint.plugin import FeedAnswer, FeedQuestion, Interlock, PluginContext

__all__ = ["Duty", "Pause"]

_YES = FeedAnswer(feed=True)


class Pause(Interlock):
    """Keep a printer from feeding that somebody has paused."""

    def __init__(self, settings: None, context: PluginContext) -> None:
        """Take what every part is made of; there is nothing to set."""

    def may_feed(self, question: FeedQuestion) -> FeedAnswer:
        """Say no until the printer is resumed."""
        return FeedAnswer(feed=False, reason="x-paused", retry_after=None) if question.paused_by else _YES


class Duty(Interlock):
    """Keep a printer to its cards a day and an hour: heat and overtime break it."""

    def __init__(self, settings: None, context: PluginContext) -> None:
        """Take what every part is made of; the limits are the printer's and come with the question."""

    def may_feed(self, question: FeedQuestion) -> FeedAnswer:
        """Say no for the rest of a day, or until the hour's first card is an hour ago."""
        per_day, per_hour = question.duty.per_day, question.duty.per_hour
        if per_day is not None and question.fed_today >= per_day:
            return FeedAnswer(feed=False, reason="x-duty-day", retry_after=None)
        if per_hour is not None and question.fed_this_hour >= per_hour:
            return FeedAnswer(feed=False, reason="x-duty-hour", retry_after=question.hour_eases_in)
        return _YES
