-- What a step sees of the run that it is in.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local B = paths.build

local HEAD = [[
local rille = require "rille"
local t = rille.types
local make = rille.step "make" { params = { k = 1 }, outputs = { t.integer "v" }, run = function(p, ctx)
  ctx:log_metric { twice = 2 * p.k }
  ctx:log_metadata { from = "k" .. p.k }
  ctx:log_artifact_metadata("v", { k = p.k })
  return p.k
end }
local pass = rille.step "pass" { inputs = { t.integer "v" }, outputs = { t.integer "w" }, run = function(v) return 10 * v end }
-- The value and the version of an artifact, or why it cannot be had.
local function get(name)
  local ok, a = pcall(rille.artifact, name)
  if not ok then return (tostring(a):gsub("^.-:%d+: ", "")) end
  return a:load() .. " v" .. tostring(a.version)
end
local function asking(what) return rille.step "ask" { cache = false, outputs = { t.string "text" }, run = function(_, ctx) return what(ctx) end } end
]]

-- A project whose step `ask` answers with what the text ASK, a body of a function of
-- ctx, returns.
local function project_of(ask, define, more)
  local project = scratch.new()
  project:write("main.lua",
    string.format("%s%s\nlocal ask = asking(function(ctx) %s end)\nreturn rille.pipeline 'p' { params = { k = 1 "
      .. "}, define = function(p) %s end }\n",
    HEAD, more or "", ask, define))
  return project
end

-- What `ask` answered in a run.
local function answer(project, arguments)
  local r = project:rille("run main.lua " .. (arguments or ""))
  if r.code ~= 0 then error(r.err, 2) end
  return project:rille("artifact get p::ask::text").out
end

-- Runs that make the value, take it from the cache, make another, and come back to
-- the first; what the step is to see in each.
local AS_IT_IS = { { "", "1 v1" }, { "", "1 v1" }, { "--set k=2", "2 v2" }, { "--set k=2 --no-cache", "2 v2" },
  { "", "1 v3" } }

local ORDERS = {
  { "by after", "local m = make { k = p.k }; ask:with { after = { m } } {}" },
  { "by the id in after", "make { k = p.k }; ask:with { after = { 'make' } } {}" },
  { "through a step between", "local m = make { k = p.k }; local w = pass(m); ask:with { after = { w } } {}" },
}

for _, order in ipairs(ORDERS) do
  check.test("a step that is ordered " .. order[1] .. " sees the artifact of its run, made or cached", function()
    local project <close> = project_of("return get 'p::make::v'", order[2])
    for i, one in ipairs(AS_IT_IS) do check.eq(answer(project, one[1]), one[2], i .. ": " .. one[1]) end
  end)
end

check.test("a wired input orders, too", function()
  local project <close> = project_of("", "ask2(make { k = p.k })", [[
local ask2 = rille.step "ask" { cache = false, inputs = { t.integer "v" }, outputs = { t.string "text" }, run = function(v) return v .. " " .. get "p::make::v" end }]])
  check.eq(answer(project), "1 1 v1")
  check.eq(answer(project, "--set k=2"), "2 2 v2")
  check.eq(answer(project), "1 1 v3")
end)

check.test("a name that the port gives, and a position from the end, lead to this run", function()
  local project <close> = project_of("return get 'mine' .. ', ' .. get 'mine@-1' .. ', ' .. get 'mine@-2' .. ', "
    .. "' .. get 'mine@best' .. ', ' .. get 'mine@1'",
    "local m = named { k = p.k }; ask:with { after = { m } } {}", [[
local named = rille.step "named" { params = { k = 1 }, outputs = { t.integer "v" { name = "mine", tags = { "best" } } }, run = function(p) return p.k end }]])
  check.has(answer(project), "1 v1, 1 v1, artifact mine has no version -2")
  check.eq(answer(project, "--set k=2"), "2 v2, 2 v2, 1 v1, 2 v2, 1 v1")
  check.eq(answer(project), "1 v3, 1 v3, 2 v2, 1 v3, 1 v1")
end)

