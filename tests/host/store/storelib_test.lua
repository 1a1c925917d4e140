-- rille.host.store: objects named by their content.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local store = require "rille.host.store"
local hash = require "rille.host.hash"

local base = os.tmpname()
os.remove(base)
local folders = 0

-- a store in a folder of its own
local function fresh()
  folders = folders + 1
  return check.ok(store.open(base .. "/" .. folders)), base .. "/" .. folders
end

local function write_file(path, bytes)
  os.execute("chmod -f u+w '" .. path .. "'")
  local f = assert(io.open(path, "wb"))
  f:write(bytes)
  f:close()
end

local function read_file(path)
  local f = assert(io.open(path, "rb"))
  local bytes = f:read "a"
  f:close()
  return bytes
end

local noise = {}
for i = 1, 40 do noise[i] = hash.sha256(tostring(i)) end
noise = table.concat(noise)                       -- 1280 bytes that do not shrink
local text = ("name,value\n"):rep(20000)          -- 220000 that do
local absent = hash.sha256 "nobody put this"

check.test("what is put comes back under the hash of its bytes", function()
  local s = fresh()
  for _, bytes in ipairs { "", "a", noise, text } do
    for _, raw in ipairs { false, true } do
      local digest, size = s:put(bytes, raw)
      check.eq(digest, hash.sha256(bytes))
      check.eq(size, #bytes)
      check.eq(s:has(digest, size), true)
      check.eq(s:get(digest, size), bytes)
      check.eq(s:verify(digest, size), true)
      check.eq(s:verify(digest), true)
    end
  end
  check.eq(s:close(), true)
end)

check.test("a stream is the same object as its bytes at once", function()
  local s = fresh()
  local w <close> = s:begin()
  for i = 1, #text, 777 do check.eq(w:write(text:sub(i, i + 776)), w) end
  local digest, size = w:finish()
  check.eq(digest, hash.sha256(text))
  check.eq(size, #text)
  check.eq(w:abort(), true)
  check.raises(function() w:write "more" end, "closed")
end)

check.test("an aborted, a closed and a collected writer leave nothing", function()
  local s, dir = fresh()
  local big = noise:rep(300)
  s:begin():write(big):abort()
  do local w <close> = s:begin(true):write(big) end
  s:begin():write(big)
  collectgarbage() collectgarbage()
  check.eq(s:pending(), 0)
  check.eq(s:clean(), 0)
  check.eq(io.popen("ls " .. dir .. "/tmp | wc -l"):read "n", 0)
end)

check.test("sync empties what is pending", function()
  local s = fresh()
  check.eq({ s:pending() }, { 0, 0 })
  local digest = s:put(noise)
  s:put(noise)
  check.eq({ s:pending() }, { 1, #noise })
  check.eq(s:sync(), true)
  check.eq({ s:pending() }, { 0, 0 })
  check.eq(s:note(digest), true)
  check.eq(s:pending(), 1)
  check.eq(s:sync(), true)
  local ok, message, code = s:note(absent)
  check.eq({ ok, code }, { nil, -4 })
  check.has(message, hash.hex(absent))
end)

check.test("raw objects have a path for mapping, frames have none", function()
  local s, dir = fresh()
  local raw = s:put(text, true)
  local path = s:path(raw)
  check.eq(path, dir .. "/objects/" .. hash.hex(raw):sub(1, 2) .. "/" .. hash.hex(raw):sub(3))
  check.eq(s:map_path(raw, #text), path)
  check.eq(read_file(path), text)
  local packed = s:put(text .. "x")
  check.eq(s:path(packed), nil)
  check.eq(select("#", s:map_path(packed, #text + 1)), 1)
  check.eq(s:map_path(packed, #text + 1), nil)
  local none, _, code = s:map_path(absent, 1)
  check.eq({ none, code }, { nil, -4 })
end)

check.test("a damaged object is refused with its name, and a put heals it", function()
  local s = fresh()
  local digest, size = s:put(noise)
  local path = s:path(digest)
  write_file(path, noise:sub(1, -2) .. "!")
  for _, call in ipairs { "get", "verify", "map_path" } do
    local ok, message, code = s[call](s, digest, size)
    check.eq({ ok, code }, { nil, -12 }, call)
    check.has(message, hash.hex(digest):sub(1, 12))
    check.has(message, path)
  end
  check.eq(s:put(noise), digest)
  check.eq(s:get(digest, size), noise)
  os.remove(path)
  local ok, message, code = s:get(digest, size)
  check.eq({ ok, code }, { nil, -4 })
  check.has(message, "is not in")
end)

check.test("a wrong size is a damaged object", function()
  local s = fresh()
  for _, bytes in ipairs { noise, text } do
    local digest, size = s:put(bytes)
    check.eq(select(3, s:get(digest, size + 1)), -12)
    check.eq(select(3, s:get(digest, size - 1)), -12)
  end
end)

check.test("files go in and out", function()
  local s, dir = fresh()
  write_file(base .. ".in", text)
  local digest, size = s:put_file(base .. ".in")
  check.eq(digest, hash.sha256(text))
  check.eq(s:copy_out(digest, size, base .. ".out"), true)
  check.eq(read_file(base .. ".out"), text)
  check.eq(select(3, s:put_file(dir .. "/none")), -4)
  check.eq(select(3, s:put_file(dir)), -6)
  check.eq(select(3, s:copy_out(absent, 3, base .. ".out")), -4)
  check.eq(read_file(base .. ".out"), text)
  os.remove(base .. ".in")
  os.remove(base .. ".out")
end)

check.test("objects lists digest, stored bytes and form", function()
  local s = fresh()
  local seen, n = {}, 0
  for _ in s:objects() do n = n + 1 end
  check.eq(n, 0)
  local a, b = s:put(noise), s:put(text)
  for digest, stored, form in s:objects() do
    seen[digest] = form
    n = n + stored
  end
  check.eq(seen, { [a] = "raw", [b] = "lz4" })
  check.ok(n > #noise and n < #noise + #text / 2)
  for _ in s:objects() do break end
end)

check.test("one process trusts a mapped file that another has seen", function()
  local s, dir = fresh()
  local digest, size = s:put(text, true)
  local sig = check.ok(s:sig(digest))
  local other = store.open(dir)
  check.eq(other:sig(digest), nil)
  check.eq(other:trust(digest, sig), true)
  check.eq(other:sig(digest), sig)
  check.eq(other:map_path(digest, size), s:path(digest))
  -- the word is for that very file only
  write_file(s:path(digest), "!" .. text:sub(2))
  check.eq(select(3, other:map_path(digest, size)), -12)
end)

check.test("misuse raises", function()
  local s = fresh()
  check.raises(function() s:get("short", 1) end, "32 bytes")
  check.raises(function() s:get(absent, -1) end, "must not be negative")
  check.raises(function() s:get(absent) end, "number expected")
  check.raises(function() s:put() end, "string expected")
  check.raises(function() s:trust(absent, "x") end, "not made by sig")
  check.raises(function() store.open() end, "string expected")
  local w = s:begin()
  s:close()
  s:close()
  check.raises(function() s:put "x" end, "closed")
  w:write "abc"
  check.eq(select(3, w:finish()), -6)
end)

check.test("a large piece is hashed beside its writing, whatever was written before and after", function()
  local s <close> = fresh()
  local parts = { ("h"):rep(131), ("0123456789abcdef"):rep(400000), ("t"):rep(1000), ("\0\1\2"):rep(1500000) }
  for _, raw in ipairs { true, false } do
    local w = s:begin(raw)
    for _, part in ipairs(parts) do w:write(part) end
    local digest, size = w:finish()
    local whole = table.concat(parts)
    check.ok(digest == hash.sha256(whole) and size == #whole)
    check.ok(s:get(digest, size) == whole)
  end
end)

check.test("what cannot be opened says why", function()
  local ok, message, code = store.open ""
  check.eq({ ok, code }, { nil, -6 })
  write_file(base .. ".file", "x")
  local s = store.open(base .. ".file")
  ok, message, code = s:put "abc"
  check.eq({ ok, code }, { nil, -3 })
  check.has(message, base .. ".file")
  os.remove(base .. ".file")
end)

os.execute("rm -rf '" .. base .. "'")
check.done()
