#!/usr/bin/env python3
"""Prints how NumPy reads the headers of .npy files, the odd ones above all.

usage: headers.py > headers.json      (Debian's python3-numpy, 1.24)

One row for each header: the format's version, the header as latin-1 text, and what
NumPy makes of it: dtype, whether it is big-endian, shape and order, or null if that is an
error or a dtype that Hadamard does not have. Negative sizes and bools, which NumPy lets pass
at this stage, are errors too. TestHeaders compares.
"""

import io
import json
import random
import re
import struct
import warnings

import numpy as np
from numpy.lib import format as npy

DTYPES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128"
).split()

CODES = "? b B h H i I l L q Q p P e f d g F D G c O S U V M m a".split()
SIZES = "b1 b2 i1 i2 i3 i4 i8 i16 u1 u2 u4 u8 f1 f2 f3 f4 f8 f12 f16 c4 c8 c16 c32 S1 S7 U3 V3 M8 m8 M8[ns] O8".split()
NAMES = """bool bool_ bool8 int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64
complex64 complex128 float96 float128 complex192 complex256 byte ubyte short ushort intc uintc int int_ uint
long ulong longlong ulonglong intp uintp int0 uint0 half single double longdouble longfloat float float_
csingle cdouble clongdouble cfloat clongfloat singlecomplex complex complex_ longcomplex object object_ object0
str str_ str0 string string_ bytes bytes_ bytes0 unicode unicode_ void void0 datetime64 timedelta64 a
Float32 FLOAT32 Int8 float8 int24 uint3 unorm8 real integer number""".split()
ODD = """
f 4|f4 |f4_|f|f04|f+4|f-4|f4.0|f 4|f4a|4f|2f4|(2,)f4|f4,f4|f4, i2|ff4|<<f4|<|>|=||' '|f0|i0|f00004|F4|I4|B1|b01
<float32|=float32|>int8|!f4|@f4|^f4|*f4|f4<|float32 | float32|<f4 | <f4|<  f4|<f\t4|f\n4|<f+8|c+16|c016|u0x4|f99999999999999999999
""".strip("\n").replace("\n", "|").split("|")

DICT = "{'descr': %s, 'fortran_order': %s, 'shape': %s, }"


