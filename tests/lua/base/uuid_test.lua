-- uuid_test: UUIDs of version 5 are those of RFC 9562.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local uuid = require "rille.base.uuid"

local function hex(s) return (s:gsub(".", function(c) return string.format("%02x", c:byte()) end)) end

check.test("SHA-1 of texts of every length around a block is that of sha1sum", function()
  check.eq(hex(uuid.sha1 ""), "da39a3ee5e6b4b0d3255bfef95601890afd80709")
  check.eq(hex(uuid.sha1 "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d")
  for n = 50, 130 do
    local text = ("x"):rep(n)
    local p = assert(io.popen("printf %s " .. text .. " | sha1sum"))
    check.eq(hex(uuid.sha1(text)), p:read "a":match "^%x+", tostring(n))
    p:close()
  end
end)

check.test("the UUID of a name is the one that others make", function()
  -- python3 -c 'import uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, "http://www.example.com/"))'
  check.eq(uuid.v5 "http://www.example.com/", "fcde3c85-2270-590f-9e7c-ee003d65e0e2")
  check.eq(uuid.v5 "x", uuid.v5 "x")
  check.ok(uuid.v5 "x" ~= uuid.v5 "y")
end)

check.done()
