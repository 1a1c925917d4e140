-- rille pipeline: versions of a wiring, deletion, lists.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local function fields(list, name)
  local out = {}
  for i, one in ipairs(list) do out[i] = tostring(one[name]) end
  return table.concat(out, " ")
end

check.test("a pipeline shows the versions of its wiring, and what changed", function()
  local p <close> = scratch.script [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
    local b = step "b" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n end }
    return pipeline "main" { define = function() b(a()) end }]]
  p:ok("run main.lua -q")
  p:edit("b(a())", 'local x = b(a()) b:with { id = "c" } (x)')
  p:ok("run main.lua -q")
  p:edit('(x)', '(a:with { id = "d" } ())')
  p:ok("run main.lua -q")
  local versions = p:json("pipeline show main").versions
  check.eq({ #versions, versions[1].changes, versions[2].changes, versions[3].changes, versions[2].runs },
    { 3, {}, { "+ c" }, { "+ d", "~ c takes n <- d, took n <- b" }, 1 })
  check.has(p:ok("pipeline show main"), "+ d; ~ c takes n <- d, took n <- b")
end)

check.test("a deleted pipeline's runs stay, unlisted; its name is free and begins anew", function()
  local p <close> = scratch.script [[
    local s = step "s" { params = { n = 1 }, outputs = { t.integer "n" }, run = function(p) return p.n end }
    return pipeline "main" { params = { n = 1 }, define = function(p) s { n = p.n } end }]]
  p:ok("run main.lua -q --name one")
  p:edit("s { n = p.n }", 's { n = p.n } s:with { id = "t" } { n = p.n }')
  p:ok("run main.lua -q --name 'run-{n}'")
  check.eq(p:json("pipeline show main").version, 2)
  check.eq(p:ok("pipeline delete main --yes"),
    "pipeline main is deleted; its 2 runs, now unlisted, are found by their names\n")
  check.eq({ #p:json("runs").items, #p:json("pipeline list").items, fields(p:json("runs --unlisted").items, "name") },
    { 0, 0, "run-2 one" })
  check.eq({ p:json("show one").pipeline, (p:ok("artifact get main::s::n")) }, { "main", "1" })
  p:ok("runs main", 3)
  p:ok("pipeline delete main --yes", 3)
  check.has(p:ok("run main.lua --json --name 'run-{n}'"), '"cached":2')
  check.eq({ p:json("pipeline show main").version, p:json("pipeline list").items[1].runs, p:json("show main@-1").name },
    { 1, 1, "run-3" })
  p:ok("run main.lua -q --set n=2")
  check.eq(p:json("artifact show main::s::n").version, 2, "versions of artifacts go on")
  p:ok("fsck")
end)

check.test("a pipeline with a run that is going on is not deleted", function()
  local p <close> = scratch.script [[
    local s = step "s" { run = function() os.execute "\"$RILLE\" pipeline delete main --yes 2> said" end, cache = false }
    return pipeline "main" { define = function() s {} end }]]
  p:ok("run main.lua -q")
  check.has(p:read "said", "pipeline 'main' has a running run; stop it first")
  check.eq(p:json("pipeline list").items[1].runs, 1)
end)

local METRIC = [[
  local s = step "s" { params = { gamma = t.number }, outputs = { t.number "n" },
    run = function(p, ctx) ctx:log_metric { accuracy = p.gamma } return p.gamma end }
  return pipeline "main" { params = { gamma = t.number { default = 2 }, svc = t.table { default = { depth = 1 } } },
    define = function(p) s { gamma = p.gamma } end }]]

check.test("pipeline list keeps the names of runs whole at 80 columns", function()
  local screen = require "screen"
  local p <close> = scratch.script((METRIC:gsub('"main"', '"a_name_of_20_letters"')))
  p:ok("run main.lua -q")
  local run = p:json("pipeline list").items[1].newest
  local function listed(width)
    check.eq(p:sh(string.format('TERM=dumb %s %d 24 rec -- "$RILLE" pipeline list', scratch.pty(check), width)).code, 0)
    return (screen.play(p:path "rec", { columns = width }):text():gsub("\n+$", ""))
  end
  check.eq(listed(80),
    string.format("%-22s%-6s%-40s%s\n%-22s%4d  %-40s%s", "pipeline", "runs", "newest run", "status",
      "a_name_of_20_letters", 1, run, "completed"))
  check.ok(listed(110):find(run:gsub("%-", "%%-") .. "  %d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d  completed"))
  check.has(listed(70), run)
end)

check.done()
