-- latest_names_test: what names reach.  The latest version of a name is what the newest
-- listed run had, computed or cached; with the cache on and off all is equal.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local function project_of(text)
  local p = scratch.new()
  p:write("main.lua", text)
  return p
end

-- The law ----------------------------------------------------------------------

-- Pipelines that share names of ports and names of artifacts; a step gives equal
-- bytes for different parameters; two nodes of one pipeline give the same name.
local PIPELINES <const> = [[
local rille = require "rille"
local t = rille.types
local src = rille.step "src" { params = { v = 1 }, outputs = { t.integer "n" }, run = function(p) return p.v % 2 end }
local fit = rille.step "fit" { inputs = { t.integer "n" }, params = { w = 1 },
  outputs = { t.integer "m" { name = "model", tags = { "fresh" } }, t.integer "plain" }, run = function(n, p) return n * 10 + p.w, n end }
local gate = rille.step "gate" { inputs = { t.integer "m" }, params = { fail = false }, outputs = { t.integer "ok" },
  run = function(m, p) if p.fail then error "closed" end return m end }
local after = rille.step "after" { inputs = { t.integer "m" }, outputs = { t.integer "m" }, run = function(m) return m + 1 end }
local other = rille.step "other" { params = { w = 1 }, outputs = { t.integer "o" { name = "shared" } }, run = function(p) return p.w end }
local params = { v = 1, w = 1, fail = false }
rille.pipeline "A" { params = params, define = function(p)
  local f = fit { n = src { v = p.v }, w = p.w }
  after { m = gate { m = f.m, fail = p.fail } }
  other { w = p.w }
end }
rille.pipeline "B" { params = params, define = function(p)
  fit { n = src:with { id = "source" } { v = p.v }, w = p.w }
  other:with { id = "one" } { w = p.v }
  other:with { id = "two" } { w = p.w }
end }
rille.pipeline "C" { params = params, define = function(p) gate { m = src { v = p.v + p.w }, fail = p.fail } end }
]]

local SHOW <const> = [[
local rille = require "rille"
local t = rille.types
local function tell(...) print(table.concat({ ... }, " ")) end
local NAMES = { "model", "shared", "A::src::n", "A::fit::plain", "A::fit::m", "A::gate::ok", "A::after::m", "A::other::o", "B::source::n", "B::src::n",
  "B::fit::plain", "B::one::o", "C::src::n", "C::gate::ok" }
for _, name in ipairs(NAMES) do
  local there, newest = pcall(rille.artifact, name)
  if there then
    local all = {}
    for i, v in ipairs(newest.versions) do
      all[i] = string.format("%d=%d[%s]", v.version, v:load(), table.concat(v.tags, ","))
      assert(rille.artifact(name .. "@" .. i):load() == v:load())
    end
    tell(name, newest.version, newest:load(), rille.artifact(name .. "@-1"):load(), "of", table.unpack(all))
    local tagged, fresh = pcall(rille.artifact, name .. "@fresh")
    if tagged then tell("fresh", fresh.version) end
  end
end
for name, history in pairs(rille.pipelines) do
  local run = history.runs[-1]
  for _, step in pairs(run and run.steps or {}) do
    for _, out in ipairs { "n", "m", "plain", "ok", "o" } do
      local there, artifact = pcall(function() return step.outputs[out] end)
      if there and artifact.name then tell("run", name, step.id, out, artifact.name, artifact.version) end
    end
  end
end
local use = rille.step "use" { inputs = { t.any "x" }, outputs = { t.any "x" }, run = function(x) return x end }
for _, of in ipairs { { "A", "model" }, { "B", "model" }, { "A", "shared" }, { "B", "shared" }, { "A", "src::n" }, { "B", "n" }, { "C", "n" }, { "A", "model", 1 },
  { "B", "model", 2 }, { "A", "fit::m" } } do
  local serve = rille.pipeline "serve" { define = function()
    use { x = rille.external { pipeline = of[1], artifact = of[2], version = of[3] } }
  end }
  local there, v = pcall(function() return serve:run { unlisted = true }.steps.use.output:load() end)
  tell("external", of[1], of[2], tostring(of[3]), there and v or "none")
end
]]

local function random_op(random)
  local function any(...) return (select(random(select("#", ...)), ...)) end
  local pipeline = any("A", "A", "B", "C")
  local op = string.format("run main.lua %s -q -k --set v=%d --set w=%d", pipeline, random(3), random(2))
  if pipeline ~= "B" and random(4) == 1 then op = op .. " --set fail=true" end
  if random(6) == 1 then op = op .. " --unlisted" end
  if pipeline ~= "B" and random(6) == 1 then op = op .. " --only src" end
  return op
end

