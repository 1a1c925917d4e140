-- .npy and .npz files of NumPy: every type that it writes is read, or refused with what to save instead; and NumPy
-- reads what is written.

package.path = "../../lib/?.lua;" .. package.path
local array = require "rille.array"
local check = require "check"
local frame = require "rille.frame"
local json = require "rille.json"
local scratch = require "scratch"

local folder <close> = scratch.new()
local function path(name) return folder.dir .. "/" .. name end

-- Debian's, which python3-numpy is for
local has_numpy = os.execute "/usr/bin/python3 -c 'import numpy' 2>/dev/null"
local function test(name, body)
  if not has_numpy then return check.skip(name, "there is no NumPy (python3-numpy)") end
  check.test(name, body)
end

local function python(code)
  folder:write("code.py", "import numpy as np\n" .. code)
  local p <close> = assert(io.popen("cd " .. folder.dir .. " && /usr/bin/python3 code.py 2>&1"))
  return p:read "a"
end

-- What array.load gives, as text; or what it raises.
local function shown(name, member)
  local ok, v = pcall(array.load, path(name), member)
  if not ok then return (v:gsub("^[^:]+:%d+: ", ""):gsub(folder.dir .. "/", "")) end
  if array.is(v) then return v.dtype .. " " .. json.encode(v:totable()) end
  if type(v) == "table" and not getmetatable(v) then return json.encode(v) end
  return (tostring(v):gsub("\n", "; "))
end

local READ <const> = {
  { "[1, -2, 100]", "i1 <i2 >i2 <i4 >i4", "i32 [1,-2,100]" }, { "[1, -2, 100]", "<i8 >i8", "i64 [1,-2,100]" },
  { "[1, 255]", "u1", "u8 [1,255]" }, { "[1, 65535]", "<u2 >u2", "i32 [1,65535]" },
  { "[1, 2**32 - 1]", "<u4 >u4", "i64 [1,4294967295]" }, { "[1, 2**63 - 1]", "<u8 >u8", "i64 [1,9223372036854775807]" },
  { "[1.5, -65504, 6e-8, 0.1]", "<f2 >f2", "f32 [1.5,-65504.0,5.960464477539063e-8,0.0999755859375]" },
  { "[1.5, -2]", "<f4 >f4", "f32 [1.5,-2.0]" }, { "[0.1, -2]", "<f8 >f8", "f64 [0.1,-2.0]" },
  { "[True, False]", "?", "bool [true,false]" },
  { "['a', 'hé', '', '\\U0001f600']", "<U5 >U5 U", '["a","hé","","😀"]' }, { "[b'ab', b'c']", "S3", '["ab","c"]' },
  { "[['a', 'b'], ['c', 'd']]", "U1", '[["a","b"],["c","d"]]' },
  { "['2026-11-22', 'NaT', '1969-01-01']", "<M8[D] >M8[D] <M8[h] <M8[m] <M8[s] <M8[ms] >M8[ms] <M8[us] <M8[ns]",
    "2026-11-22; ; 1969-01-01" },
  { "['2024-03', '1969-12', '1900-03', '2000-02']", "<M8[M]", "2024-03-01; 1969-12-01; 1900-03-01; 2000-02-01" },
  { "['2024', '1969']", "<M8[Y]", "2024-01-01; 1969-01-01" },
}

local REFUSED <const> = {
  { "[1.5]", "<f16", "save a.astype('f8')" }, { "[1j]", "<c8 >c8 <c16", "save a.real and a.imag" },
  { "[1, 2]", "<m8[s] <m8[ns]", "save a / np.timedelta64(1, 's')" }, { "[{}, 1]", "O", "save a.astype(float)" },
  { "[b'abcd']", "V4", "save a.view('u1')" },
}

