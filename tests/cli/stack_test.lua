-- rille stack, artifact-store and metadata-store.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local HEAD = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
]]

local function project(text)
  local p = scratch.new()
  p:write("main.lua", HEAD .. text)
  return p
end

local function ok(p, args, code)
  local r = p:rille(args)
  check.eq(r.code, code or 0, args .. ": " .. r.err .. r.out)
  return r.out, r.err
end

local function ask(p, args) return json.decode((ok(p, args .. " --json"))) end

local function fields(list, name)
  local out = {}
  for i, one in ipairs(list) do out[i] = tostring(one[name]) end
  return table.concat(out, " ")
end

local COUNTER = [[
local s = step "s" { params = { n = 0 }, outputs = { t.integer "n" { name = "counter", tags = { "raw" } } }, run = function(p) return p.n end }
return pipeline "main" { params = { n = 0 }, define = function(p) s { n = p.n } end }]]

check.test("a fresh project has exactly three components, with real paths", function()
  local p <close> = project(COUNTER)
  local function paths()
    local components = ask(p, "stack describe").components
    return fields(components, "kind"), components[2].path, components[3].path, components[2].exists
  end
  local kinds, objects, db, exists = paths()
  check.eq({ kinds, exists }, { "orchestrator artifact-store metadata-store", false })
  check.has(ok(p, "stack describe"), "(made by the first run)")
  ok(p, "run main.lua -q")
  check.eq({ objects, db }, { p:path ".rille/objects", p:path ".rille/meta.db" })
  check.eq(select(4, paths()), true)
  check.ok(io.open(db)):close()
  check.eq(ask(p, "metadata-store describe").path, db)
  check.has(ok(p, "artifact-store describe"), "path        " .. objects)
end)

check.done()
