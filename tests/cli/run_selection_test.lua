-- rille run --only and --from.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local HEAD = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
local function wait(s) local t0 = os.clock() local command = io.popen("sleep " .. s) command:close() end
]]

local function with(files, body)
  local project <close> = scratch.new()
  for name, text in pairs(files) do project:write(name, text) end
  body(project)
end

local CHAIN = HEAD .. [[
local a = step "a" { params = { x = 1 }, outputs = { t.integer "n" }, run = function(p) print "a" return p.x end }
local b = step "b" { inputs = { t.integer "n" }, params = { y = 1 }, outputs = { t.integer "n" }, run = function(n, p) print "b" return n + p.y end }
local c = step "c" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) print "c" return n end }
local d = step "d" { outputs = { t.integer "n" }, run = function() print "d" return 9 end }
return pipeline "p" { params = { x = 1, y = 1 }, define = function(p) c(b:with { id = "middle" } { n = a { x = p.x }, y = p.y }) d() end }
]]

-- What ran, and the statuses.
local function steps_of(project, arguments)
  local r = project:rille("run main.lua --name {n} -q " .. arguments)
  check.eq(r.code, 0, r.err)
  local list = {}
  for i, one in ipairs(json.decode(project:rille("show p@-1 --json").out).steps) do
    list[i] = one.id .. "=" .. one.status
  end
  return table.concat(list, " ")
end

check.test("--only runs the named steps; the others are hits or left out, and history says so", function()
  with({ ["main.lua"] = CHAIN }, function(project)
    check.eq(steps_of(project, "--only a"), "a=completed middle=skipped c=skipped d=skipped")
    check.eq(steps_of(project, "--only middle"), "a=cached middle=completed c=skipped d=skipped")
    check.has(project:rille("show p@-1").out, "left out by --only")
    check.eq(steps_of(project, "--only a,middle,c --set y=5"), "a=cached middle=completed c=completed d=skipped")
    check.eq(steps_of(project, ""), "a=cached middle=cached c=completed d=completed")
    check.eq(steps_of(project, "--only b"), "a=cached middle=cached c=cached d=cached")
  end)
end)

check.test("--only of a step whose input is not in the cache is an error that names it, before any step runs",
  function()
  with({ ["main.lua"] = CHAIN }, function(project)
    local r = project:rille "run main.lua --only c"
    check.eq(r.code, 3)
    check.has(r.err, '--only: step "c" needs "middle", which is not in the cache')
    check.ok(not r.err:find "\nrun ", "a run began")
    r = project:rille "run main.lua --only c,a"
    check.has(r.err, '--only: step "c" needs "middle", which is not in the cache')
  end)
end)

check.test("--from runs the named steps and all below them anew, the rest as usual, and keeps the results", function()
  with({ ["main.lua"] = CHAIN }, function(project)
    steps_of(project, "")
    check.eq(steps_of(project, "--from middle"), "a=cached middle=completed c=completed d=cached")
    check.eq(steps_of(project, "--from d --from c"), "a=cached middle=cached c=completed d=completed")
    local list = json.decode(project:rille("show p@-1 --json").out)
    check.eq(list.extra.from, { "d", "c" })
    check.eq(list.steps[4].reason, "requested by --from")
    steps_of(project, "")
    check.eq(json.decode(project:rille("show p@-1 --json").out).steps[2].cached_from, "2/middle",
      "the newer result is the one that is taken")
  end)
end)

check.test("a name that is no step is told with the nearest, and an empty one is refused", function()
  with({ ["main.lua"] = CHAIN }, function(project)
    local r = project:rille "run main.lua --only midle"
    check.eq({ r.code, r.err }, { 3, 'rille: --only: there is no step "midle"; did you mean "middle"?\n' })
    r = project:rille "run main.lua --from a,"
    check.eq({ r.code, r.err }, { 2, "rille: --from a,: expected names of steps, separated by commas\n" })
  end)
end)

check.done()