-- What all names reach, as text.
local function reached(p, store)
  local env = "RILLE_STORE=" .. store .. " "
  local shown = p:sh(env .. '"$RILLE" -q show.lua')
  check.eq(shown.code, 0, shown.err)
  local listed = p:sh(env .. '"$RILLE" artifact list --json | sed "s/.created.:.[^,]*,//g"').out
  local of_b = p:sh(env .. '"$RILLE" artifact list --pipeline B --json | sed "s/.created.:.[^,]*,//g"').out
  return shown.out .. listed .. of_b
end

local function law(seed, rounds)
  local p <close> = project_of(PIPELINES)
  p:write("show.lua", SHOW)
  local state = seed
  local function random(n)      -- the same on every machine
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % n + 1
  end
  local done = {}
  for round = 1, rounds do
    local op = random_op(random)
    local mixed = random(2) == 1 and " --no-cache" or ""
    done[round] = op .. mixed
    local codes = {}
    for i, store in ipairs { "on", "off", "mixed" } do
      codes[i] = p:sh("RILLE_STORE=" .. store .. ' "$RILLE" ' .. op
        .. (store == "off" and " --no-cache" or store == "mixed" and mixed or "")).code
    end
    check.eq({ codes[2], codes[3] }, { codes[1], codes[1] }, op)
    local on = reached(p, "on")
    for _, store in ipairs { "off", "mixed" } do
      local there = reached(p, store)
      if there ~= on then
        error(string.format("seed %d, after\n  %s\nthe store '%s' has\n%s\nand with the cache on there is\n%s", seed,
          table.concat(done, "\n  "), store, there, on),
          2)
      end
    end
  end
end

for seed = 1, 4 do
  check.test("what names reach is the same with the cache on and off, sequence " .. seed, function() law(seed, 12) end)
end

-- Cases ------------------------------------------------------------------------

check.test("an unlisted run is reached by its own name, not by those of artifacts", function()
  local p <close> = project_of [[
local rille = require "rille"
local t = rille.types
local make = rille.step "make" { params = { v = 1 }, outputs = { t.integer "n" }, run = function(p) return p.v end }
return rille.pipeline "q" { params = { v = 1 }, define = function(p) make { v = p.v } end }
]]
  p:ok("run main.lua -q")
  p:ok("run main.lua -q --set v=2 --unlisted --name hidden")
  check.eq(p:ok("artifact get q::make::n"), "1")
  check.has(p:ok("show hidden/make --json"), '"version":null')
  -- a listed run that takes its result gives it a name
  p:ok("run main.lua -q --set v=2")
  check.eq({ p:ok("artifact get q::make::n"), (p:ok "artifact get q::make::n@1") }, { "2", "1" })
end)