def headers():
    """Yields (version, header)."""
    for order in ("", "<", ">", "=", "|"):
        for code in CODES + SIZES:
            yield 1, DICT % (repr(order + code), "False", "(2, 3)")
    for name in NAMES + ODD:
        yield 1, DICT % (repr(name), "True", "(2,)")
    for literal in (
        "u'<f4'", "U'<f4'", "r'<f4'", "R'<f4'", "b'<f4'", "f'<f4'", "ur'<f4'", "rb'<f4'", "x'<f4'", "u '<f4'",
        '"<f4"', "'''<f4'''", '"""<f4"""', "'<' 'f4'", "'<'\n'f4'", "'<' u\"f4\"", "'<' b'f4'", "('<f4')", "(('<f4'))", "('<f4',)",
        "('<f4', ())", "('<f4', (2,))", "['<f4']", "[('x', '<f4')]", "{'x'}", "None", "4", "True", "'<f4'.x", "'<f4'[0]", "-'<f4'",
        r"'\x3cf4'", r"'\u003cf4'", r"'\U0000003cf4'", r"'\74f4'", r"'\074f4'", r"'\x3'", r"'\u3c'", r"'\U00110000'", r"'<\f4'", r"'<\q'",
        "'<f\\\n4'", "'<f\n4'", "'''<f\\\n4'''", "'''<f4", "'<f4", "'<f4\"", r"r'\x3cf4'", r"'<f4\'", r"r'<f4\''", "'<f4''", "''",
        "'<f4'#'<f8'\n", "'<f4' # comment, 'with': quotes\n", "'<f4'\f", "'<f4'\v", "'<f4'\xa0", "'<f4'\\\n", "'<f4' \\ \n", "'<f4'\r", "'<f4'\r\n",
        "'\xe9'", "'<f4' #\xe9\n", "'<f4' #\0\n", "'<f4\0'", "...", "1+2j", "lambda: 0", "`f4`",
    ):
        for version in (1, 3):
            yield version, DICT % (literal, "False", "(2, 3)")
    for shape in (
        "()", "(,)", "(2)", "(2,)", "(2,3)", "(2,3,)", "(2,,3)", "(2 3)", "[2]", "2,", "2", "((2),)", "((2,),)", "(2,)+(3,)", "(*(2,),)",
        "(+2,)", "(+ 2,)", "(++2,)", "(-2,)", "(- 2, )", "(-0,)", "(+0,)", "(~2,)", "(0,)", "(00,)", "(0_0,)", "(000_000,)", "(010,)", "(0_1,)",
        "(1_000,)", "(1__0,)", "(_1,)", "(1_,)", "(0x10,)", "(0X1f,)", "(0x_1f,)", "(0x1__f,)", "(0x,)", "(0o17,)", "(0O1_7,)", "(0o8,)", "(0b101,)", "(0B1_0,)", "(0b2,)",
        "(2.0,)", "(2.,)", "(.5,)", "(1e3,)", "(1E+3,)", "(1e,)", "(2j,)", "(2J,)", "(1.5j,)", "(1_0.5,)", "(.,)", "(True,)", "(False, 2)", "(None,)", "('2',)", "(true,)",
        "(2L,)", "(2L, 3L)", "(2 L,)", "(2l,)", "(2LL,)", "(2L3,)", "(0x10L,)", "(2.0L,)", "(L,)", "(+2L,)", "(2L", "(2\nL,)", "(True L,)",
        "(2 # two\n, 3)", "(2 # two)", "(\n2,\n\n3)", "(2,\\\n3)", "(2\f,\f3)", "(2\v,)", "(2;3)", "(2,3", "2,3)", "(2,3))", "(2,3]", "{2,3}", "{}", "set()",
        "(2and 3,)", "(2or 3,)", "(2if 1else 3,)", "(0_7,)", "(1.real,)", "(1 .real,)", "(1,\t2)", "(1,\r2)", "(9223372036854775807,)", "(9223372036854775808,)", "(-9223372036854775808,)",
        "(" + "9" * 400 + ",)", "(" * 50 + "2" + ")" * 50 + ",", "(" + "(" * 50 + "2" + ")" * 50 + ",)", "(" + "(" * 300 + "2" + ")" * 300 + ",)", "(" + "1," * 32 + ")",
    ):
        for version in (1, 2, 3):
            yield version, DICT % ("'<f4'", "False", shape)
    for order in ("True", "False", "0", "1", "None", "'True'", "true", "(True)", "(False,)", "+True", "-True", "not True", "bool()"):
        yield 1, DICT % ("'<f4'", order, "(2,)")
    one = DICT % ("'<f4'", "False", "(2,)")
    items = ("'descr': '<f4'", "'fortran_order': False", "'shape': (2,)")
    for text in (
        one, " " + one, "\t" + one, "\f" + one, "\n" + one, "\n " + one, " \n" + one, "\n\f" + one, "\n \f" + one, "#x\n" + one, "\\\n" + one, "\r" + one, "\ufeff" + one,
        one + "\n", one + " \n\n", one + "#x", one + "#x\n  \n", one + "\n {}", one + "\n{}", one + ";", one + ",", one + "+ {}", one + "\\\n", one + "\\", one + "\\ ", one + "\f", one + "\v", one + "\0",
        "(" + one + ")", "((" + one + "))", "(" + one + ",)", "[" + one + "]", "", " ", "\n", "#", "{", "}", "{}", "None", "dict(descr='<f4', fortran_order=False, shape=(2,))",
        "{" + ",".join(items) + "}", "{" + ",".join(items) + ",,}", "{," + ",".join(items) + "}", "{" + " ".join(items) + "}",
        "{" + ",".join(items[::-1]) + "}", "{" + ",".join(items[:2]) + "}", "{" + ",".join(items + ("'x': 1",)) + "}", "{" + ",".join(items + ("1: 2",)) + "}", "{" + ",".join(items + ("None: 2",)) + "}",
        "{" + ",".join(items + ("'descr': '<f8'",)) + "}", "{" + ",".join(("'descr': '<f8'",) + items) + "}", "{" + ",".join(("'descr': 2.5",) + items) + "}", "{" + ",".join(("'shape': [None, ..., {1}, b'x']",) + items) + "}",
        "{" + ",".join(("'shape': nothing",) + items) + "}", "{" + ",".join(items + ("'shape': (5,)", "'shape': (6, 7)", "'fortran_order': True")) + "}",
        "{" + ",".join(items + ("[]: 1",)) + "}", "{" + ",".join(items + ("**{}",)) + "}", "{" + ",".join(items + ("'x'",)) + "}", "{'descr', 'fortran_order', 'shape'}",
        "{u'descr': u'<f4', u'fortran_order': False, u'shape': (2L, 3L), }", "{'de' 'scr': '<f4', 'fortran_order': False, 'shape': (2,)}", "{'de\\x73cr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{('descr'): '<f4', 'fortran_order': False, 'shape': (2,)}", "{b'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "{'descr' : '<f4' , 'fortran_order'\n:\nFalse,'shape':(2,)\n}",
        "{'descr'= '<f4', 'fortran_order': False, 'shape': (2,)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,): }", "{'descr': , 'fortran_order': False, 'shape': (2,)}", "{descr: '<f4'}",
    ):
        for version in (1, 3):
            yield version, text
    yield from mutants([text for _, text in list(hand_written())], 300)


