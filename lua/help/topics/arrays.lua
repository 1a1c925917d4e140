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
           load(path)   NumPy's .npy    concat { a, b }
           save(a, path)   .npy, or text where the path ends in .csv, .json,
                           .jsonl or .txt; dates, too, as datetime64[ms]
           A shape is a number or a list: 3, { 2, 3 }.
Inspecting a.shape  a.dtype  a.ndim  #a (the first axis)  a:get(i, j)
           a:row(i)  a:column(j)  a:slice(first, last[, axis])  a:transpose()
           a:reshape { 3, 2 }        views: they share the numbers
           a:take { 3, 1 }  a:copy()  a:astype "f64"  a:totable()
Arithmetic + - * / // % ^ with arrays and numbers, shapes broadcast
           a:eq(b)  ne  lt  le  gt  ge      bool arrays;  a == b compares wholes
           a:where(x, y)                    x where a is true, else y
           m & n   m | n   ~m               of bool arrays; not `and`, `or`, `not`
           a:sqrt()  exp  log  abs  floor  ceil  round    of each element
           a:map(function(v) return v + 1 end)            of a vector
           a:sum([axis])  mean  std  var  min  max  argmin  argmax  any  all
           a:quantile(0.5)   a:present()    the elements of a vector but NaN: with
           NaN among them sum, mean, min and max are NaN; a:present():mean()
           a:dot(b)  a:sort()  a:argsort()  a:unique()
           a:dot(b, { blas = true })        by OpenBLAS or another BLAS, if the
                                            machine has one; see below
Setting    a:set(i, j, v)
Elements   a[i] of a vector, also to set; of a matrix a[i] is a row.  One past
           the end it is nil, for ipairs; other indices out of range are errors.

Integers and floats together are floats, which hold integers to 2^53.  What
only moves numbers (from, concat, where) is an error when it would round one;
arithmetic rounds, as Lua's does, and so do astype, set and a dtype given.

More than memory holds: array.builder(folder, dtype, columns) takes rows as they
come and ends as one array over a file, which has no name and goes with it; the
dtype is f64 when left out, and without columns it is a vector:

  local all = array.builder(ctx.tmpdir, "f64", 64)
  for f in csv.chunks "data/large.csv" do all:append(f:to_matrix()) end
  return all:finish()

dot gives the same bits on every machine.  A BLAS is faster on large matrices
but rounds in its own way; a step that used it runs again when that library or
the processor is another one.

An array that came from a step or a file may be read-only; a:copy() is your own.
Kept as value.npy.  From 64 KiB on it is stored as it is, and the next step maps
it instead of reading it.

What learns from arrays: rille help learning
]] }
