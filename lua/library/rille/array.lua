---@meta rille.array
-- Descriptions of `require "rille.array"` for editors; this file never runs.  Reference: rille help arrays.

---@alias rille.dtype "bool"|"u8"|"i32"|"i64"|"f32"|"f64"
---@alias rille.shape integer|integer[]

---@class rille.Array
---@field shape integer[]
---@field dtype rille.dtype
---@field ndim integer
---@field [integer] any an element of a vector, a row of a matrix
---@operator add(any): rille.Array
---@operator sub(any): rille.Array
---@operator mul(any): rille.Array
---@operator div(any): rille.Array
---@operator idiv(any): rille.Array
---@operator mod(any): rille.Array
---@operator pow(any): rille.Array
---@operator unm: rille.Array
---@operator len: integer
---@operator band(any): rille.Array
---@operator bor(any): rille.Array
---@operator bnot: rille.Array
local Array = {}
---@param ... integer
---@return number|boolean
function Array:get(...) end
---@param ... any the indices, then the value
function Array:set(...) end
---@param i integer
---@return rille.Array
function Array:row(i) end
---@param j integer
---@return rille.Array
function Array:column(j) end
---@param first integer
---@param last integer?
---@param axis integer?
---@return rille.Array
function Array:slice(first, last, axis) end
---@return rille.Array
function Array:transpose() end
---@param shape rille.shape
---@return rille.Array
function Array:reshape(shape) end
---@param indices integer[]|rille.Array
---@return rille.Array
function Array:take(indices) end
---@return rille.Array
function Array:copy() end
---@param dtype rille.dtype
---@return rille.Array
function Array:astype(dtype) end
---@return any[]
function Array:totable() end
---@param b any
---@return rille.Array
function Array:eq(b) end
---@param b any
---@return rille.Array
function Array:ne(b) end
---@param b any
---@return rille.Array
function Array:lt(b) end
---@param b any
---@return rille.Array
function Array:le(b) end
---@param b any
---@return rille.Array
function Array:gt(b) end
---@param b any
---@return rille.Array
function Array:ge(b) end
---x where this array is true, else y.
---@param x any
---@param y any
---@return rille.Array
function Array:where(x, y) end
---@param axis integer?
---@return any
function Array:sum(axis) end
---@param axis integer?
---@return any
function Array:mean(axis) end
---@param axis integer?
---@return any
function Array:std(axis) end
---@param axis integer?
---@return any
function Array:var(axis) end
---@param axis integer?
---@return any
function Array:min(axis) end
---@param axis integer?
---@return any
function Array:max(axis) end
---@param axis integer?
---@return any
function Array:argmin(axis) end
---@param axis integer?
---@return any
function Array:argmax(axis) end
---@param axis integer?
---@return any
function Array:any(axis) end
---@param axis integer?
---@return any
function Array:all(axis) end
---@return rille.Array
function Array:sqrt() end
---@return rille.Array
function Array:exp() end
---@return rille.Array
function Array:log() end
---@return rille.Array
function Array:abs() end
---@return rille.Array
function Array:floor() end
---@return rille.Array
function Array:ceil() end
---Halves go to the even integer.
---@return rille.Array
function Array:round() end
---@param f fun(v: number|boolean): number|boolean
---@return rille.Array
function Array:map(f) end
---The elements that are not NaN.
---@return rille.Array
function Array:present() end
---@param q number a share, 0 to 1
---@return number
function Array:quantile(q) end
---@param b rille.Array
---@param options { blas?: boolean }?
---@return any
function Array:dot(b, options) end
---@return rille.Array
function Array:sort() end
---@return rille.Array
function Array:argsort() end
---@return rille.Array
function Array:unique() end

---Collects rows, and returns one array backed by a file.
---@class rille.ArrayBuilder
local Builder = {}
---@param rows rille.Array
function Builder:append(rows) end
---@return rille.Array
function Builder:finish() end

---@class rille.array
local array = {}
---@param list any[] nested for a matrix
---@param dtype rille.dtype?
---@return rille.Array
function array.from(list, dtype) end
---@param shape rille.shape
---@param dtype rille.dtype?
---@return rille.Array
function array.zeros(shape, dtype) end
---@param shape rille.shape
---@param dtype rille.dtype?
---@return rille.Array
function array.ones(shape, dtype) end
---@param shape rille.shape
---@param value number|boolean
---@param dtype rille.dtype?
---@return rille.Array
function array.full(shape, value, dtype) end
---arange(n) or arange(first, last[, step]).
---@param first number
---@param last number?
---@param step number?
---@return rille.Array
function array.arange(first, last, step) end
---@param a number
---@param b number
---@param n integer
---@return rille.Array
function array.linspace(a, b, n) end
---@param n integer
---@return rille.Array
function array.eye(n) end
---Uniformly distributed from 0 to 1.
---@param shape rille.shape
---@param seed integer
---@return rille.Array
function array.random(shape, seed) end
---@param shape rille.shape
---@param seed integer
---@return rille.Array
function array.normal(shape, seed) end
---@param low integer
---@param high integer
---@param shape rille.shape
---@param seed integer
---@param dtype rille.dtype?
---@return rille.Array
function array.integers(low, high, shape, seed, dtype) end
---@param list rille.Array[]
---@return rille.Array
function array.concat(list) end
---Reads a .npy file: numbers as an array, strings as a list, dates as dates, records as a frame; a .npz file as a table
---of its values, or the one of that name.
---@param path string
---@param name string? of a value in a .npz file
---@return rille.Array|rille.Frame|table
function array.load(path, name) end
---Like array.load, of the bytes of such a file.
---@param bytes string
---@param name string? for messages
---@return rille.Array|rille.Frame|table
function array.fromnpy(bytes, name) end
---@param a rille.Array
---@return string bytes of a .npy file
function array.tonpy(a) end
---Maps a .npy file into memory instead of reading it; the file must not change while the array is in use.
---@param path string
---@param size integer? of the file in bytes, if it is known
---@return rille.Array
function array.map(path, size) end
---@param a rille.Array
---@return string digest 32 bytes: SHA-256 of dtype, shape and values
function array.digest(a) end
---Writes a .npy file, or text where the path ends in .csv, .json, .jsonl or .txt.
---@param a rille.Array
---@param path string
function array.save(a, path) end
---@param value any
---@return boolean
function array.is(value) end
---@param folder string
---@param dtype rille.dtype?
---@param columns integer?
---@return rille.ArrayBuilder
function array.builder(folder, dtype, columns) end

return array
