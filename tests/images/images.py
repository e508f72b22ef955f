#!/usr/bin/python3
"""What Pillow and torchvision make of image files, to compare cef with.

images.py samples DIR      writes the sample files (they are in samples/)
images.py record DIR       prints a few values of every image as JSON (expected.json)
images.py whole OUT FILE…  writes all pixels of every image: OUT/INDEX-WAY.rgb, or OUT/INDEX.error
"""
import json
import os
import struct
import sys
import zlib

from PIL import Image, ImageFile
import torch
from torchvision import transforms
from torchvision.datasets.folder import pil_loader

# As WAYS in images_test.cpp: resize, crop, interpolation.
WAYS = [(0, 0, "bilinear"), (256, 224, "bilinear"), (255, 240, "bicubic"), (20, 33, "bilinear"), (288, 7, "bicubic")]
POINTS = 12


def transform(way):
    resize, crop, interpolation = way
    if crop == 0:
        return transforms.Compose([])
    mode = transforms.InterpolationMode(interpolation)
    return transforms.Compose([transforms.Resize(resize, interpolation=mode), transforms.CenterCrop(crop)])


def tensor(image):
    normalise = transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    return normalise(transforms.ToTensor()(image))


def points(width, height):
    """The same positions as in images_test.cpp: a linear congruential generator."""
    state = 1
    for _ in range(POINTS):
        state = (state * 1103515245 + 12345) % 2**31
        x = (state >> 8) % width
        state = (state * 1103515245 + 12345) % 2**31
        yield x, (state >> 8) % height


def record_one(path, way):
    image = transform(way)(pil_loader(path))
    width, height = image.size
    pixels = [list(image.getpixel(at)) for at in points(width, height)]
    whole = tensor(image)
    values = [round(float(whole[c, y, x]), 6) for x, y in list(points(width, height))[:2] for c in range(3)]
    mean = [round(float(m), 4) for m in (whole.mean(dim=(1, 2)))]
    return {"way": list(way), "width": width, "height": height, "pixels": pixels, "tensor": values, "tensor_mean": mean}


