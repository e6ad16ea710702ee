"""Uploaded pictures, read with suspicion and rewritten: only the pixels of the file remain."""

import io
import warnings

from PIL import Image, ImageOps

from core.uploads.exceptions import NotAPicture

MAX_BYTES = 1024 * 1024
# More than any logo needs; a small file can claim to be much larger than memory.
MAX_PIXELS = 4_000_000
_FORMATS = ("PNG", "JPEG", "WEBP")
_SIZE = (480, 160)


def logo(content: bytes) -> bytes:
    """Return the picture as a PNG of at most 480 by 160 pixels. Raises NotAPicture.

    Its size is read from the header, and nothing is unpacked that is too large or moves.
    """
    if len(content) > MAX_BYTES:
        raise NotAPicture()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                if opened.width * opened.height > MAX_PIXELS or getattr(opened, "n_frames", 1) > 1:
                    raise NotAPicture()
                upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning) as error:
        raise NotAPicture() from error
    upright.thumbnail(_SIZE)
    # Pixels alone go over: comments, profiles and thumbnails stay behind.
    clean = Image.new("RGBA", upright.size)
    clean.paste(upright)
    written = io.BytesIO()
    clean.save(written, "PNG", optimize=True)
    return written.getvalue()
