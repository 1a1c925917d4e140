-- lua53_test.lua -- hosts with a Lua 5.3 of their own (lua53.c): where they export it, its functions would take
-- the place of those that rille needs.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local EVERSION <const> = -13

local function host(name)
  local program = paths.build .. "/" .. name
  if not scratch.read(program) then check.cannot "there is no Lua 5.3 to build the host with (liblua5.3-dev)" end
  local p <close> = scratch.new()
  return p:sh(scratch.quoted(program) .. " store")
end

check.test("a Lua 5.3 that the host exports is of another version, and the host goes on", function()
  local r = host "lua53_exported"
  check.eq(r.code, 0)
  check.eq(r.err, "")
  check.ok(r.out:match "^(%-?%d+)" == tostring(EVERSION), r.out)
  check.has(r.out, "Lua 5.3")
  check.has(r.out, "--exclude-libs")
end)

check.test("a Lua 5.3 that the host keeps to itself is none of the library's business", function()
  local r = host "lua53_hidden"
  check.eq(r.code, 0)
  check.eq(r.err, "")
  check.eq(r.out, "0 \n")
end)

check.done()