check.test("a name that a port gives is found by every pipeline that had it", function()
  local p <close> = project_of [[
local rille = require "rille"
local t = rille.types
local fit = rille.step "fit" { params = { v = 1 }, outputs = { t.string "model" { name = "digits-model" } }, run = function(p) return "M" .. p.v end }
local use = rille.step "use" { inputs = { t.string "m" }, outputs = { t.string "r" }, run = function(m) return m end }
local function pipeline(name) return rille.pipeline(name) { params = { v = 1 }, define = function(p) fit { v = p.v } end } end
local dev, prod = pipeline "dev", pipeline "prod"
local function served(from, artifact, version)
  local p = rille.pipeline "serve" { define = function() use { m = rille.external { pipeline = from, artifact = artifact, version = version } } end }
  local there, v = pcall(function() return p:run { unlisted = true }.steps.use.output:load() end)
  return there and v or v:match "^[^\n]*"
end
if rille.main() then
  dev:run {} prod:run {} dev:run { params = { v = 2 } }
  for _, artifact in ipairs { "digits-model", "fit::model", "model" } do print(served("dev", artifact), served("prod", artifact)) end
  print(served("prod", "digits-model", 1), (served("prod", "digits-model", 2)))
end
]]
  local lines = {}
  for line in p:ok("-q main.lua"):gmatch "[^\n]+" do lines[#lines + 1] = line end
  check.eq({ lines[1], lines[2], lines[3] }, { "M2\tM1", "M2\tM1", "M2\tM1" })
  check.has(lines[4], "M1")
  check.has(lines[4], "the newest is version 1")
  check.has(p:ok("artifact list --pipeline prod"), "digits-model        1")
end)

check.test("what a condition chose and the items of maps have names, cached or not", function()
  local p <close> = project_of [[
local rille = require "rille"
local t = rille.types
local yes = rille.step "yes" { params = { v = true }, outputs = { t.boolean "ok" }, run = function(p) return p.v end }
local one = rille.step "one" { params = { v = 1 }, outputs = { t.integer "n" }, run = function(p) return p.v end }
local twice = rille.step "twice" { inputs = { t.integer "x" }, outputs = { t.integer "y" { name = "item" } }, run = function(x) return 2 * x end }
local list = rille.step "list" { outputs = { t.list(t.integer) "xs" }, run = function() return { 1, 2 } end }
return rille.pipeline "p" { params = { v = true }, define = function(p)
  rille.when(yes { v = p.v }, { function() return one {} end, otherwise = function() return one:with { id = "other" } { v = 2 } end })
  twice:map { x = list {} }
end }
]]
  p:write("ask.lua", [[
local rille = require "rille"
local run = rille.pipelines.p.runs[-1]
for _, step in pairs(run.steps) do
  if step.kind ~= "map" then
    for _, out in ipairs { "ok", "n", "y" } do
      local there, artifact = pcall(function() return step.outputs[out] end)
      if there and artifact then print(step.id, artifact.name, artifact.version) end
    end
  end
end
for _, v in ipairs(rille.artifact "item".versions) do print(v.version, v:load(), v.producer.id) end
]])
  local function told(arguments)
    p:ok("run main.lua -q " .. arguments)
    return (p:ok("-q ask.lua"):gsub("when[^\t]*", "when"))
  end
  local first = told ""
  check.has(first, "one\tp::one::n\t1\n")
  check.has(first, "when\tp::one::n\t1\n")
  check.has(first, "1\t2\ttwice[1]\n2\t4\ttwice[2]\n")
  -- the items of a map take turns: each run makes a version of each
  check.has(told "", "3\t2\ttwice[1]\n4\t4\ttwice[2]\n")
  check.has(told "--no-cache", "5\t2\ttwice[1]\n6\t4\ttwice[2]\n")
  check.has(told "--set v=false", "when\tp::other::n\t1\n")
end)

check.test("a run of which all is cached writes its own row and no other", function()
  local p <close> = project_of [[
local rille = require "rille"
local t = rille.types
local give = rille.step "give" { params = { i = 0, v = 0 }, outputs = { t.integer "n" }, run = function(p) return p.i + p.v end }
local total = rille.step "total" { inputs = { t.list(t.integer) "n" }, outputs = { t.integer "sum" { name = "sum", tags = { "all" } } }, run = function(n) return #n end }
return rille.pipeline "fan" { params = { v = 0 }, define = function(p)
  local list = {}
  for i = 1, 100 do list[i] = give:with { id = "g" .. i } { i = i, v = i == 7 and p.v or 0 } end
  total { n = list }
end }
]]
  local function counts()
    return p:sh([[for t in run step_run edge artifact artifact_version tagging holding origin pipeline_spec ]]
      .. [[record; do sqlite3 .rille/meta.db "select '$t', count(*) from $t"; done]]).out
  end
  p:ok("run main.lua -q")
  local before = counts()
  p:ok("run main.lua -q")
  check.eq(counts(), (before:gsub("run|1\n", "run|2\n", 1)))
  p:ok("run main.lua -q --set v=5")
  before = counts()
  -- back again: one artifact is another than the latest
  p:ok("run main.lua -q")
  local function number(text, what) return math.tointeger(text:match("\n" .. what .. "|(%d+)")) end
  check.eq(number(counts(), "artifact_version") - number(before, "artifact_version"), 1)
  check.eq(p:ok("artifact get fan::g7::n"), "7")
end)

-- Positions ----------------------------------------------------------------------

local SWAPPED <const> = [[
local rille = require "rille"
local t = rille.types
local a = rille.step "a" { params = { v = 1 }, outputs = { t.string "x" }, run = function(p) return "I am a " .. p.v end }
local b = rille.step "b" { outputs = { t.string "x" }, run = function() return "I am b" end }
local c = rille.step "c" { inputs = { t.string "x" }, outputs = { t.string "x" }, run = function(x) return x .. "!" end }
local each = rille.step "each" { inputs = { t.string "x" }, outputs = { t.string "x" }, run = function(x) return x .. "?" end }
local two = rille.step "two" { outputs = { t.list(t.string) "x" }, run = function() return { "1", "2" } end }
return rille.pipeline "p" { params = { v = 1 }, define = function(p)
  local first = b {}
  ORDER
end }
]]
local ORDERS <const> = {
  "local l = two {} c { x = first } each:map { x = l } a { v = p.v }",
  "a { v = p.v } c { x = first } each:map { x = two {} }", "each:map { x = two {} } a { v = p.v } c { x = first }",
}

check.test("steps are found by their names in whatever order define has them", function()
  local p <close> = project_of ""
  p:write("ask.lua", [[
local rille = require "rille"
local steps = rille.pipelines.p.runs[-1].steps
print(steps.a.outputs.x:load(), steps.b.outputs.x:load(), steps.c.outputs.x:load(), steps["each[2]"].outputs.x:load())
]])
  for i, order in ipairs(ORDERS) do
    p:write("main.lua", (SWAPPED:gsub("ORDER", order)))
    for _, v in ipairs { i, 1 } do
      p:ok("run main.lua -q --name r" .. i .. v .. "-{n} --set v=" .. v)
      check.eq(p:ok("-q ask.lua"), string.format("I am a %d\tI am b\tI am b!\t2?\n", v))
      check.has(p:ok("show p@-1/a"), '"I am a ' .. v .. '"')
      check.has(p:ok("graph p@-1 --json"), '"preview":"\\"I am a ' .. v)
    end
  end
  check.has(p:ok("fsck"), " 0 problems")
  check.has(p:ok("pipeline show p"), "wiring version 1")
end)

check.test("a step run at the position of another node is found by fsck and verify", function()
  local p <close> = project_of((SWAPPED:gsub("ORDER", ORDERS[1])))
  p:ok("run main.lua -q --name r1")
  p:ok("verify r1")
  p:sh([[sqlite3 .rille/meta.db "update step_run set node = case node when 'a' then 'b' else 'a' end where node ]]
    .. [[in ('a', 'b')"]])
  local r = p:rille "fsck"
  check.eq(r.code, 5)
  -- whichever ended first
  check.ok((r.out .. r.err):find "run 'r1': step run %d+ belongs to node 'a', but has the position of 'b'",
    r.out .. r.err)
  r = p:rille "verify r1"
  check.eq(r.code, 5)
  check.has(r.out .. r.err, "b: its step run is that of a")
end)

check.test("an output whose port gives its name has no other, computed or cached", function()
  local p <close> = project_of [[
local rille = require "rille"
local t = rille.types
local src = rille.step "src" { params = { k = 1 }, outputs = { t.integer "x" { name = "own" }, t.integer "plain" }, run = function(p) return p.k, -p.k end }
local use = rille.step "use" { inputs = { t.integer "x" }, outputs = {}, run = function() end }
return rille.pipeline "p" { params = { k = 1 }, define = function(p) use { x = src { k = p.k }.x } end }
]]
  local runs = { "--set k=1", "--set k=2", "--set k=1 --no-cache", "--set k=2 --only src --no-cache",
    "--set k=1 --no-cache", "--set k=1", "--set k=2 --no-cache", "--set k=2", "--set k=1 --no-cache" }
  for i, arguments in ipairs(runs) do
    p:ok("run main.lua -q " .. arguments)
    local names = {}
    for name in p:ok("artifact list"):gmatch "\n(%S+)" do names[#names + 1] = name end
    check.eq(table.concat(names, " "), "own p::src::plain", i .. ": " .. arguments)
  end
  check.eq(p:ok("artifact get own@-1"), "1")
  check.eq(p:ok("artifact get own@-2"), "2")
end)

check.test("the last of several is that of the wiring, whichever map is expanded first", function()
  local p <close> = scratch.script [[
    local slow = step "slow" { outputs = { t.list(t.integer) "l" }, run = function()
      local x = 0
      for i = 1, 2e7 do x = x + i % 7 end
      return { 1, 2 }
    end }
    local quick = step "quick" { outputs = { t.list(t.integer) "l" }, run = function() return { 3, 4 } end }
    local square = step "square" { inputs = { t.integer "x" }, outputs = { t.integer "y" { name = "best" } },
      run = function(x, _, ctx)
        ctx:log_metric { acc = x }
        ctx.model:log_metadata { x = x }
        ctx:promote(ctx.model, "staging", { reason = "item " .. x })
        return x * x
      end }
    local last = step "last" { outputs = { t.integer "z" }, run = function(_, ctx) ctx:log_metric { acc = 0, z = 0 } return 0 end }
    return pipeline "main" { model = rille.model "m" {}, define = function()
      square:with { id = "m1" }:map { x = slow() }
      square:with { id = "m2" }:map { x = quick() }
      last()
    end }]]
  local function seen()
    local v = p:json "model version show m"
    local found = { v.number, v.metadata.x, v.artifacts[1].digest, (p:ok "artifact get best") }
    for _, where in ipairs { "metric.acc = 0", "metric.m1.acc = 2", "metric.m2.acc = 4" } do
      found[#found + 1] = #p:json("runs --limit 1 --where '" .. where .. "'").items
    end
    found[#found + 1] = p:json("model history m").items[1].reason
    return found
  end
  p:ok "run main.lua -q -j 4"
  local first = seen()
  check.eq({ first[1], first[2], first[4], first[5], first[6], first[7], first[8] }, { 1, 4, "16", 1, 1, 1, "item 1" })
  for _, more in ipairs { "-j 4", "-j 4 --no-cache", "-j 1" } do
    p:ok("run main.lua -q " .. more)
    check.eq(seen(), first)
  end
  check.has(p:ok "fsck", " 0 problems")
end)

check.done()
