package main

const convertLong = `Write an array, a picture or a signal as another file.

What is read and written, and what parts of files are called, says "hadamard
help multiply". The dtype stays, or becomes that of --dtype where the casting
rule allows it, same_kind unless --casting says else: integers do not become
floats' kin again by themselves. By unsafe, fractions are cut off and integers
wrap; by saturate, floats are rounded, half-way to the even number, and what
does not fit becomes the nearest that does.

A picture and a .wav hold fractions of full scale. Floats are written as such,
rounded and clamped, with a warning where that changes more than rounding.
Integers are the samples that they are.`

const convertExample = `  # pixels as floats from 0 to 1, and back to a picture
  hadamard convert photo.jpg --dtype float32 -o photo.npy
  hadamard convert photo.npy -o again.png

  # labels, and a recording as complex64
  hadamard convert labels.png:stored -o labels.npy
  hadamard convert recording.cs16 -o recording.npy`
