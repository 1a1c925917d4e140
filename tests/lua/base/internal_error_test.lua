-- internal_error_test.lua -- what is added to errors of a script (tests/faults/internal_error_test.lua: rille's own)

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local STEP <const> = [[
local rille = require "rille"
local frame = require "rille.frame"
local f = frame.new { { "city", { "Bern", "Bonn" } }, { "v", { "1", "n/a" } } }
local s = rille.step "s" { outputs = { rille.types.any "x" }, run = function() BODY end }
if rille.main() then BODY end
return rille.pipeline "p" { define = function() s() end }
]]

local function said(body, arguments)
  local p <close> = scratch.script((STEP:gsub("BODY", function() return body end)))
  local r = p:rille(arguments)
  check.ok(r.code ~= 70, r.err)
  return r.out .. r.err
end

check.test("a method of arrays on a column of strings says what the column is and what to write", function()
  local wanted = "attempt to call a nil value (method 'eq'): column \"city\" is a list of strings; "
    .. "f:filter { city = value } takes the rows with a value"
  check.has(said([[return f:column "city":eq "Bern"]], "main.lua"), wanted)
  check.has(said([[return f:column "city":eq "Bern"]], "run main.lua -j 1"), wanted)
  check.has(said([[local c = f:column "city" local d = c * 2]], "main.lua"), 'column "city" is a list of strings')
end)

check.test("where the column was to be numbers the option of csv.read is named", function()
  check.has(said([[return f:column "v":mean()]], "main.lua"), 'column "v" is a list of strings ("n/a" in row 2); '
    .. 'csv.read(path, { missing = "n/a" }) reads it as numbers')
end)

check.test("other errors stay as they are", function()
  local out = said([[local c = f:column "city" local n = nil return n.x]], "main.lua")
  check.ok(not out:find "list of strings", out)
end)

check.done()