def hand_written():
    yield 1, DICT % ("'<f4'", "False", "(2, 3)")
    yield 1, DICT % ("u'|u1'", "True", "(2L, 0x3, +1)")
    yield 1, "{'shape':(),\"descr\":'''>c16''' # x\n,'fortran_order':False,'descr':r'?'}\n"


def mutants(texts, count):
    """Yields headers with a few characters changed."""
    rng = random.Random(1)
    pieces = list("{}()[],:'\"\\#+-_ \n\t\f\r0127xobLlujeErR<>=|?fiuc.") + ["True", "'descr'", "(2,)", "1_0", "0x", "''", "\\\n", "\\x4", "'''"]
    for _ in range(count):
        text = rng.choice(texts)
        for _ in range(rng.choice((1, 1, 2, 3))):
            i = rng.randrange(len(text) + 1)
            text = text[:i] + rng.choice(("", rng.choice(pieces), rng.choice(pieces))) + text[i + rng.choice((0, 1, 1)) :]
        yield rng.choice((1, 1, 3)), text


def read(version, text):
    """What NumPy makes of a header."""
    data = text.encode("utf-8" if version == 3 else "latin-1", errors="replace")
    length = struct.pack("<H" if version == 1 else "<I", len(data))
    try:
        shape, fortran, dtype = npy._read_array_header(io.BytesIO(length + data), (version, 0))
    except Exception:  # Python's parser, and NumPy behind it, raise of every kind
        return None
    if dtype.names or dtype.subdtype or dtype.name not in DTYPES or any(isinstance(n, bool) or not 0 <= n < 1 << 63 for n in shape):
        return None
    big = dtype.byteorder == ">"
    return {"dtype": dtype.name, "big": big, "shape": [int(n) for n in shape], "fortran": fortran}


def main():
    warnings.simplefilter("ignore")
    seen, rows = set(), []
    for version, text in headers():
        text = text.replace("\ufeff", "\xef\xbb\xbf") if version < 3 else text
        if (version, text) in seen or "V2" in text:  # bfloat16, which NumPy does not know
            continue
        if version < 3 and re.match("\r|\n *\f", text):
            continue  # over which NumPy trips as it removes the L of Python 2
        if version == 3 and re.search(r"\n[ \t\f]+\Z", text):
            continue  # blanks behind the last line, which Python does not like, and which do no harm
        seen.add((version, text))
        data = text.encode("utf-8" if version == 3 else "latin-1", errors="replace").decode("latin-1")
        rows.append(json.dumps({"version": version, "header": data, "want": read(version, text)}))
    print("[\n" + ",\n".join(rows) + "\n]")


if __name__ == "__main__":
    main()
