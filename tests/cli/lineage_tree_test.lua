-- rille lineage: up, down, across runs, to a depth.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local function find(list, field, value)
  for _, one in ipairs(list) do if one[field] == value then return one end end
  error("there is none with " .. field .. " = " .. tostring(value), 2)
end

local HEAD = [[
local rille = require "rille"
local array, frame = require "rille.array", require "rille.frame"
local t = rille.types
]]

local function lineage_project()
  local p = scratch.new()
  p:write("main.lua", HEAD .. [[
local same = rille.step "same" { inputs = { t.integer "x" }, params = { k = 0 }, outputs = { t.integer "y" }, run = function(x) return x end }
local add = rille.step "add" { inputs = { t.integer "x", t.integer "z" }, outputs = { t.integer "y" }, run = function(x, z) return x + z end }
local one = rille.pipeline "one" { define = function() add { x = same:with { id = "b" } { x = same { x = 41 }, k = 1 }, z = 7 } end }
local two = rille.pipeline "two" { define = function() same:with { id = "other" } { x = rille.external { pipeline = "one", artifact = "add::y" }, k = 2 } end }
-- not wired to any: it is given the same bytes
local three = rille.pipeline "three" { define = function() same:with { id = "equal" } { x = 41, k = 3 } end }
if rille.main() then one:run { run_name = "r1" } one:run { run_name = "r2" } two:run { run_name = "s1" } three:run { run_name = "t1" } end
]])
  p:ok("main.lua -q")
  p:ok("run main.lua one -q --from add --name r3")
  return p
end

check.test("lineage goes up through steps that give back what they took, and ends", function()
  local p <close> = lineage_project()
  local text = p:ok("lineage one::add::y")
  local order = {}
  for word in text:gmatch "[●◌]+ (%a+) " do order[#order + 1] = word end
  check.eq(order, { "add", "b", "same" })
  check.ok(text:find "├─□ z +%x+  integer 7 +given\n", text)
  check.eq(select(2, text:gsub("\n", "")), 6)
end)

check.test("lineage goes down across runs and pipelines, equal runs as one", function()
  local p <close> = lineage_project()
  local text = p:ok("lineage one::same::y --down")
  check.ok(text:find "● b +%x+  integer 41  r1 of one\n", text)
  check.ok(text:find "● add +%x+  integer 48  r3 of one and 1 more\n", text)
  local told = p:json("lineage one::same::y --down")
  check.eq({ told.direction, #told.artifact, #told.items, told.items[1].run, told.items[4].run },
    { "down", 64, 4, "r1", "r3" })
  text = p:ok("lineage one::add::y --down")
  check.ok(text:find "● other +%x+  integer 48  s1 of two\n", text)
  check.eq(text:find "equal", nil)
end)

check.test("lineage --depth stops, in the tree and in JSON", function()
  local p <close> = lineage_project()
  check.eq(select(2, p:ok("lineage one::add::y --depth 1"):gsub("\n", "")), 5)
  check.has(p:ok("lineage one::add::y --depth 1"), "… deeper steps are left out; a larger --depth shows them\n")
  check.eq(p:ok("lineage one::add::y --depth 3"), p:ok("lineage one::add::y"))
  for _, item in ipairs(p:json("lineage one::add::y --depth 1").items) do
    check.ok(item.step == "add" or item.step == "other", item.step)
  end
  check.eq(p:rille("lineage one::add::y --depth 0").code, 2)
  check.eq(p:rille("lineage one::add::y --up --down").code, 2)
end)

check.done()
