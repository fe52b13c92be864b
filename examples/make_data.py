#!/usr/bin/env python3
"""Makes the sample data of this folder.

    python3 make_data.py ORIGINAL.jpg

ORIGINAL.jpg is the photograph that README.md names. The script writes, beside
itself:

    photo.jpg    the photograph, scaled to 768 x 520
    mask.png     two levels: white on the bowl, black elsewhere
    signal.npy   complex64 (8, 4096): eight channels of QPSK symbols and noise
    carrier.npy  complex64 (4096,): a complex tone for all of them
    recording.cs16  int16 I/Q, 4096 samples: a tone 256 cycles below 0, and noise

It needs NumPy and Pillow (Debian: python3-numpy, python3-pil).
"""

import pathlib
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

HERE = pathlib.Path(__file__).parent
SIZE = (768, 520)
CHANNELS, SAMPLES = 8, 4096


def photo(original):
    """The photograph, scaled down and without metadata."""
    with Image.open(original) as image:
        return image.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)


def silhouette(image):
    """White where the bowl is: the red region, with the fig's hole filled."""
    rgb = np.asarray(image, dtype=np.int32)
    red = (rgb[..., 0] > rgb[..., 1] + 45) & (rgb[..., 0] > rgb[..., 2] + 45)
    mask = Image.fromarray(np.where(red, 255, 0).astype(np.uint8))
    for smooth in (ImageFilter.MaxFilter(5), ImageFilter.MinFilter(5), ImageFilter.MedianFilter(9)):
        mask = mask.filter(smooth)
    # Keep the region that holds the centre, then fill what the outside cannot reach.
    centre = (SIZE[0] * 7 // 10, SIZE[1] // 3)
    ImageDraw.floodfill(mask, centre, 128)
    outside = Image.new("L", (SIZE[0] + 2, SIZE[1] + 2), 0)
    outside.paste(mask.point(lambda v: 128 if v == 128 else 0), (1, 1))
    ImageDraw.floodfill(outside, (0, 0), 255)
    filled = outside.crop((1, 1, SIZE[0] + 1, SIZE[1] + 1)).point(lambda v: 0 if v == 255 else 255)
    return filled.convert("1", dither=Image.Dither.NONE)


def signal(rng):
    """QPSK symbols, 16 samples each, one amplitude per channel, some noise."""
    symbols = rng.integers(0, 4, (CHANNELS, SAMPLES // 16))
    phase = np.repeat(np.pi / 4 + np.pi / 2 * symbols, 16, axis=1)
    amplitude = np.linspace(0.25, 1.0, CHANNELS)[:, None]
    noise = rng.normal(0, 0.01, (2, CHANNELS, SAMPLES))
    return (amplitude * np.exp(1j * phase) + noise[0] + 1j * noise[1]).astype(np.complex64)


def carrier():
    """A tone of exactly 256 cycles in 4096 samples, unit amplitude."""
    return np.exp(2j * np.pi * 256 * np.arange(SAMPLES) / SAMPLES).astype(np.complex64)


def recording(rng):
    """What a receiver of 16 bits saves: a tone of -256 cycles, an eighth of full scale, noise."""
    tone = 4096 * np.exp(-2j * np.pi * 256 * np.arange(SAMPLES) / SAMPLES)
    parts = np.stack([tone.real, tone.imag], axis=-1) + rng.normal(0, 200, (SAMPLES, 2))
    return np.rint(parts).astype("<i2")


def main(original):
    image = photo(original)
    image.save(HERE / "photo.jpg", quality=90, subsampling=0, optimize=True)
    silhouette(image).save(HERE / "mask.png", optimize=True)
    np.save(HERE / "signal.npy", signal(np.random.default_rng(2024)))
    np.save(HERE / "carrier.npy", carrier())
    recording(np.random.default_rng(2026)).tofile(HERE / "recording.cs16")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
