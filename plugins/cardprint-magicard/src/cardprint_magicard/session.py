"""One printer, one card at a time."""

from __future__ import annotations

import errno

from cardprint.errors import DriverError
from cardprint.model import (
    AttemptId,
    AttemptOutcome,
    Capabilities,
    CardFate,
    CardOrder,
    CardPosition,
    DeviceUri,
    Observation,
    PrinterState,
    PrinterStatus,
    Supply,
)
from cardprint.plugin import Clock, PrinterSession, Steps
from cardprint_magicard.conversation import Conversation, Look
from cardprint_magicard.faces import read_faces
from cardprint_magicard.job import COERCIVITY, TRACKS, Stripe, encode_job
from cardprint_magicard.model import Model
from cardprint_magicard.planes import make_planes
from cardprint_magicard.settings import MagicardSettings

__all__ = ["MagicardSession"]

_ASK_AGAIN = 1.0
_MARGIN = 30.0
"""Seconds that the station waits beyond the driver's own patience."""
_BUSY = {errno.EBUSY, errno.EAGAIN}


class MagicardSession(PrinterSession):
    """Hold a printer that proves nothing: tier T0, whatever its counters say."""

    def __init__(
        self,
        device: DeviceUri,
        model: Model,
        settings: MagicardSettings,
        conversation: Conversation,
        clock: Clock,
    ) -> None:
        self._device = device
        self._model = model
        self._settings = settings
        self._conversation = conversation
        self._clock = clock
        sides = min(model.sides, settings.sides)
        self.capabilities = Capabilities(
            dpi=model.dpi,
            width_px=model.width_px,
            height_px=model.height_px,
            sides=sides,
            panels=settings.ribbon,
            abilities=frozenset({"two-sided"} if sides > 1 else ()),
            encoders=frozenset({CardPosition.MAGNETIC} if settings.stripe else ()),
            card_timeout=settings.card_timeout + _MARGIN,
        )
        self._serial = self.look().serial

    def look(self) -> Look:
        """Ask for serial number and counts; raise DriverError (NOT_FED) where it does not answer."""
        try:
            return self._conversation.look()
        except OSError as error:
            raise self._silent(error) from error

    def status(self) -> PrinterStatus:
        """Ask whether it answers: no word of its protocol is known that says how it is."""
        self.look()
        supply = Supply(name=f"ribbon-{self._settings.ribbon.lower()}")
        return PrinterStatus(state=PrinterState.IDLE, supplies=(supply,))

    def observe(self, attempt_id: AttemptId | None = None) -> Observation:
        """Tell the serial number; nobody has proved what its counters count, so they are no observation."""
        return Observation(serial=self.look().serial)

    def print_card(self, order: CardOrder, steps: Steps) -> AttemptOutcome:
        """Send one card and wait until the printer has counted it.

        Before the first byte of the job, what goes wrong is NOT_FED; from there on it is UNKNOWN, whatever it is. No
        step is reported: the printer tells of none.
        """
        job = self._job(order)
        before = self.look()
        if before.serial != self._serial:
            raise DriverError(
                f"{self._device}: another printer answers in its place; it was sent nothing.",
                fate=CardFate.NOT_FED,
                reasons=("offline",),
            )
        deadline = self._clock.monotonic() + self._settings.card_timeout
        try:
            self._conversation.send(job, deadline)
            after = self._counted(before, deadline)
        except OSError as error:
            raise self._in_doubt(error) from error
        return self._judged(order, before, after)

    def close(self) -> None:
        """Give the printer back."""
        self._conversation.close()

    def _job(self, order: CardOrder) -> bytes:
        settings = self._settings
        stripe = self._stripe(order)
        turned = (settings.turn_front, settings.turn_back)
        faces = read_faces(order, self._model, sides=self.capabilities.sides)
        return encode_job(
            [
                make_planes(face, self._model, ribbon=settings.ribbon, turned=turn, resin=resin)
                for (face, resin), turn in zip(faces, turned, strict=False)
            ],
            self._model,
            time=int(self._clock.now()),
            overcoat="O" in settings.ribbon,
            hole=self._model.holes.get(settings.hole),
            stripe=stripe,
            reject_faulty=settings.reject_faulty,
            colour_sure=settings.colour_sure,
        )

    def _stripe(self, order: CardOrder) -> Stripe | None:
        """Check what is to be written; its characters are a person's and are never shown."""
        if not order.encoding:
            return None
        problem = ""
        if not self._settings.stripe:
            problem = "`stripe` says that no stripe is written"
        elif not order.encoding.keys() <= TRACKS.keys():
            problem = f"it has more than {' and '.join(TRACKS)}"
        for name, characters in () if problem else order.encoding.items():
            track = TRACKS[name]
            if not 0 < len(characters) <= track.most or not set(characters) <= set(track.characters):
                problem = f"{name} cannot hold its {len(characters)} characters"
        if problem:
            raise DriverError(
                f"{self._device} was sent nothing: an order is to be encoded, and {problem}.",
                fate=CardFate.NOT_FED,
                reasons=("x-no-encoder",),
                permanent=True,
            )
        return Stripe(coercivity=COERCIVITY[self._settings.stripe], tracks=order.encoding)

    def _counted(self, before: Look, deadline: float) -> Look | None:
        """Wait for another count; None where there was none in time. A printer at work need not answer at once."""
        while before.count is not None:
            try:
                look = self._conversation.look()
            except TimeoutError:
                look = before
            if look.serial != before.serial:
                raise OSError(errno.ENODEV, "another printer answers in its place")
            if look.count != before.count:
                return look
            if self._clock.monotonic() + _ASK_AGAIN > deadline:
                return None
            self._clock.sleep(_ASK_AGAIN)
        return None

    def _judged(self, order: CardOrder, before: Look, after: Look | None) -> AttemptOutcome:
        seen = Observation(serial=before.serial)
        if after is None:
            detail = f"{self._device} took the whole job and has counted no card."
        else:
            told = f"cards printed {before.count} to {after.count}, panels remaining {before.panels} to {after.panels}"
            detail = f"{self._device} took the whole job: {told}."
            # Nothing tells whether the stripe was written.
            if self._settings.trust_count and after.count == (before.count or 0) + 1 and not order.encoding:
                return AttemptOutcome(fate=CardFate.PRINTED, detail=detail, after=seen)
        return AttemptOutcome(fate=CardFate.UNKNOWN, reasons=("x-not-confirmed",), detail=detail, after=seen)

    def _silent(self, error: OSError) -> DriverError:
        busy = error.errno in _BUSY
        return DriverError(
            f"{self._device} does not answer: {_why(error)}.",
            fate=CardFate.NOT_FED,
            reasons=("x-busy" if busy else "offline",),
            cure="See that no other program uses it, and that the station may."
            if busy or error.errno in {errno.EACCES, errno.EPERM}
            else "See that it is on and connected; after an interrupted card switch it off and on.",
        )

    def _in_doubt(self, error: OSError) -> DriverError:
        return DriverError(
            f"{self._device} was lost over a card: {_why(error)}.",
            fate=CardFate.UNKNOWN,
            reasons=("offline",),
            cure="Look at its path, tray and reject bin, then switch it off and on before the next card.",
        )


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
