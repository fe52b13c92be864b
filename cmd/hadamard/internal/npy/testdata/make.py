"""Makes the .npy and .npz files here, with NumPy. Run it in this directory.

Every array holds 0, 1, 2, … in C order (bools: whether odd, complex: n - nj),
so that a test knows the content from the shape.
"""

import zipfile

import numpy as np

DTYPES = ["bool"] + [f"{k}{n}" for k in ("int", "uint") for n in (8, 16, 32, 64)] + [
    "float16", "float32", "float64", "complex64", "complex128"]


def array(dtype, shape):
    n = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    if np.dtype(dtype).kind == "b":
        return (n % 2).astype(bool)
    if np.dtype(dtype).kind == "c":
        return (n - 1j * n).astype(dtype)
    return n.astype(dtype)


def save(name, a, version=None):
    with open(name, "wb") as f:
        np.lib.format.write_array(f, a, version=version)


for d in DTYPES:
    save(f"{d}.npy", array(d, (2, 3)))
    save(f"{d}-big.npy", array(np.dtype(d).newbyteorder(">"), (2, 3)))
for version in (1, 2, 3):
    save(f"version{version}.npy", array("float32", (2, 3)), version=(version, 0))
save("fortran.npy", np.asfortranarray(array("int16", (2, 3, 4))))
save("fortran-big.npy", np.asfortranarray(array(">i2", (2, 3, 4))))
save("scalar.npy", array("float64", ()))
save("empty.npy", array("float32", (3, 0, 2)))
save("rank32.npy", array("uint8", (1,) * 30 + (2, 3)))
save("growth.npy", array("uint8", (1000,)))

# Not NumPy's own: bytes other than 0 and 1 in a bool, and bfloat16 as the
# ml_dtypes package has it saved, which is 0, 1, 2 and 3 here.
np.save("bool-dirty.npy", np.array([0, 1, 2, 255, 0, 128], "u1"))
data = open("bool-dirty.npy", "rb").read()
open("bool-dirty.npy", "wb").write(data.replace(b"'|u1'", b"'|b1'"))
bf16 = np.array([0, 1, 2, 3], "f4").view("u4").__rshift__(16).astype("<u2")
np.save("bfloat16.npy", bf16)
data = open("bfloat16.npy", "rb").read()
open("bfloat16.npy", "wb").write(data.replace(b"'<u2'", b"'<V2'"))
np.save("void2.npy", bf16.view("V2"))

np.savez("stored.npz", a=array("float32", (2, 3)), b=array("bool", (4,)))
np.savez_compressed("deflated.npz", a=array("float32", (2, 3)), b=array("int64", (500,)))
np.savez("one.npz", array("uint8", (5,)))
with zipfile.ZipFile("zip64.npz", "w") as z, z.open("a.npy", "w", force_zip64=True) as f:
    np.save(f, array("float32", (2, 3)))
with zipfile.ZipFile("lzma.npz", "w", zipfile.ZIP_LZMA) as z, z.open("a.npy", "w") as f:
    np.save(f, array("float32", (2, 3)))
with zipfile.ZipFile("none.npz", "w") as z:
    z.writestr("readme.txt", "no arrays")