test("every type of NumPy is read, or refused with what to save instead", function()
  local code, want, n = {}, {}, 0
  for _, group in ipairs { READ, REFUSED } do
    for _, one in ipairs(group) do
      for dtype in one[2]:gmatch "%S+" do
        n = n + 1
        code[n] = string.format("np.save('%d.npy', np.array(%s, dtype='%s'), allow_pickle=True)", n, one[1], dtype)
        want[n] = { dtype, one[3], group == READ }
      end
    end
  end
  check.eq(python(table.concat(code, "\n")), "")
  local n_read = 0
  for i, one in ipairs(want) do
    local found = shown(i .. ".npy")
    if one[3] then
      check.eq(one[1] .. " " .. found, one[1] .. " " .. one[2])
      n_read = n_read + 1
    else check.ok(found:find("cannot be read; in NumPy " .. one[2], 1, true), found) end
  end
  check.eq({ n_read, n }, { 37, 45 })
end)

test("orders, shapes and versions of the header", function()
  check.eq(python [==[
np.save("f.npy", np.asfortranarray(np.arange(6, dtype=">i2").reshape(2, 3)))
np.save("zero.npy", np.array(3.5)); np.save("empty.npy", np.zeros((0, 3), "<u4"))
for v in (1, 2, 3): np.lib.format.write_array(open("v%d.npy" % v, "wb"), np.array([1, 2]), (v, 0))
np.save("big.npy", np.array([2**63], "u8")); np.save("ns.npy", np.array(["2026-01-01T00:00:00.0001"], "M8[us]"))
np.save("old.npy", np.array(["-0500-01-01"], "M8[D]"))
np.save("sf.npy", np.asfortranarray([["a", "b"], ["c", "d"]])); np.save("d2.npy", np.array([["2026-01-01"]], "M8[D]"))
]==], "")
  check.eq(shown "f.npy", "i32 [[0,1,2],[3,4,5]]")
  check.eq(shown "zero.npy", "f64 [3.5]")
  check.eq(array.load(path "empty.npy").shape, { 0, 3 })
  for v = 1, 3 do check.eq(shown("v" .. v .. ".npy"), "i64 [1,2]") end
  check.ok(shown "big.npy":find "the element 9223372036854775808 is more than an i64 holds; save a.astype%('f8'%)")
  check.ok(shown "ns.npy":find "a date has digits below a millisecond; save a.astype%('M8%[ms%]'%)")
  check.ok(shown "old.npy":find "a date is outside the years 1 to 9999")
  check.ok(shown "sf.npy":find "strings in Fortran order are not read; save np.ascontiguousarray%(a%)")
  check.ok(shown "d2.npy":find "dates of 2 axes are not read")
end)

test("records are a frame, where a record is plain values", function()
  check.eq(python [[
np.save("r.npy", np.array([(1, 2.5, "x", "2026-01-01", True), (2, 0, "né", "NaT", False)],
  dtype=[("a", "<i2"), ("b", ">f8"), ("c", "U3"), ("d", "M8[D]"), ("it's", "?")]))
np.save("aligned.npy", np.array([(1, 2.5)], dtype=np.dtype([("a", "i1"), ("b", "f8")], align=True)))
np.save("sub.npy", np.zeros(2, dtype=[("a", "i1"), ("b", "f8", (2,))]))
np.save("nest.npy", np.zeros(2, dtype=[("a", "i1"), ("b", [("x", "i4")])]))
np.save("obj.npy", np.array([("x",)], dtype=[("a", "O")]), allow_pickle=True)
]], "")
  check.eq(array.load(path "r.npy"), frame.new { { "a", array.from({ 1, 2 }, "i32") }, { "b", { 2.5, 0.0 } },
    { "c", { "x", "né" } }, { "d", frame.dates { "2026-01-01", "" } }, { "it's", { true, false } } })
  check.eq(frame.read(path "aligned.npy"):column "b"[1], 2.5)
  check.ok(shown "sub.npy":find 'field "b" has several values in a record; save a%["b"%] as an array of its own')
  check.ok(shown "nest.npy":find 'field "b" is a record itself')
  check.ok(shown "obj.npy":find('field "a": elements of type', 1, true), shown "obj.npy")
end)

