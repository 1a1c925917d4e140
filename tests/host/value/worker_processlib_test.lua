-- worker_processlib_test.lua -- rille.host.worker_process: messages between a process and its children
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local worker_process = require "rille.host.worker_process"
local pack, unpack = worker_process.pack, worker_process.unpack

check.test("all plain data comes back as it was", function()
  for _, v in ipairs { true, false, 0, -1, math.maxinteger, math.mininteger, 0.5, 1e300, math.huge, "", "x", "a\0b\xff",
    ("long"):rep(1e5), {},
      { 1, 2, 3 }, { a = { b = { c = 1 } } }, { [true] = 1, [false] = 2, [-3] = 3, [1.5] = 4, x = 5, 10, 20 },
      { position = 1, digest = ("d"):rep(32), n = 2, outputs = { { "position" } } } } do
    check.eq(unpack(pack(v)), v)
  end
  check.eq(unpack(pack(nil)), nil)
  check.eq(1 / unpack(pack(-0.0)), -math.huge)
  local nan = unpack(pack(0 / 0))
  check.ok(nan ~= nan, "NaN stays NaN")
  check.eq(math.type(unpack(pack(1.0))), "float")
end)

check.test("a list with holes keeps its places", function()
  local t = unpack(pack { 1, nil, 3, n = 4 })
  check.eq(t[1], 1)
  check.eq(t[2], nil)
  check.eq(t[3], 3)
  check.eq(t.n, 4)
end)

check.test("what is no plain data is refused", function()
  local loop = {}
  loop.own, loop.other = loop, loop
  for _, v in ipairs { print, io.stdout, setmetatable({}, {}), { { setmetatable({}, { __digest = print }) } },
    { [print] = 1 }, loop, coroutine.create(print) } do
    check.ok(not pcall(pack, v))
  end
end)

check.test("bytes that are no message are refused, however they are cut or changed", function()
  local bytes = pack { position = 3, outputs = { { digest = "x", 1, 2.5, true } }, [7] = "y" }
  for n = 0, #bytes - 1 do check.ok(not pcall(unpack, bytes:sub(1, n)), "cut at " .. n) end
  check.ok(not pcall(unpack, bytes .. "n"))
  for at = 1, #bytes do
    for _, byte in ipairs { 0, 1, 0x7f, 0xff } do
      pcall(unpack, bytes:sub(1, at - 1) .. string.char(byte) .. bytes:sub(at + 1))
    end
  end
  check.ok(not pcall(unpack, ("T\1\0"):rep(300) .. "n" .. ("e"):rep(300)), "too deep")
end)

check.test("what a child posts is what its parent takes, and refused data leaves no trace", function()
  local channel <close> = assert(worker_process.fork(function(c)
    assert(c:post(c:take()))
    assert(not pcall(c.post, c, { 1, 2, print }))
    assert(c:post { last = true })
  end))
  local sent = { id = "s1", seed = ("\0\1"):rep(16), inputs = { { list = { 1, 2 } }, false } }
  assert(channel:post(sent))
  check.eq(channel:take(), sent)
  check.eq(channel:take(), { last = true })
  local v, message = channel:take()
  check.eq(v, nil)
  check.ok(message:find "has ended")
end)

check.test("the process above a worker is known as a supervisor, the worker and its run are none", function()
  local folder = os.tmpname()
  os.remove(folder)
  assert(os.execute("mkdir " .. folder))
  local worker <close> = assert(worker_process.fork(function(c)
    local kinds = {}
    for i, one in ipairs(worker_process.ancestors()) do kinds[i] = one.supervisor end
    assert(c:post(kinds))
  end, folder))
  local kinds = worker:take()
  for _ = 1, 500 do
    if kinds ~= false then break end
    worker_process.wait({ worker }, 0.02)
    kinds = worker:take()
  end
  os.execute("rm -rf " .. folder)
  check.eq({ kinds[1], kinds[2], kinds[3] }, { false, true, false })
end)

check.done()
