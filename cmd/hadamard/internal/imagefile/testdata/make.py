#!/usr/bin/env python3
"""Writes the pictures of this folder that Go has no encoder for: run it in the folder, with Pillow.

Each is 24 x 16 pixels of red 10x, green 15y and blue 5(x + y), in the alpha 255 - 10y, or of what is said below.
"""
import numpy as np
from PIL import Image

y, x = np.mgrid[:16, :24]
rgb = np.dstack([x * 10, y * 15, (x + y) * 5]).astype('u1')
rgba = np.dstack([rgb, 255 - y * 10]).astype('u1')
im, clear = Image.fromarray(rgb), Image.fromarray(rgba)
turned = Image.Exif()
turned[274] = 6
im.save('lossy.webp', quality=95)
clear.save('lossy-alpha.webp', quality=95)
im.save('lossless.webp', lossless=True)
clear.save('lossless-alpha.webp', lossless=True)
# The extended format around a lossless picture with alpha.
clear.save('turned.webp', lossless=True, exif=turned.tobytes())
# Black and white: white where x is above y.
fax = Image.fromarray(((x > y) * 255).astype('u1')).convert('1')
fax.save('group4.tif', compression='group4')
# Cyan, magenta, yellow and black, by their complements the same colours; one has cyan at twice the resolution.
cmyk = Image.fromarray(np.dstack([255 - rgb, 0 * x]).astype('u1'), 'CMYK')
cmyk.save('cmyk.jpg', quality=95, subsampling=0)
cmyk.save('cmyk-subsampled.jpg', quality=95, subsampling=1)
# A larger one, of red 3x, green 5y and blue x + y, and the same with restarts:
# jpegtran -restart 1B -outfile cmyk-restarts.jpg cmyk-large.jpg
y, x = np.mgrid[:48, :64]
large = 255 - np.dstack([x * 3, y * 5, x + y, 255 + 0 * x]).astype('u1')
Image.fromarray(large, 'CMYK').save('cmyk-large.jpg', quality=80, subsampling=2)
# That one cropped, in several scans: progressive, and sequential with one for cyan and yellow.
# jpegtran -crop 55x39+0+0 -progressive -outfile cmyk-progressive.jpg cmyk-large.jpg
# jpegtran -crop 55x39+0+0 -progressive -restart 3B -outfile cmyk-progressive-restarts.jpg cmyk-large.jpg
# echo '1; 0 2; 3;' >scans
# jpegtran -crop 55x39+0+0 -scans scans -restart 2B -outfile cmyk-scans.jpg cmyk-large.jpg
# Red 3x, green 5y and blue x + y, the same progressively, and with colours of less resolution down:
# jpegtran -progressive -restart 5B -outfile colours-restarts.jpg colours.jpg
# cjpeg -sample 2x4,1x1,1x1 -quality 90 -outfile colours-rare.jpg colours.ppm
colours = Image.fromarray(255 - large[:39, :55, :3])
colours.save('colours.jpg', quality=90, subsampling=2)
colours.save('colours.ppm')
