-- definition_memo_denials_test.lua -- each condition that denies the memo of the definition where no other one does,
-- and each part of its key.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local definition_key = require "rille.run.definition_key"
local materializers = require "rille.artifact.registry"
local rille = require "rille"
local scratch = require "scratch"

local HEAD <const> = [[
local first = step "first" { params = { v = 1 }, outputs = { t.integer "x" }, run = function(p) return p.v end }
]]

-- A run of these words, and what the memo did.
local function run(p, words, environment)
  local path = p.dir .. ".says"
  os.remove(path)
  local r = p:sh(string.format('export RILLE_MEMO=on RILLE_MEMO_SAYS=%s; %s "$RILLE" run main.lua -q %s', path,
    environment or "", words or ""))
  -- the memo of nodes says what it did, too
  local text = ("\n" .. (scratch.read(path) or "")):gsub("\nnodes[^\n]*", ""):gsub("^\n", "")
  os.remove(path)
  return (text:gsub("\n$", ""):gsub("\n", "; ")), r
end

-- The same of a run that completes.
local function said(p, words, environment)
  local text, r = run(p, words, environment)
  if r.code ~= 0 then error(r.err, 2) end
  return text
end

local function loaded(p, of)
  return (p:ok("artifact get main::" .. of))
end

-- Denied -------------------------------------------------------------------------------------

check.test("a pipeline that gets inputs is not that without, although define does not take them", function()
  local p <close> = scratch.script(HEAD .. "return pipeline 'main' { define = function() first {} end }")
  said(p)
  check.eq(said(p), "hit")
  p:edit("{ define", "{ inputs = { t.integer 'x' }, define")
  local text, r = run(p)
  check.eq({ text, r.code }, { "none: denied: inputs", 3 })
  check.has(r.err, "is missing")
end)

local PLAIN <const> = "return pipeline 'main' { define = function() first {} end }"

for what, line in pairs { model = "rille.model 'm' {}",
  secret = "step 'u' { params = { k = t.secret }, outputs = { t.integer 'x' }, run = function() return 1 end }" } do
  check.test("a script that declares a " .. what .. " beside its pipeline", function()
    local p <close> = scratch.script(HEAD .. line .. "\n" .. PLAIN)
    check.eq({ said(p), said(p) }, { "none: denied: a " .. what, "none: denied: a " .. what })
    check.eq(p:statuses(), "first=cached")
  end)
end

check.test("the script of a commit", function()
  local p <close> = scratch.script(HEAD .. PLAIN)
  p:sh "git init -q . && git add main.lua && git -c user.name=a -c user.email=a@b commit -qm one"
  said(p)
  check.eq(said(p), "hit")
  check.eq(said(p, "--at HEAD"), "none: denied: code of a commit")
end)

check.test("a run that fails", function()
  local p <close> = scratch.script(HEAD .. [[
local s = step "s" { outputs = { t.integer "x" }, run = function() error "no" end }
return pipeline 'main' { define = function() first {} s() end }]])
  said(p, "|| true")
  check.eq(said(p, "|| true"), "none: no row; not kept: the run did not complete")
end)

check.test("nodes in another order than in the wiring that is kept", function()
  local p <close> = scratch.script(HEAD .. [[
return pipeline 'main' { define = function()
  local ids = { "a", "b" }
  if os.getenv "TURN" then ids = { "b", "a" } end
  for i = 1, 2 do first:with { id = ids[i] } { v = ids[i] == "a" and 1 or 2 } end
end }]])
  said(p)
  check.eq(said(p), "hit")
  check.has(said(p, "", "TURN=1"), "not kept: the order of the wiring")
  check.has(said(p, "", "TURN=1"), "not kept: the order of the wiring")
  check.eq({ said(p), loaded(p, "a::x"), loaded(p, "b::x") }, { "hit", "1", "2" })
end)