test("a .npz file is a table of its values", function()
  check.eq(python [[
np.savez("a.npz", X=np.eye(2), y=np.array([1, 2], "u2"), names=np.array(["a", "b"]))
np.savez_compressed("b.npz", np.zeros((100, 100)), t=np.array(["2026-01-01"], "M8[D]"))
]], "")
  local a = array.load(path "a.npz")
  check.eq({ a.X.shape, a.y:totable(), a.names }, { { 2, 2 }, { 1, 2 }, { "a", "b" } })
  local b = array.load(path "b.npz")
  check.eq({ b.arr_0.shape, b.t:totable() }, { { 100, 100 }, { "2026-01-01" } })
  check.eq(shown("a.npz", "y"), "i32 [1,2]")
  check.eq(shown("a.npz", "z"), 'a.npz: there is no "z"; available: X, names, y')
  folder:write("c.npz", "text")
  check.eq(shown "c.npz", "c.npz: not a .npz file, a zip of .npy files")
  -- a byte of each part that is changed is found, or changes nothing that is read
  local whole = folder:read "b.npz"
  for at = 1, #whole, 7 do
    folder:write("d.npz", whole:sub(1, at - 1) .. string.char(whole:byte(at) ~ 0x55) .. whole:sub(at + 1))
    local ok, v = pcall(array.load, path "d.npz")
    check.ok(ok or v:find("d.npz", 1, true), tostring(v))
    if ok and v.arr_0 then check.eq(v.arr_0:sum(), 0.0) end
    folder:write("d.npz", whole:sub(1, at))
    ok, v = pcall(array.load, path "d.npz")
    check.ok(not ok and v:find("d.npz", 1, true), tostring(v))
  end
end)

test("NumPy reads the dates and arrays that are written", function()
  array.save(frame.dates { "2026-11-22", "", "1969-12-31T23:59:59.5" }, path "dates.npy")
  check.eq(array.load(path "dates.npy"):totable(), { "2026-11-22T00:00:00.000", "", "1969-12-31T23:59:59.500" })
  local f = frame.new { { "x", { 1.5, 0 / 0 } }, { "s", { "né", "" } }, { "d", frame.dates { "2026-11-22", "" } },
    { "n", { 1, 2 } }, { "b", { true, false } } }
  f:write(path "f.npy")
  check.eq(frame.read(path "f.npy"), f)
  check.eq(python [[
d = np.load("dates.npy"); print(d.dtype, *d)
f = np.load("f.npy"); print(f.dtype); print(*f["x"], *f["s"], *f["d"], *f["n"], *f["b"])]],
    "datetime64[ms] 2026-11-22T00:00:00.000 NaT 1969-12-31T23:59:59.500\n"
    .. "[('x', '<f8'), ('s', '<U2'), ('d', '<M8[ms]'), ('n', '<i8'), ('b', '?')]\n"
    .. "1.5 nan né  2026-11-22T00:00:00.000 NaT 1 2 True False\n")
end)

test("arrays of .npy and .npz files are inputs of a pipeline", function()
  local p <close> = scratch.script [[
local total = step "total" { inputs = { t.matrix "X" }, outputs = { t.number "sum" },
  run = function(X) return X:sum() end }
return pipeline "main" { inputs = { t.matrix "X" }, define = function(_, inputs) total(inputs.X) end }
]]
  check.eq(python("np.savez('" .. p.dir .. "/a.npz', X=np.ones((2, 2)), Y=np.ones((3, 3)))\n"
    .. "np.save('" .. p.dir .. "/b.npy', np.ones((2, 2), '>u2'))"), "")
  for input, sum in pairs { ["a.npz"] = "4.0", ["a.npz?name=Y"] = "9.0", ["b.npy"] = "4.0" } do
    p:ok("run main.lua --input 'X=" .. input .. "'")
    check.eq((p:ok "artifact get main::total::sum":gsub("\n", "")), sum)
  end
end)

check.done()
