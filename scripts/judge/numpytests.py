#!/usr/bin/env python3
"""Runs NumPy's own tests with this library's loops in place of those of np.multiply.

    numpytests.py LIBRARY [FILE...]

A test that passes as NumPy is, and fails so, is printed, and fails the run. The last lines say how
many calls reached the loops. It needs NumPy 1.24 with its tests, python3-pytest and
python3-hypothesis.
"""

import ctypes
import os
import pathlib
import subprocess
import sys

FILES = "test_ufunc test_mem_overlap test_half test_umath test_umath_complex test_nep50_promotions test_casting_floatingpoint_errors test_numeric".split()


class Reports:
    """Which tests passed and failed, told by pytest."""

    def __init__(self):
        self.failed, self.passed = set(), 0

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.when == "call" and report.passed:
            self.passed += 1


def replace(library):
    """Puts the loops in their places."""
    import numpy as np

    lib = ctypes.CDLL(library)
    lib.Loop.restype = ctypes.c_void_p
    lib.Theirs.argtypes = [ctypes.c_int, ctypes.c_void_p]
    capsule = getattr(np, "_core", np.core)._multiarray_umath._UFUNC_API
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    api = ctypes.cast(get(capsule, None), ctypes.POINTER(ctypes.c_void_p))
    swap = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_void_p, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_void_p))(api[30])
    for place, code in enumerate("?bBhHiIlLefdFD"):
        dtype = np.dtype(code)
        loop, theirs = lib.Loop(place, dtype.str.encode()), ctypes.c_void_p()
        if swap(np.multiply, loop, (ctypes.c_int * 3)(*[dtype.num] * 3), ctypes.byref(theirs)) != 0:
            sys.exit(f"np.multiply has no loop of {dtype}")
        lib.Theirs(place, theirs)
    return lib


def run(files, library):
    """Runs tests in this process and prints what failed, a line each, then a line of numbers."""
    import pytest

    lib = replace(library) if library else None
    reports = Reports()
    pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", "--tb=short", *files], plugins=[reports])
    reached = (ctypes.c_int64 * 3)()
    if lib:
        lib.Reached(reached)
    for name in sorted(reports.failed):
        print("FAILED:", name)
    print("DONE:", reports.passed, *reached)


def main():
    if sys.argv[1] == "-run":
        run(sys.argv[3:], sys.argv[2])
        return
    import numpy as np

    folder = pathlib.Path(np.__file__).parent / "core" / "tests"
    files = [str(folder / (name.removesuffix(".py") + ".py")) for name in sys.argv[2:] or FILES]
    files = [f for f in files if os.path.exists(f)]
    results = {}
    for library in ("", os.path.abspath(sys.argv[1])):
        done = subprocess.run([sys.executable, "-B", __file__, "-run", library, *files], capture_output=True, text=True, cwd="/")
        lines = done.stdout.splitlines()
        failed = {line.split(" ", 1)[1] for line in lines if line.startswith("FAILED: ")}
        numbers = [line.split()[1:] for line in lines if line.startswith("DONE: ")]
        if not numbers:
            sys.exit(f"the tests did not come to an end:\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}")
        results[library] = failed, [int(n) for n in numbers[0]], done.stdout
    (before, (passed, *_), _), (after, (ours, calls, elements, left), text) = results.values()
    wrong = sorted(after - before)
    if wrong:
        print(text[-20000:])
        print("fail with this library's loops alone:", *wrong, sep="\n  ")
    print(f"NumPy {np.__version__}'s tests: {passed} pass as it is ({len(before)} do not), {ours} with this library's loops; "
          f"{calls} calls of {elements} elements reached them, {left} reductions and the like were left to NumPy's; {len(wrong)} mismatches")
    if wrong or calls == 0:
        sys.exit(1)


if __name__ == "__main__":
    main()
