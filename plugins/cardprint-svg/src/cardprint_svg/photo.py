"""Photos: bounded, turned upright, in sRGB, cropped; nothing but pixels goes on."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from PIL import Image, ImageCms, ImageDraw, ImageOps

from cardprint.errors import RenderError

__all__ = ["FORMATS", "open_photo", "silhouette"]

FORMATS = ("JPEG", "PNG", "WEBP", "JPEG2000")
_BYTES, _PIXELS = 10 << 20, 40_000_000
_MOST_CROPPED = 0.45
"""Share of a photo that cropping may take away."""
_BETTER = "Import it again with a JPEG, PNG, WebP or JPEG 2000 of at most 10 MiB and 40 million pixels."


def open_photo(path: Path, size: tuple[int, int], *, field: str, whole: bool = False) -> Image.Image:
    """Give a photo that fills a place of a size in pixels, RGB; ``whole``: on white, and nothing cropped.

    RenderError where it does not serve.
    """
    if not path.is_file():
        raise _refuse("x-photo-missing", "is not in the station's folder", field)
    if path.stat().st_size > _BYTES:
        raise _refuse("x-photo-unreadable", "is too large a file", field)
    picture = _read(path, size, field)
    if picture.width < size[0] // 3 or picture.height < size[1] // 3:
        raise _refuse("x-photo-too-small", f"is too small ({picture.width} x {picture.height} pixels)", field)
    if whole:
        return ImageOps.pad(picture, size, Image.Resampling.BICUBIC, color="white")
    mine, wanted = picture.width / picture.height, size[0] / size[1]
    if 1 - min(mine / wanted, wanted / mine) > _MOST_CROPPED:
        raise _refuse("x-photo-proportions", "is too wide or too tall for its place", field)
    return ImageOps.fit(picture, size, Image.Resampling.BICUBIC, centering=(0.5, 0.4))


def silhouette(size: tuple[int, int]) -> Image.Image:
    """Draw nobody's portrait to fill a place of a size in pixels, RGB."""
    # At twice its size, so that its edges are smooth.
    width, height = 2 * size[0], 2 * size[1]
    picture = Image.new("RGB", (width, height), (222, 230, 231))
    draw = ImageDraw.Draw(picture)
    ink = (98, 108, 124)
    draw.ellipse((width * 0.06, height * 0.64, width * 0.94, height * 1.46), fill=ink)
    draw.ellipse((width * 0.26, height * 0.2, width * 0.74, height * 0.64), fill=ink)
    return picture.resize(size, Image.Resampling.LANCZOS)


def _read(path: Path, size: tuple[int, int], field: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as opened:
                if opened.width * opened.height > _PIXELS:
                    raise _refuse("x-photo-unreadable", "has too many pixels", field)
                # A JPEG can be read at a half, a quarter or an eighth: still twice as fine as its place, either way up.
                opened.draft(None, (2 * max(size), 2 * max(size)))
                opened.load()
                ImageOps.exif_transpose(opened, in_place=True)
                return _to_srgb(opened, field)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refuse("x-photo-unreadable", f"cannot be read ({type(error).__name__})", field) from None


def _to_srgb(picture: Image.Image, field: str) -> Image.Image:
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith(("I", "F")):
        if picture.mode == "F":
            raise _refuse("x-photo-colours", "has colours of no known range", field)
        # 16 bits a pixel; Pillow's own conversion cuts all above 255 off.
        picture = picture.convert("I").point(lambda level: level / 256).convert("L")
    if "A" in picture.getbands() or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        picture = Image.new("RGB", picture.size, "white")
        picture.paste(clear, mask=clear)
    if profile:
        if picture.mode not in {"RGB", "L", "CMYK"}:
            picture = picture.convert("RGB")
        try:
            source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            turned = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            turned = None
        if turned is None:
            raise _refuse("x-photo-colours", "has a colour profile that cannot be converted", field)
        return turned
    if picture.mode == "CMYK":
        raise _refuse("x-photo-colours", "has printing colours (CMYK) without a profile", field)
    return picture.copy() if picture.mode == "RGB" else picture.convert("RGB")


def _refuse(rule: str, what: str, field: str) -> RenderError:
    return RenderError(f"the photo {field!r} {what}; no blank was touched.", rule=rule, field=field, cure=_BETTER)