check.test("versions end with this run's, and its producer is the step of this run", function()
  local project <close> = project_of([[
local a = rille.artifact "p::make::v"
local list = {}
for i, one in ipairs(a.versions) do list[i] = one.version .. "=" .. one:load() end
return table.concat(list, " ") .. " by " .. a.producer.id .. " k " .. a.metadata.k]], "local m = make { k = p.k }; ask:with { after = { m } } {}")
  check.eq(answer(project), "1=1 by make k 1")
  check.eq(answer(project, "--set k=2"), "1=1 2=2 by make k 2")
  check.eq(answer(project), "1=1 2=2 3=1 by make k 1")
end)

local UNORDERED = 'step "ask" asks for "p::make::v", which step "make" of this run makes, and nothing says which '
  .. 'comes first: add it to `after`, as in :with { after = { "make" } }, or take it as an input'

for _, name in ipairs { "p::make::v", "p::make::v@-1", "p::make::v@best" } do
  check.test("without an order " .. name .. " is an error, not the last run's value", function()
    local project <close> = project_of("return get '" .. name .. "'", "make { k = p.k }; ask {}")
    for _, arguments in ipairs { "", "", "--set k=2", "-j 1" } do
      check.eq(answer(project, arguments), UNORDERED, arguments)
    end
  end)
end

check.test("a fixed version of an earlier run needs no order", function()
  local project <close> = project_of("return get 'p::make::v@1'", "make { k = p.k }; ask {}")
  check.eq(answer(project), UNORDERED, "this run may have made it by now")
  check.eq(answer(project, "--set k=2"), "1 v1")
  local late <close> = project_of("os.execute 'sleep 0.1' return get 'p::make::v@1'", "make { k = p.k }; ask {}")
  check.eq(answer(late, "-j 2"), UNORDERED, "this run has made it")
end)

check.test("a step that comes before the other sees what earlier runs made", function()
  local project <close> = project_of("return get 'p::make::v'",
    "local a = ask {}; make:with { after = { a } } { k = p.k }")
  check.has(answer(project), "no artifact named")
  check.eq(answer(project, "--set k=2"), "1 v1")
  check.eq(answer(project, "--set k=2"), "2 v2")
end)

check.test("a step sees what it made itself in earlier runs", function()
  local project <close> = project_of("return get 'p::ask::text'", "ask {}")
  check.has(answer(project), "no artifact named")
  check.has(answer(project), " v1")
end)

local OF_RUN = [[
local run = ctx.pipeline.runs[-1]
local s = run.steps.make
return table.concat({ run.name == ctx.run.name and "own" or "other", run.status, s.status, s.outputs.v:load(), "v" .. tostring(s.output.version), s.metrics.twice, s.metadata.from,
  s.output.metadata.k, s.parameters.k, run.steps.ask.status }, " ")]]

check.test("the running run shows its finished steps", function()
  local project <close> = project_of(OF_RUN, "local m = make { k = p.k }; ask:with { after = { m } } {}")
  check.eq(answer(project), "own running completed 1 v1 2 k1 1 1 running")
  check.eq(answer(project), "own running cached 1 v1 2 k1 1 1 running")
  check.eq(answer(project, "--set k=2"), "own running completed 2 v2 4 k2 2 2 running")
  check.eq(answer(project, "-j 1"), "own running cached 1 v3 2 k1 1 1 running")
end)

check.test("an unordered step of the running run has a name, and an error for the rest", function()
  local project <close> = project_of([[
local s = ctx.pipeline.runs[-1].steps.make
local ok, message = pcall(function() return s.output end)
return s.id .. " " .. s.name .. " " .. tostring(ok) .. " " .. (tostring(message):gsub("^.-:%d+: ", ""))]], "make { k = p.k }; ask {}")
  for _ = 1, 2 do
    check.has(answer(project),
      'make make false step "ask" asks for its result, which step "make" of this run makes, and nothing says '
        .. 'which comes first')
  end
end)

