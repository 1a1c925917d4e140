-- Bodies that NumPy wrote: its numeric types, byte orders and layouts are taken, others refused.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local served = require "served"

local folder <close> = scratch.new()
-- Debian's, which python3-numpy is for
local has_numpy = os.execute "/usr/bin/python3 -c 'import numpy' 2>/dev/null"

local function test(name, body)
  if not has_numpy then return check.skip(name, "there is no NumPy (python3-numpy)") end
  check.test(name, body)
end

-- The bytes of a .npy file of each Python expression.
local function files(list)
  local code = { "import numpy as np" }
  for i, expression in ipairs(list) do
    code[#code + 1] = string.format("np.save('%d.npy', %s, allow_pickle=True)", i, expression)
  end
  folder:write("code.py", table.concat(code, "\n"))
  local r = folder:sh "/usr/bin/python3 code.py"
  check.eq(r.err, "")
  local made = {}
  for i in ipairs(list) do made[i] = folder:read(i .. ".npy") end
  return made
end

local function ask(model, bytes) return served.ask(model, bytes, { type = "application/x-npy" }) end

test("matrices of all numeric types, in either order of bytes and axes, and vectors", function()
  local model, list = served.matrix(2), {}
  for dtype in ("i1 u1 <i2 >i2 <u2 <i4 >i4 <u4 <i8 >i8 <u8 <f2 >f2 <f4 >f4 <f8 >f8"):gmatch "%S+" do
    list[#list + 1] = string.format("np.array([[1, 2], [3, 4], [5, 6]], dtype='%s')", dtype)
  end
  list[#list + 1] = "np.asfortranarray([[1.0, 2], [3, 4], [5, 6]])"
  list[#list + 1] = "np.arange(12.0).reshape(6, 2)[1::2] * 0 + [[1, 2], [3, 4], [5, 6]]"
  for i, bytes in ipairs(files(list)) do
    local status, answer = ask(model, bytes)
    check.eq({ status, answer.predictions }, { 200, { 3.0, 7.0, 11.0 } }, list[i])
  end
  local vector, empty = table.unpack(files { "np.array([1, 2.5])", "np.zeros((0, 2))" })
  check.eq(select(2, ask(model, vector)).predictions, { 3.5 })
  check.eq(select(2, ask(model, empty)).predictions, {})
end)

test("what is no matrix of numbers is refused", function()
  local LIST <const> = { { "np.array([[1, 2, 3]])", "the shape (rows, 2), got (1, 3)" },
    { "np.zeros((1, 2, 2))", "got (1, 2, 2)" }, { "np.array(1.0)", "got" },
    { "np.array([[1, np.nan]])", "column x2, row 1: the value is missing" },
    { "np.array([[1, 2], [-np.inf, 1]])", "column x1, row 2: expected a finite number, got -inf" },
    { "np.array([[True, False]])", "column x1: expected numbers, got booleans" },
    { "np.array([[2**53 + 1, 1]])", "column x1, row 1: the integer 9007199254740993 is beyond 2^53" },
    { "np.array([['a', 'b']])", "" }, { "np.array([[{}, 1]], dtype=object)", "" },
    { "np.array([[1 + 2j, 1]])", "" }, { "np.array([(1, 2.0)], dtype=[('x', 'i4'), ('y', 'f8')])", "" },
    { "np.array([['2026-01-01', '2026-01-02']], dtype='M8[D]')", "" } }
  local list = {}
  for i, one in ipairs(LIST) do list[i] = one[1] end
  for i, bytes in ipairs(files(list)) do
    local status, answer = ask(served.matrix(2), bytes)
    check.eq(status, 400, LIST[i][1])
    check.has(answer.error, LIST[i][2])
    check.eq(answer.error:find "%.lua", nil)
  end
end)

test("integers for a column of integers, no fractions", function()
  local seen
  local model = served.own({ input = "array", width = 1, dtype = "i64", missing = false }, function(X)
    seen = X.dtype
    return X:column(1)
  end)
  local whole, floats, fraction =
    table.unpack(files { "np.array([[2**60]])", "np.array([[3.0]])", "np.array([[1.5]])" })
  check.eq(ask(model, floats), 200)
  check.eq(seen, "i64")
  check.eq(select(2, ask(model, fraction)).error, "column x1, row 1: expected an integer, got 1.5")
  check.eq(select(2, ask(model, whole)).predictions, { 1 << 60 })
end)

check.done()
