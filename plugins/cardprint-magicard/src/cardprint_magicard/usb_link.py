"""A printer on USB, through pyusb and libusb-1.0."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Any

from cardprint_magicard.link import Link

__all__ = ["VENDOR", "UsbLink", "find_printers"]

VENDOR = 0x0C1F
"""Magicard's vendor number."""
_CHUNK = 1 << 16
_PRINTERS = 7
"""USB's class of printers."""
_BULK = 2
_LANGUAGES_MISSING = ValueError
"""What pyusb raises where a device tells no texts, most often for want of the right to ask."""


def find_printers(library: str, *, vendor: int = VENDOR, product: int | None = None) -> Iterator[tuple[str, str]]:
    """Give number (``0c1f:1800``) and serial (empty: not told) of each device of a maker; raise OSError."""
    for device in _devices(library, vendor, product):
        yield f"{device.idVendor:04x}:{device.idProduct:04x}", _serial(device)


class UsbLink(Link):
    """Hold a printer's interface, which nobody else can use meanwhile."""

    def __init__(self, library: str, vendor: int, product: int, serial: str) -> None:
        import usb.core  # noqa: PLC0415 - only who prints by USB needs it
        import usb.util  # noqa: PLC0415

        self._usb: Any = usb
        found = [each for each in _devices(library, vendor, product) if not serial or _serial(each) == serial]
        if len(found) != 1:
            raise OSError(errno.ENODEV, f"{len(found)} such printers are on USB")
        self._device = found[0]
        try:
            self._take()
        except Exception:
            self.close()
            raise

    def send(self, data: bytes, timeout: float) -> int:
        """Send some of the bytes."""
        with _Translated(self._usb):
            return int(self._out.write(data[:_CHUNK], _milliseconds(timeout)))

    def receive(self, size: int, timeout: float) -> bytes:
        """Give what is there; a packet without bytes is nothing yet."""
        with _Translated(self._usb):
            heard = bytes(self._in.read(max(size, self._in.wMaxPacketSize), _milliseconds(timeout)))
        if not heard:
            raise TimeoutError(errno.ETIMEDOUT, "an empty packet")
        return heard

    def close(self) -> None:
        """Give the interface back."""
        self._usb.util.dispose_resources(self._device)

    def _take(self) -> None:
        with _Translated(self._usb):
            interface = next(
                (each for each in self._device.get_active_configuration() if each.bInterfaceClass == _PRINTERS), None
            )
            if interface is None:
                raise OSError(errno.ENODEV, "it has no printer's interface")
            number = interface.bInterfaceNumber
            # usblp, Linux's own driver for printers, lets nobody else in.
            if self._device.is_kernel_driver_active(number):
                self._device.detach_kernel_driver(number)
            self._usb.util.claim_interface(self._device, number)
            bulk = [each for each in interface if self._usb.util.endpoint_type(each.bmAttributes) == _BULK]
            inward = [each for each in bulk if each.bEndpointAddress & self._usb.util.ENDPOINT_IN]
            outward = [each for each in bulk if each not in inward]
            if not inward or not outward:
                raise OSError(errno.ENODEV, "it has no way in or none back")
            self._in, self._out = inward[0], outward[0]


class _Translated:
    """Let pyusb's errors leave as what they are in Python's own tree."""

    def __init__(self, usb: Any) -> None:  # noqa: ANN401 - pyusb ships no types
        self._usb = usb

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, _traceback: object) -> None:
        """Translate."""
        if isinstance(error, self._usb.core.USBTimeoutError):
            raise TimeoutError(errno.ETIMEDOUT, str(error.strerror)) from error
        if isinstance(error, NotImplementedError):
            raise OSError(errno.ENOSYS, "libusb cannot do this here") from error


def _devices(library: str, vendor: int, product: int | None) -> list[Any]:
    import usb.backend.libusb1  # noqa: PLC0415 - only who prints by USB needs it
    import usb.core  # noqa: PLC0415

    backend = usb.backend.libusb1.get_backend(find_library=(lambda _: library) if library else None)
    if backend is None:
        raise OSError(errno.ENOSYS, "libusb-1.0 is missing, or sees no USB here")
    wanted = {"idVendor": vendor} | ({} if product is None else {"idProduct": product})
    return list(usb.core.find(find_all=True, backend=backend, **wanted))


def _serial(device: Any) -> str:  # noqa: ANN401 - pyusb ships no types
    try:
        return device.serial_number or ""
    except (OSError, _LANGUAGES_MISSING):
        return ""


def _milliseconds(timeout: float) -> int:
    # Zero is libusb's word for ever.
    return max(1, int(timeout * 1000))