check.test("items of a map, and a branch, are seen", function()
  local project <close> = project_of([[
local steps = ctx.pipeline.runs[-1].steps
local list = {}
for i, one in ipairs(steps.each.outputs.w) do list[i] = one:load() end
return table.concat(list, ",") .. " " .. get "p::each[2]::w" .. " " .. steps.either.outputs.v:load()]],
    [[local e = pass:with { id = "each" }:map { v = { p.k, p.k + 1 } }
local c = rille.when(is_one { k = p.k }, { function() return make { k = 7 } end, otherwise = function() return make:with { id = "no" } { k = 8 } end, id = "either" })
ask:with { after = { e, c } } {}]],
    [[local is_one = rille.step "is_one" { params = { k = 1 }, outputs = { t.boolean "ok" }, run = function(p) ]]
      .. [[return p.k == 1 end }]])
  for _, one in ipairs { { "", "10,20 20 v1 7" }, { "", "10,20 20 v1 7" }, { "--set k=2", "20,30 30 v2 8" } } do
    check.eq(answer(project, one[1]), one[2], one[1])
  end
end)

check.test("hooks see their own step and those before it", function()
  local project <close> = project_of("return 'x'", [[
local m = make { k = p.k }
hooked:with { id = "good" } { v = m, fail = false }
hooked:with { id = "bad" } { v = m, fail = true }
make:with { id = "apart" } { k = 5 }
]], [[
local function tell(ctx, ...)
  local run = ctx.pipeline.runs[-1]
  local own = run.steps[ctx.step.id]
  print("HOOK " .. table.concat({ ctx.step.id, get "p::make::v", run.steps.make.status, own.status, own.status == "completed" and own.output:load() or "-",
    get("p::" .. ctx.step.id .. "::w"), (get "p::apart::v"):match "nothing says which comes first" or "?" }, "; "))
end
local hooked = rille.step "hooked" { cache = false, inputs = { t.integer "v" }, params = { fail = false }, outputs = { t.integer "w" },
  on_success = function(ctx) tell(ctx) end, on_failure = function(_, ctx) tell(ctx) end,
  run = function(v, p) if p.fail then error "no" end return v + 100 end }]])
  for i, one in ipairs { { "", "1 v1", "completed", "101", "101 v1" },
    { "--set k=2", "2 v2", "completed", "102", "102 v2" }, { "-j 1", "1 v3", "cached", "101", "101 v3" } } do
    check.eq(project:rille("run main.lua -k " .. one[1]).code, 1)
    local apart = "nothing says which comes first"
    check.has(project:rille("log p@-1/good").out,
      string.format("HOOK good; %s; %s; completed; %s; %s; %s", one[2], one[3], one[4], one[5], apart), i .. "")
    check.has(project:rille("log p@-1/bad").out, string.format("HOOK bad; %s; %s; failed; -; ", one[2], one[3]))
  end
end)

check.test("what comes later is said to come later; of an item the map is named, which after can name", function()
  local project <close> = project_of("local ok, why = pcall(function() return "
    .. "ctx.pipeline.runs[-1].steps.later.status end) return why .. ' | ' .. get 'p::apart[1]::w'",
    "local a = ask {}; rille.step 'later' { inputs = { t.string 'a' }, outputs = { t.string 'b' }, run = "
      .. "function(a) return a end } { a = a }; pass:with { id = 'apart' }:map { v = { 1, 2 } }")
  local text = answer(project)
  check.has(text, 'step "ask" asks for its result, but step "later" comes after it in this run | ')
  check.has(text,
    'which step "apart[1]" of this run makes, and nothing says which comes first: add it to `after`, as in :with '
      .. '{ after = { "apart" } }')
end)

check.test("an unlisted run sees its own artifacts, which have no version", function()
  local project <close> = project_of("return get 'p::make::v'",
    "local m = make { k = p.k }; ask:with { after = { m } } {}")
  check.eq(answer(project), "1 v1")
  check.eq(project:rille("run main.lua --unlisted --name u --set k=2").code, 0)
  check.has(project:rille("show u").out, "2 vnil")
end)

check.test("a step in the process of a library sees the same", function()
  local project <close> = project_of("return get 'p::make::v' .. ' ' .. get 'p::apart::v'",
    "local m = make { k = p.k }; make:with { id = 'apart' } { k = 3 }; ask:with { after = { m } } {}")
  local command = scratch.quoted(B .. "/tracer") .. " .rille main.lua p"
  for _ = 1, 2 do
    local r = project:sh(command)
    check.eq(r.code, 0, r.err)
    local text = project:rille("artifact get p::ask::text").out
    check.has(text, "1 v1 ")
    check.has(text, 'which step "apart" of this run makes')
  end
end)

check.done()