def record(folder):
    out = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        try:
            out[name] = [record_one(path, way) for way in WAYS if name != "large.png" or way[1]]
        except Exception as error:  # what torchvision's loader throws, whatever it is
            out[name] = {"fails": type(error).__name__}
    print("{")
    print(",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in out.items()))
    print("}")


def whole(out, files):
    for index, path in enumerate(files):
        for number, way in enumerate(WAYS):
            try:
                image = transform(way)(pil_loader(path))
            except Exception as error:
                with open(os.path.join(out, f"{index}.error"), "w") as file:
                    file.write(f"{type(error).__name__}: {error}")
                break
            with open(os.path.join(out, f"{index}-{number}.rgb"), "wb") as file:
                file.write(struct.pack("<ii", image.height, image.width) + image.tobytes())


def scene(width, height, seed=1):
    """Gradients, edges and noise: something for the filters to do."""
    state = seed
    data = bytearray()
    for y in range(height):
        for x in range(width):
            state = (state * 1103515245 + 12345) % 2**31
            noise = (state >> 16) % 23
            box = 90 if (x // 13 + y // 17) % 2 else 0
            data += bytes((min(255, x * 200 // width + noise), min(255, box + y * 140 // height + noise),
                           (x * 5 + y * 3 + noise) % 256))
    return Image.frombytes("RGB", (width, height), bytes(data))


def png(width, height, bits, colour, rows, extra=b"", interlaced=0):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    raw = b"".join(b"\0" + row for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)) +
            extra + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def samples(folder):
    def write(name, data):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)

    def jpeg(name, image, **options):
        image.save(os.path.join(folder, name), "JPEG", **options)
        return open(os.path.join(folder, name), "rb").read()

    photo = scene(261, 197)
    plain = jpeg("420.jpg", photo, quality=80, subsampling=2)
    jpeg("422.jpg", photo, quality=80, subsampling=1)
    jpeg("444.jpg", photo, quality=80, subsampling=0)
    jpeg("progressive.jpg", photo, quality=75, progressive=True)
    jpeg("grey.jpg", photo.convert("L"), quality=80)
    exif = Image.Exif()
    exif[0x0112] = 6
    jpeg("exif-rotated.jpg", photo, quality=60, exif=exif)
    cmyk = jpeg("cmyk.jpg", scene(120, 75).convert("CMYK"), quality=85)
    adobe = cmyk.index(b"Adobe") - 4
    length = struct.unpack(">H", cmyk[adobe + 2:adobe + 4])[0]
    write("cmyk-not-adobe.jpg", cmyk[:adobe] + cmyk[adobe + 2 + length:])
    flag = adobe + 2 + length - 1
    write("ycck.jpg", cmyk[:flag] + b"\2" + cmyk[flag + 1:])
    jpeg("1x1.jpg", scene(1, 1))
    jpeg("1x1000.jpg", scene(1, 1000), quality=90)
    jpeg("1000x1.jpg", scene(1000, 1), quality=90)
    jpeg("small.jpg", scene(37, 29), quality=90)
    jpeg("wide.jpg", scene(523, 64), quality=60)
    jpeg("tall.jpg", scene(95, 311), quality=60)
    write("truncated.jpg", plain[:len(plain) // 2])
    write("no-end.jpg", plain[:-2])
    write("only-head.jpg", plain[:200])
    write("more-behind.jpg", plain + b"and so on" * 9)
    middle = len(plain) * 2 // 3
    write("corrupt-data.jpg", plain[:middle] + b"\xff\xc4\x12\x34" * 3 + plain[middle + 12:])
    write("marker-in-data.jpg", plain[:middle] + b"\xff\xd9" + plain[middle + 2:])
    write("garbage-in-data.jpg", plain[:middle] + bytes((i * 37) % 250 for i in range(60)) + plain[middle + 60:])
    write("zero.jpg", b"")
    write("text.jpg", b"this is not a picture\n")
    write("bmp.jpg", b"BM" + bytes(60))
    frame = plain.index(b"\xff\xc0")
    write("huge.jpg", plain[:frame + 5] + struct.pack(">HH", 60000, 60000) + plain[frame + 9:])

    small = scene(41, 27)
    small.save(os.path.join(folder, "rgb.png"))
    small.save(os.path.join(folder, "png-named.jpg"), "PNG")
    small.convert("L").save(os.path.join(folder, "grey.png"))
    small.convert("1").save(os.path.join(folder, "1-bit.png"))
    alpha = small.convert("RGBA")
    alpha.putalpha(small.convert("L"))
    alpha.save(os.path.join(folder, "alpha.png"))
    alpha.convert("LA").save(os.path.join(folder, "grey-alpha.png"))
    small.quantize(200).save(os.path.join(folder, "palette.png"))
    small.quantize(13).save(os.path.join(folder, "palette-4-bit.png"))
    small.quantize(20).save(os.path.join(folder, "palette-transparent.png"), transparency=bytes(range(0, 200, 10)))
    deep = [bytes((x * 7 + y * 3 + b * 31) % 256 for x in range(19) for b in range(6)) for y in range(11)]
    write("16-bit-rgb.png", png(19, 11, 16, 2, deep))
    write("16-bit-rgba.png", png(19, 11, 16, 6, [row + row[:38] for row in deep]))
    write("16-bit-grey.png", png(19, 11, 16, 0, [struct.pack(">19H", *[(x * 53 + y * 11) % 400 for x in range(19)])
                                                 for y in range(11)]))
    write("16-bit-grey-alpha.png", png(19, 11, 16, 4, [row[:76] for row in deep]))
    write("2-bit-grey.png", png(19, 11, 2, 0, [bytes((x * 57 + y * 31) % 256 for x in range(5)) for y in range(11)]))
    palette = bytes(range(30, 60))
    write("palette-beyond.png", png(19, 11, 8, 3, [bytes((x + y) % 40 for x in range(19)) for y in range(11)],
                                    chunk(b"PLTE", palette)))
    write("grey-transparent.png", png(19, 11, 8, 0, [bytes((x * 9 + y) % 256 for x in range(19)) for y in range(11)],
                                      chunk(b"tRNS", b"\0\x24")))
    good = open(os.path.join(folder, "rgb.png"), "rb").read()
    write("truncated.png", good[:len(good) // 2])
    write("huge.png", good[:16] + struct.pack(">II", 60000, 60000) + good[24:29] +
          struct.pack(">I", zlib.crc32(good[12:16] + struct.pack(">II", 60000, 60000) + good[24:29])) + good[33:])
    write("large.png", png(12000, 1000, 1, 0, [bytes((y + x) % 256 for x in range(1500)) for y in range(1000)]))


def main():
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    torch.set_num_threads(1)
    if sys.argv[1] == "samples":
        samples(sys.argv[2])
    elif sys.argv[1] == "record":
        record(sys.argv[2])
    else:
        whole(sys.argv[2], sys.argv[3:])


main()