check.test("steps that read a file which changed between them", function()
  local p <close> = scratch.script([[
local function read() local f <close> = io.open "data" return f:read "a" end
local function change() local f <close> = io.open(os.getenv "HOME" .. "/data", "w") f:write "two" end
local a = step "a" { outputs = { t.string "x" }, run = function() return read() end, on_success = change }
local b = step "b" { inputs = { t.string "x" }, outputs = { t.string "y" }, run = function(x) return x .. read() end }
return pipeline 'main' { define = function() b(a()) end }]], { data = "one" })
  check.eq(said(p, "-j 1", "HOME=$PWD"), "none: no store; not kept: facts that contradict each other")
  check.eq({ said(p, "-j 1", "HOME=$PWD"), loaded(p, "b::y") }, { "none: no row; kept", "twotwo" })
  check.eq(said(p, "-j 1", "HOME=$PWD"), "hit")
end)

check.test("a file among what steps made, in a list", function()
  local p <close> = scratch.script([[
local made = step "made" { outputs = { t.file "f" }, run = function() return rille.file "a" end }
local n = step "n" { inputs = { t.list(t.file) "fs" }, outputs = { t.integer "n" },
  run = function(fs) local n = 0 for _, f in ipairs(fs) do n = n + #f:read() end return n end }
return pipeline 'main' { define = function() n { fs = { made(), rille.file "b" } } end }]],
    { a = "1", b = "22" })
  check.has(said(p), "not kept: file b changed")
  check.eq({ said(p), loaded(p, "n::n") }, { "none: no row; not kept: file b changed", "3" })
  p:write("b", "333")
  check.eq({ said(p), loaded(p, "n::n") }, { "none: no row; not kept: file b changed", "4" })
end)

-- What meta says of a run of these words, the newest.
local function basis_of(p, words)
  p:sh('RILLE_MEMO=off "$RILLE" run main.lua -q ' .. words)
  local row = tonumber(p:sh "sqlite3 .rille/meta.db 'select max(row) from run'".out)
  local m <close> = require("rille.host.meta").open(p.dir .. "/.rille")
  local basis, why = m:memo_basis(row)
  return basis and "kept" or why
end

check.test("a run that is no plain one leaves no row", function()
  local p <close> = scratch.script(HEAD .. [[
local map = step "map" { inputs = { t.integer "x" }, outputs = { t.integer "y" }, run = function(x) return x end }
local xs = step "xs" { outputs = { t.list(t.integer) "xs" }, run = function() return { 1, 2 } end }
return pipeline 'main' { define = function()
  first {}
  if os.getenv "MAP" then map:map { x = xs() } end
end }]])
  check.eq(basis_of(p, ""), "kept")
  for _, words in ipairs { "--unlisted", "--no-cache" } do
    check.eq({ words, basis_of(p, words) }, { words, "the run is not a plain one" })
  end
  p:sh 'RILLE_MEMO=off "$RILLE" run main.lua -q'
  check.eq(basis_of(p, ""), "kept")
  p:edit("os.getenv \"MAP\"", "true")
  check.eq(basis_of(p, ""), "the run is not a plain one")
end)

check.test("a run whose names another has given since leaves no row", function()
  local p <close> = scratch.script(HEAD .. PLAIN)
  check.eq(basis_of(p, ""), "kept")
  p:write("other.lua", scratch.HEAD .. [[
local s = step "s" { outputs = { t.integer("x", { name = "main::first::x" }) }, run = function() return 77 end }
return pipeline "other" { define = function() s() end }]])
  p:ok "run other.lua -q"
  local m <close> = require("rille.host.meta").open(p.dir .. "/.rille")
  check.eq({ m:memo_basis(1) }, { nil, "another run has given its names since" })
end)

check.test("a newer wiring of the same kind", function()
  local p <close> = scratch.script(HEAD .. PLAIN)
  said(p)
  check.eq(said(p), "hit")
  p:sh [[sqlite3 .rille/meta.db "create table copy as select * from pipeline_spec; update copy set id = id + 1;
    insert into pipeline_spec select * from copy; drop table copy"]]
  check.eq({ said(p), said(p) }, { "none: no row; kept", "hit" })
end)

check.test("what stands in the row of a run that leaves none", function()
  local p <close> = scratch.script(HEAD .. PLAIN)
  check.eq(basis_of(p, ""), "kept")
  local function now()
    local m <close> = require("rille.host.meta").open(p.dir .. "/.rille")
    local basis, why = m:memo_basis(1)
    return basis and "kept" or why
  end
  p:sh "sqlite3 .rille/meta.db 'create table copy as select * from run where row = 1'"
  for _, change in ipairs { "placed = 0", "unlisted = 1", "cache = 0", "naming = x'00'", "expansion = '{}'",
    "named = null", "trace = null", "status = 'failed'" } do
    local column = change:match "%l+"
    check.eq(p:sh('sqlite3 .rille/meta.db "update run set ' .. change .. ' where row = 1"').err, "")
    check.eq({ change, now() }, { change, "the run is not a plain one" })
    p:sh(string.format("sqlite3 .rille/meta.db 'update run set %s = (select %s from copy) where row = 1'", column,
      column))
  end
  check.eq(now(), "kept")
end)

-- How the program, the caller and the project may be.
local CALLERS <const> = {
  ["the caller"] = { "definition_memo.of(main, {})" },
  ["a stack"] = { "definition_memo.of(main, { memo = true }, {})" },
  ["a mistake"] = { "definition_memo.of(main, { memo = true, params = { none = 1 } })" },
  ["the Lua state"] = { "program.hosted = true definition_memo.of(main, { memo = true }) program.hosted = false",
    "program.observed = false definition_memo.of(main, { memo = true }) program.observed = true",
    "debug.sethook(print, '', 1 << 30) definition_memo.of(main, { memo = true }) debug.sethook()" },
}

for why, calls in pairs(CALLERS) do
  for i, call in ipairs(calls) do
    check.test(string.format("no memo of a caller: %s, %d", why, i), function()
      local p <close> = scratch.script(HEAD .. [[
local definition_memo, program = require "rille.run.definition_memo", require "rille.project.program"
local main = pipeline "main" { define = function() first {} end }
]] .. call)
      check.eq(run(p):match "^[^;]*", "none: denied: " .. why)
    end)
  end
end

-- What no script is known to reach: whatever would, leaves no row.
local GRAPHS <const> = {
  ["an artifact from outside"] = "g.externals[1] = graph.literal(1)",
  ["the graph depends on data"] = "g.dynamic = {}",
  ["a value from outside"] = "local l = graph.literal(1) l.label = 'x' g.nodes[1] = node(l)",
  ["an unknown input"] = "g.nodes[1] = node(setmetatable({}, {}))",
  ["the option cache"] = "g.nodes[1] = node(graph.literal(1)) g.nodes[1][graph.STEP].options.cache = false",
  ["the option cache, of a step in rows"] = "g.rows = { unknown = function() return {} end, "
    .. "steps = function() return { { options = { cache = false } } } end }",
  ["few of many ran"] = "for i = 1, 1001 do g.nodes[i] = node(graph.literal(i)) end plan.n_hits = 1",
}

for why, change in pairs(GRAPHS) do
  check.test("a graph of which nothing is kept: " .. why, function()
    local p <close> = scratch.script(HEAD .. [[
local graph, definition_memo = require "rille.graph", require "rille.run.definition_memo"
local function node(input)
  local spec = { options = {}, inputs = { { name = "x", type = t.integer } } }
  return { [graph.STEP] = spec, [graph.INPUTS] = { input } }
end
local main = pipeline "main" { define = function() first {} end }
local memo = definition_memo.of(main, { memo = true })
local g = graph.new()
local plan = { n_hits = 0, graph = g }
]] .. change .. [[

memo:keep { result = { status = "completed", row = 1 }, plan = plan, recorder = {} }
]])
    check.eq(run(p):match "^[^;]*", "not kept: " .. why:gsub(", of.*", ""))         -- then rille run runs the pipeline
  end)
end

-- The key ------------------------------------------------------------------------------------

local function key_of(pipeline, params, of)
  local key, why = (of or definition_key).of(pipeline, params or {})
  if not key then error(why, 2) end
  return key
end

-- A pipeline that calls the step; all are of one place.
local function calling(step, name)
  rille.pipelines[name or "main"] = nil
  return rille.pipeline(name or "main") { define = function() step {} end }
end

local function one() return 1 end

local function step_of(fields)
  local f = { run = one, outputs = { rille.types.integer "x" } }
  for k, v in pairs(fields or {}) do f[k] = v end
  return rille.step "s" (f)
end

local function key_of_step(fields) return key_of(calling(step_of(fields))) end

check.test("the key of the same is the same", function()
  check.eq(key_of_step() == key_of_step(), true)
  check.eq(key_of_step { retries = 1 } == key_of_step { retries = 1 }, true)
end)

check.test("the key has the pipeline's name, its place and its parameters", function()
  local s = step_of()
  local key = key_of(calling(s))
  check.eq(key_of(calling(s)) == key, true)
  check.eq(key_of(calling(s, "other")) == key, false)
  local moved = calling(s)
  moved.at = "elsewhere.lua:1"
  check.eq(key_of(moved) == key, false)
  check.eq(key_of(calling(s), { n = 1 }) == key, false)
  check.eq(key_of(calling(s), { n = 1 }) == key_of(calling(s), { n = 1.0 }), false)
end)

check.test("the key has the version of rille and of its keys", function()
  local main = calling(step_of())
  local function again(module, value)
    local kept = package.loaded[module]
    package.loaded["rille.run.definition_key"], package.loaded[module] = nil, value
    local other = require "rille.run.definition_key"
    package.loaded["rille.run.definition_key"], package.loaded[module] = definition_key, kept
    return key_of(main, nil, other)
  end
  local version, key = require "rille.base.version", require "rille.cache.key"
  check.eq(again("rille.base.version", version) == key_of(main), true)
  check.eq(again("rille.base.version", version .. "x") == key_of(main), false)
  check.eq(again("rille.cache.key", setmetatable({ FORMAT = "x" }, { __index = key })) == key_of(main), false)
end)

check.test("the key says whether the script has materializers", function()
  local main = calling(step_of())
  local key = key_of(main)
  materializers.own.test = {}
  local other = key_of(main)
  materializers.own.test = nil
  check.eq({ other == key, key_of(main) == key }, { false, true })
end)

check.test("the key has the place of a step, and the file of its body", function()
  local key = key_of_step()
  local moved = step_of()
  moved.at = "elsewhere.lua:1"
  check.eq(key_of(calling(moved)) == key, false)
  local keys = {}
  for i, name in ipairs { "@a.lua", "@b.lua" } do keys[i] = key_of_step { run = load("return 1", name) } end
  check.eq(keys[1] == keys[2], false)
end)

check.test("the key has a step's name, text, version, options and ports", function()
  local seen = { [key_of_step()] = "nothing" }
  for what, fields in pairs { version = { version = 1 }, doc = { doc = "text" }, retries = { retries = 2 },
    timeout = { timeout = 5 }, hook = { on_success = function() return "done" end },
    params = { params = { q = 1 } }, default = { params = { q = 2 } }, inputs = { inputs = {} },
    kind = { outputs = { rille.types.integer("x", { kind = "model" }) } },
    output = { outputs = { rille.types.integer "y" } } } do
    local key = key_of_step(fields)
    if what ~= "inputs" then
      check.eq({ what, seen[key] }, { what })
      seen[key] = what
    end
  end
  local named = rille.step "other" { run = one, outputs = { rille.types.integer "x" } }
  named.at = step_of().at
  check.eq(seen[key_of(calling(named))], nil)
end)

check.test("the key has the parameters that a step was given", function()
  local s = step_of { params = { v = 1 } }
  local keys = {}
  for v = 1, 2 do keys[v] = key_of(calling(s:with { v = v })) end
  check.eq(keys[1] == keys[2], false)
end)

check.test("a step that was given another parameter gives another result", function()
  local p <close> = scratch.script(HEAD .. [[
local five = first:with { v = 5, id = "five" }
return pipeline 'main' { define = function() five() end }]])
  said(p)
  check.eq({ said(p), loaded(p, "five::x") }, { "hit", "5" })
  p:edit("v = 5", "v = 6")
  check.eq({ said(p), loaded(p, "five::x") }, { "none: no row; kept", "6" })
end)

check.test("the key has the name of a path, and the mathematical library where define uses it", function()
  local path, s = require("rille.project.paths").file_at "a", step_of()
  rille.pipelines.main = nil
  local main = rille.pipeline "main" { define = function() s { path, math.sin(1) } end }
  local key = key_of(main)
  rawset(path, "name", "b")
  local named = key_of(main)
  check.eq(named == key, false)
  local libm = package.loaded["rille.host.libm"]
  package.loaded["rille.host.libm"] = { name = function() return "another" end }
  local other = key_of(main)
  package.loaded["rille.host.libm"] = libm
  check.eq({ other == named, key_of(main) == named }, { false, true })
end)

local function why_not(s) return select(2, definition_key.of(calling(s), {})) end

check.test("a step with these options has no key, and one whose hook has no fingerprint", function()
  for _, name in ipairs { "cache", "materializers", "stack", "tracker", "model", "after" } do
    local s = step_of()
    s.options[name] = "x"
    check.has(why_not(s), "is a step with the option " .. name)
  end
  for _, ports in ipairs { "inputs", "outputs" } do
    for _, options in ipairs { { name = "mine" }, { tags = { "mine" } } } do
      check.has(why_not(step_of { [ports] = { rille.types.integer("x", options) } }), "name or tag artifacts")
    end
  end
  local thread = coroutine.create(one)
  local s = step_of { on_success = function() return thread end }
  check.has(why_not(s), "is a step with a hook that has no fingerprint")
end)

check.test("a step in a slot that was given another parameter gives another result", function()
  local p <close> = scratch.script(HEAD .. [[
return pipeline "main" { slots = { "s" }, define = function(_, s) s.s() end } { s = first:with { v = 5, id = "five" } }]])
  said(p)
  check.eq({ said(p), loaded(p, "five::x") }, { "hit", "5" })
  p:edit("v = 5", "v = 6")
  check.eq({ said(p), loaded(p, "five::x") }, { "none: no row; kept", "6" })
end)

-- Without a change of another line, and of what the steps do.
for what, edit in pairs {
  ["its pipeline"] = { "\n\n\nreturn", "\n\n\n\nreturn" },
  ["a step"] = { "\nlocal two", "\n\nlocal two", "\n\n\nreturn", "\n\nreturn" },
} do
  check.test("a script in which another line has " .. what, function()
    local p <close> = scratch.script(HEAD .. [[

local two = step "two" { outputs = { t.integer "x" }, run = function() return 2 end }


return pipeline 'main' { define = function() two() end }]])
    said(p)
    check.eq(said(p), "hit")
    for i = 1, #edit, 2 do p:edit(edit[i], edit[i + 1]) end
    check.eq({ said(p), said(p) }, { "none: no row; kept", "hit" })
  end)
end

check.test("a step whose version or options changed is planned again", function()
  local p <close> = scratch.script(HEAD .. [[
local two = step "two" { version = 1, retries = 1, outputs = { t.integer "x" }, run = function() return 2 end }
return pipeline 'main' { define = function() two() end }]])
  said(p)
  check.eq(said(p), "hit")
  p:edit("retries = 1", "retries = 2")
  check.eq({ said(p), said(p) }, { "none: no row; kept", "hit" })
  p:edit("version = 1", "version = 2")
  check.eq({ said(p), p:statuses() }, { "none: no row; kept", "two=completed" })
end)

check.done()
