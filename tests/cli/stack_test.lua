-- rille stack, artifact-store and metadata-store.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local function fields(list, name)
  local out = {}
  for i, one in ipairs(list) do out[i] = tostring(one[name]) end
  return table.concat(out, " ")
end

local COUNTER = [[
local s = step "s" { params = { n = 0 }, outputs = { t.integer "n" { name = "counter", tags = { "raw" } } }, run = function(p) return p.n end }
return pipeline "main" { params = { n = 0 }, define = function(p) s { n = p.n } end }]]

check.test("a fresh project has exactly three components, with real paths", function()
  local p <close> = scratch.script(COUNTER)
  local function paths()
    local components = p:json("stack describe").components
    return fields(components, "kind"), components[2].path, components[3].path, components[2].exists
  end
  local kinds, objects, db, exists = paths()
  check.eq({ kinds, exists }, { "orchestrator artifact-store metadata-store", false })
  check.has(p:ok("stack describe"), "(made by the first run)")
  p:ok("run main.lua -q")
  check.eq({ objects, db }, { p:path ".rille/objects", p:path ".rille/meta.db" })
  check.eq(select(4, paths()), true)
  check.ok(io.open(db)):close()
  check.eq(p:json("metadata-store describe").path, db)
  check.has(p:ok("artifact-store describe"), "path        " .. objects)
end)

check.done()
