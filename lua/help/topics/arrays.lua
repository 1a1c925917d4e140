-- rille help arrays
return { order = 110, text = [[
Arrays: local array = require "rille.array"

Numbers of one dtype (bool u8 i32 i64 f32 f64) in any number of dimensions.
Indices begin at 1, ranges include their end.

Creating   array.from { { 1, 2 }, { 3, 4 } }     i64 when all are integers
           array.from(list, "f32")  zeros(shape[, dtype])  ones  full(shape, v)
           arange(n)  arange(first, last[, step])  linspace(a, b, n)
           eye(n)  random(shape, seed), uniform from 0 to 1  normal(shape, seed)
           integers(low, high, shape, seed[, dtype])
           load(path)   NumPy's .npy or .npz, below    concat { a, b }
           save(a, path)   .npy, or text if the path ends in .csv, .json,
                           .jsonl or .txt; also dates, as datetime64[ms]
           A shape is a number or a list: 3, { 2, 3 }.
Inspecting a.shape  a.dtype  a.ndim  #a (the first axis)  a:get(i, j)
           a:row(i)  a:column(j)  a:slice(first, last[, axis])  a:transpose()
           a:reshape { 3, 2 }        views: they share the numbers
           a:take { 3, 1 }  a:copy()  a:astype "f64"  a:totable()
Arithmetic + - * / // % ^ with arrays and numbers, shapes broadcast
           a:eq(b) ne lt le gt ge bool arrays; a == b is true or false
           a:where(x, y)                    x where a is true, else y
           m & n   m | n   ~m             of bool arrays; not `and`, `or`, `not`
           a:sqrt()  exp  log  abs  floor  ceil  round    of each element
           a:map(function(v) return v + 1 end)            of a vector
           a:sum([axis])  mean  std  var  min  max  argmin  argmax  any  all
           a:quantile(0.5)   a:present()    a vector without NaN: with
           NaN among them sum, mean, min and max are NaN; a:present():mean()
           a:dot(b)  a:sort()  a:argsort()  a:unique()
           a:dot(b, { blas = true })        by OpenBLAS or another BLAS, if the
                                            machine has one; see below
Setting    a:set(i, j, v)
Elements   a[i] reads or sets an element of a vector; of a matrix it is a row.
           The index after the last gives nil, so that ipairs stops; any other
           index out of range is an error.

Mixing integers and floats gives floats, which hold integers exactly up to 2^53.
Functions that only move numbers (from, concat, where) raise an error instead of
rounding.  Arithmetic rounds, as in Lua, and so do astype, set and an explicit
dtype.

For data larger than memory, array.builder(folder, dtype, columns) collects rows
and returns one array backed by an unnamed file, which is removed with the
array.  The default dtype is f64; without columns the result is a vector:

  local all = array.builder(ctx.tmpdir, "f64", 64)
  for f in csv.chunks "data/large.csv" do all:append(f:to_matrix()) end
  return all:finish()

dot gives the same bits on every machine.  A BLAS is faster for large matrices
but rounds differently; a step that used one runs again when the library or the
processor changes.

NumPy files: array.load "x.npy" reads numbers of all sizes and both byte orders:
i1 i2 u2 as i32, u4 u8 as i64, f2 as f32.  Strings become a list, dates
(datetime64) dates, records a frame.  array.load "x.npz" is a table { name =
value }, array.load("x.npz", "X") one of its values.  As an input of a pipeline:
--input X=x.npy, --input X=x.npz (the one named X), 'X=x.npz?name=arr_0'.

An array from a step or a file may be read-only; change a copy, a:copy().
Arrays are stored as value.npy.  From 64 KiB on they are stored uncompressed,
and the next step maps the file into memory instead of reading it.

Models that learn from arrays: rille help learning
]] }
