"""Makes the small pictures of this folder and their reference pixels: python3 make.py (Pillow 13, pillow-heif 1.8, imageio-ffmpeg 0.6, NumPy).

Every picture shows the same made-up scene of 37 x 29 pixels. want/NAME.EXT.png holds the pixels as Pillow (libjpeg-turbo,
libwebp, libtiff) decodes them, upright, in RGB and over white.
"""
import io
import os
import struct
import subprocess

import imageio_ffmpeg
import numpy as np
import pillow_heif
from PIL import Image, ImageOps

pillow_heif.register_heif_opener()

W, H = 37, 29
os.makedirs("want", exist_ok=True)


def scene():
    y, x = np.mgrid[0:H, 0:W].astype(float)
    r = 40 + 190 * x / W
    g = 128 + 100 * np.sin(x / 5) * np.cos(y / 7)
    b = 220 - 180 * y / H
    a = np.stack([r, g, b], -1)
    a[4:12, 5:15] = (230, 40, 30)  # a hard edge in a corner, so that every orientation differs
    a[20:24, 22:34] = (20, 60, 200)
    return np.clip(a, 0, 255).astype(np.uint8)


RGB = Image.fromarray(scene())
ALPHA = np.dstack([scene(), np.linspace(0, 255, W * H).reshape(H, W).astype(np.uint8)])


def white(im):
    im = im.convert("RGBA")
    ground = Image.new("RGBA", im.size, (255, 255, 255, 255))
    return Image.alpha_composite(ground, im).convert("RGB")


def keep(name, data, want=None):
    with open(name, "wb") as f:
        f.write(data)
    if want is None:
        want = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        want = white(want) if want.mode in ("RGBA", "LA", "PA", "P") else want.convert("RGB")
    want.save("want/" + name + ".png", optimize=True)


def save(name, im, want=None, **kw):
    b = io.BytesIO()
    im.save(b, **kw)
    keep(name, b.getvalue(), want)


for s, n in ((0, "444"), (1, "422"), (2, "420")):
    save(f"jpeg{n}.jfif", RGB, format="JPEG", quality=90, subsampling=s)
save("progressive.jfif", RGB, format="JPEG", quality=85, progressive=True)
save("grey.jfif", RGB.convert("L"), format="JPEG", quality=90)
save("restart.jfif", RGB, format="JPEG", quality=90, restart_marker_blocks=1)
save("cmyk.jfif", RGB.convert("CMYK"), format="JPEG", quality=95)
for o in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = o
    save(f"exif{o}.jfif", RGB, format="JPEG", quality=90, exif=exif)
exif = Image.Exif()
exif[0x0112] = 6
save("exif6png.png", RGB, format="PNG", exif=exif)
save("exif6webp.webp", RGB, format="WEBP", lossless=True, exif=exif)
save("exif6tiff.tif", RGB, format="TIFF", exif=exif)

save("rgb.png", RGB, format="PNG")
save("alpha.png", Image.fromarray(ALPHA), format="PNG")
save("greyalpha.png", Image.fromarray(ALPHA).convert("LA"), format="PNG")
save("palette.png", RGB.quantize(16), format="PNG")
grey16 = Image.fromarray((scene()[..., 1].astype(np.uint16) * 257))
save("grey16.png", grey16, want=Image.fromarray(scene()[..., 1]).convert("RGB"), format="PNG")
save("bit.png", RGB.convert("1"), format="PNG")
save("one.png", RGB.crop((7, 7, 8, 8)), format="PNG")
save("one.jfif", RGB.crop((7, 7, 8, 8)), format="JPEG", quality=95)
save("interlaced.gif", RGB.quantize(32), format="GIF", interlace=1)
save("two.gif", RGB.quantize(32), format="GIF", save_all=True, append_images=[Image.new("P", (W, H))])
save("rgb.bmp", RGB, format="BMP")
save("palette.bmp", RGB.quantize(16), format="BMP")
for c in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits"):
    save(f"{c or 'raw'}.tif", RGB, format="TIFF", compression=c)
