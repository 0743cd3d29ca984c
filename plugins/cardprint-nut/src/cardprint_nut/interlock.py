"""The interlock: what is known of the mains, asked for in the background and answered at once."""

from __future__ import annotations

import logging
import threading

import attrs

from cardprint.errors import ConfigurationError
from cardprint.plugin import FeedAnswer, FeedQuestion, Interlock, PluginContext, read_secret
from cardprint_nut.power import Power
from cardprint_nut.settings import NutSettings
from cardprint_nut.upsd import Upsd, UpsdError

__all__ = ["Known", "NutInterlock", "judge"]

_log = logging.getLogger(__name__)
_TIMEOUT = 5.0
_GOODBYE = 1.0
_SOON = 0.2
_LONGEST_PAUSE = 15.0
_DEFINITE = frozenset({Power.STALE, Power.REFUSED})
"""Faults that upsd itself tells of, beside which an older answer counts for nothing."""


@attrs.frozen(kw_only=True)
class Known:
    """State what is known of the mains."""

    power: Power | None = None
    """The last answer; None: there was none yet."""
    at: float = 0.0
    """Monotonic time of that answer."""
    since: float = 0.0
    """Monotonic time since which it is the same."""
    fault: Power | None = None
    """Why the last question had no answer; None: it had one, or there was none."""


def judge(known: Known, settings: NutSettings, now: float) -> tuple[Power, bool]:
    """Say what counts at a monotonic time, and whether a card may be fed."""
    waits = known.power is Power.BATTERY and settings.on_battery == "wait" and now - known.since >= settings.grace
    if known.power is None or known.fault in _DEFINITE or now - known.at > settings.stale_after:
        return known.fault or Power.UNREACHABLE, settings.unknown == "feed" and not waits
    return known.power, not waits and not known.power.stops


class NutInterlock(Interlock):
    """Heed a UPS: no card on battery, and no station once the battery is low.

    A thread of its own asks upsd, from the first question on until ``close``. A connection that is lost is made
    again, after pauses that double; meanwhile the last answer counts until it is too old.
    """

    def __init__(self, settings: NutSettings, context: PluginContext) -> None:
        if settings.stale_after <= settings.poll:
            raise ConfigurationError(
                f"[interlocks.{context.name}] `stale_after` is not longer than `poll`: no answer would ever count.",
                cure="Set stale_after to several times poll.",
            )
        if bool(settings.username) is not bool(settings.password_file):
            raise ConfigurationError(
                f"[interlocks.{context.name}] `username` and `password_file` go together.",
                cure="Set both, or none.",
            )
        self._settings = settings
        self._context = context
        self._password = ""
        if settings.password_file is not None:
            self._password = read_secret(context.folder / settings.password_file, what="password")
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._upsd: Upsd | None = None
        self._known = Known()
        self._told = Power.MAINS

    def may_feed(self, question: FeedQuestion) -> FeedAnswer:
        """Answer from what is known, at once."""
        self._begin()
        known = self._known
        power, feed = judge(known, self._settings, self._context.clock.monotonic())
        return FeedAnswer(
            feed=feed,
            reason="" if feed else power.value,
            retry_after=_SOON if known == Known() else self._settings.poll,
            stop_station=power.stops,
        )

    def close(self) -> None:
        """End the thread and hang up."""
        self._ended.set()
        with self._lock:
            thread, upsd = self._thread, self._upsd
        if upsd is not None:
            upsd.interrupt()
        if thread is not None:
            thread.join(_GOODBYE)

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None and not self._ended.is_set():
                self._thread = threading.Thread(target=self._watch, name=f"nut-{self._context.name}", daemon=True)
                self._thread.start()

    def _watch(self) -> None:
        pause, failing = 0.0, False
        while not self._ended.wait(pause):
            try:
                power = self._ask()
                self._learn(power)
                self._tell(power, power.sentence)
                pause, failing = self._settings.poll, False
            except UpsdError as error:
                self._hang_up()
                self._learn(error.power)
                self._tell(error.power, str(error))
                pause = min(2 * pause, _LONGEST_PAUSE) if failing else self._settings.poll
                failing = True
        self._hang_up()

    def _ask(self) -> Power:
        settings = self._settings
        if self._upsd is None:
            upsd = Upsd(settings.host, settings.port, clock=self._context.clock, timeout=_TIMEOUT)
            with self._lock:
                self._upsd = upsd
            if settings.username:
                upsd.log_in(settings.ups, settings.username, self._password)
        return self._upsd.power(settings.ups)

    def _learn(self, power: Power) -> None:
        known, now = self._known, self._context.clock.monotonic()
        if power.fault:
            self._known = attrs.evolve(known, fault=power)
        else:
            since = known.since if known.power is power else now
            self._known = Known(power=power, at=now, since=since)

    def _tell(self, power: Power, sentence: str) -> None:
        """Log what has changed, once, and that all is well only where it was not."""
        if power is not self._told and not self._ended.is_set():
            _log.warning("%s: %s", self._context.name, sentence)
            self._told = power

    def _hang_up(self) -> None:
        with self._lock:
            upsd, self._upsd = self._upsd, None
        if upsd is not None:
            upsd.close()
