-- rille pipeline: versions of a wiring, deletion, lists.

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

local function edit(p, from, to)
  local text = p:read "main.lua"
  local a, b = text:find(from, 1, true)
  check.ok(a, "main.lua has no " .. from)
  p:write("main.lua", text:sub(1, a - 1) .. to .. text:sub(b + 1))
end

local function fields(list, name)
  local out = {}
  for i, one in ipairs(list) do out[i] = tostring(one[name]) end
  return table.concat(out, " ")
end

check.test("a pipeline shows the versions of its wiring, and what changed", function()
  local p <close> = project [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
    local b = step "b" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n end }
    return pipeline "main" { define = function() b(a()) end }]]
  ok(p, "run main.lua -q")
  edit(p, "b(a())", 'local x = b(a()) b:with { id = "c" } (x)')
  ok(p, "run main.lua -q")
  edit(p, '(x)', '(a:with { id = "d" } ())')
  ok(p, "run main.lua -q")
  local versions = ask(p, "pipeline show main").versions
  check.eq({ #versions, versions[1].changes, versions[2].changes, versions[3].changes, versions[2].runs }, { 3, {}, { "+ c" }, { "+ d", "~ c takes n <- d, took n <- b" }, 1 })
  check.has(ok(p, "pipeline show main"), "+ d; ~ c takes n <- d, took n <- b")
end)

check.test("a deleted pipeline's runs stay, unlisted; its name is free and begins anew", function()
  local p <close> = project [[
    local s = step "s" { params = { n = 1 }, outputs = { t.integer "n" }, run = function(p) return p.n end }
    return pipeline "main" { params = { n = 1 }, define = function(p) s { n = p.n } end }]]
  ok(p, "run main.lua -q --name one")
  edit(p, "s { n = p.n }", 's { n = p.n } s:with { id = "t" } { n = p.n }')
  ok(p, "run main.lua -q --name 'run-{n}'")
  check.eq(ask(p, "pipeline show main").version, 2)
  check.eq(ok(p, "pipeline delete main --yes"), "pipeline main is deleted; its 2 runs, now unlisted, are found by their names\n")
  check.eq({ #ask(p, "runs").items, #ask(p, "pipeline list").items, fields(ask(p, "runs --unlisted").items, "name") }, { 0, 0, "run-2 one" })
  check.eq({ ask(p, "show one").pipeline, (ok(p, "artifact get main::s::n")) }, { "main", "1" })
  ok(p, "runs main", 3)
  ok(p, "pipeline delete main --yes", 3)
  check.has(ok(p, "run main.lua --json --name 'run-{n}'"), '"cached":2')
  check.eq({ ask(p, "pipeline show main").version, ask(p, "pipeline list").items[1].runs, ask(p, "show main@-1").name }, { 1, 1, "run-3" })
  ok(p, "run main.lua -q --set n=2")
  check.eq(ask(p, "artifact show main::s::n").version, 2, "versions of artifacts go on")
  ok(p, "fsck")
end)

check.test("a pipeline with a run that is going on is not deleted", function()
  local p <close> = project [[
    local s = step "s" { run = function() os.execute "\"$RILLE\" pipeline delete main --yes 2> said" end, cache = false }
    return pipeline "main" { define = function() s {} end }]]
  ok(p, "run main.lua -q")
  check.has(p:read "said", "pipeline 'main' has a run that is running; stop it first")
  check.eq(ask(p, "pipeline list").items[1].runs, 1)
end)

local METRIC = [[
  local s = step "s" { params = { gamma = t.number }, outputs = { t.number "n" },
    run = function(p, ctx) ctx:log_metric { accuracy = p.gamma } return p.gamma end }
  return pipeline "main" { params = { gamma = t.number { default = 2 }, svc = t.table { default = { depth = 1 } } },
    define = function(p) s { gamma = p.gamma } end }]]

check.test("pipeline list keeps the names of runs whole at 80 columns", function()
  local screen = require "screen"
  local p <close> = project((METRIC:gsub('"main"', '"a_name_of_20_letters"')))
  ok(p, "run main.lua -q")
  local run = ask(p, "pipeline list").items[1].newest
  local function listed(width)
    check.eq(p:sh(string.format('TERM=dumb %s %d 24 rec -- "$RILLE" pipeline list', scratch.pty(check), width)).code, 0)
    return (screen.play(p:path "rec", { columns = width }):text():gsub("\n+$", ""))
  end
  check.eq(listed(80), string.format("%-22s%-6s%-40s%s\n%-22s%4d  %-40s%s", "pipeline", "runs", "newest run", "status", "a_name_of_20_letters", 1, run, "completed"))
  check.ok(listed(110):find(run:gsub("%-", "%%-") .. "  %d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d  completed"))
  check.has(listed(70), run)
end)

check.done()