save("grey16.tif", grey16, want=Image.fromarray(scene()[..., 1]).convert("RGB"), format="TIFF")
save("cmyk.tif", RGB.convert("CMYK"), format="TIFF")
save("lossy.webp", RGB, format="WEBP", quality=90)
save("lossless.webp", RGB, format="WEBP", lossless=True)
save("alpha.webp", Image.fromarray(ALPHA), format="WEBP", quality=90)

# YCCK, as Photoshop writes it: a CMYK file whose Adobe marker says transform 2. Pillow writes only CMYK, inverting
# every plane; so the colour planes are converted here and handed over inverted, and the marker is changed afterwards.
cmyk = np.asarray(RGB.convert("CMYK")).astype(float)
c, m, y = (cmyk[..., i] for i in range(3))
yy = 0.299 * c + 0.587 * m + 0.114 * y
cb = 128 + (y - yy) / 1.772
cr = 128 + (c - yy) / 1.402
ycck = np.clip(np.round(np.stack([255 - yy, 255 - cb, 255 - cr, cmyk[..., 3]], -1)), 0, 255).astype(np.uint8)
b = io.BytesIO()
Image.fromarray(ycck, "CMYK").save(b, format="JPEG", quality=95)
data = bytearray(b.getvalue())
i = data.index(b"Adobe")
assert struct.unpack(">H", data[i - 2:i])[0] == 14
data[i + 11] = 2
keep("ycck.jfif", bytes(data))

# HEIC and AVIF turn themselves upright by irot and imir, which both writers make of EXIF's word; in the HEIC files that
# stands in EXIF too, where it must not count once more.
for o in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = o
    turned = RGB.copy()
    turned.getexif()[0x0112] = o
    turned = ImageOps.exif_transpose(turned)
    save(f"turn{o}.heic", RGB, want=turned, format="HEIF", quality=95, chroma=444, exif=exif.tobytes())
    save(f"turn{o}.avif", RGB, want=turned, format="AVIF", quality=95, subsampling="4:4:4", exif=exif)
deep = np.repeat(np.repeat(scene(), 2, 0), 2, 1).astype(np.uint16) * 257
for n, chroma in (("444", 444), ("420", 420)):
    h = pillow_heif.from_bytes(mode="RGB;16", size=(2 * W, 2 * H), data=deep.tobytes())
    b = io.BytesIO()
    h.save(b, quality=95, chroma=chroma)
    keep(f"deep{n}.heic", b.getvalue(), RGB.resize((2 * W, 2 * H), Image.NEAREST))
big = RGB.resize((4 * W, 4 * H), Image.BICUBIC)
save("soft420.heic", big, want=big, format="HEIF", quality=95, chroma=420)
save("soft420.avif", big, want=big, format="AVIF", quality=95, subsampling="4:2:0")
for n in ("444", "420"):  # Pillow writes no AVIF of 10 bits
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-i", "want/soft420.avif.png",
                    "-frames:v", "1", "-c:v", "libaom-av1", "-still-picture", "1", "-crf", "8", "-cpu-used", "6",
                    "-pix_fmt", f"yuv{n}p10le", "-color_range", "pc", "-vf",
                    "scale=out_range=full:out_color_matrix=bt709", "-colorspace", "bt709", f"deep{n}.avif"], check=True)
    with open(f"deep{n}.avif", "rb") as f:
        keep(f"deep{n}.avif", f.read(), big)
save("grey.heic", RGB.convert("L"), format="HEIF", quality=95)
save("grey.avif", RGB.convert("L"), want=RGB.convert("L").convert("RGB"), format="AVIF", quality=95)
save("alpha.avif", Image.fromarray(ALPHA), want=white(Image.fromarray(ALPHA)), format="AVIF", quality=95)

# Animations: the first picture counts.
save("animated.webp", RGB, want=RGB, format="WEBP", lossless=True, save_all=True,
     append_images=[Image.new("RGB", (W, H))])
