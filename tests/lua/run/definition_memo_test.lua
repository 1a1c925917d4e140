-- definition_memo_test.lua -- when a run takes over the trace of an earlier one, what denies that, and that the store
-- is the same as without.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local HEAD <const> = [[
local inc = step "inc" { inputs = { t.integer "x" }, params = { by = 1 }, outputs = { t.integer "y" },
  run = function(x, p) return x + p.by end }
local first = step "first" { params = { v = 1 }, outputs = { t.integer "x" }, run = function(p) return p.v end }
]]

-- A project with the steps of HEAD and a pipeline of the text.
local function project_of(text, files)
  local p = scratch.script(HEAD .. text, files)
  return p
end

local function pipeline_of(body) return "return pipeline 'main' { params = { n = 3 }, define = " .. body .. " }" end

-- What the memo did in a run of these words.
local function said(p, words, environment)
  -- not in the folder, which may be a repository
  local path = p.dir .. ".says"
  os.remove(path)
  local r = p:sh(string.format('export RILLE_MEMO=on RILLE_MEMO_SAYS=%s; %s "$RILLE" run main.lua -q %s', path,
    environment or "", words or ""))
  if r.code ~= 0 then error(r.err, 2) end
  -- the memo of nodes says what it did, too
  local text = ("\n" .. (scratch.read(path) or "")):gsub("\nnodes[^\n]*", ""):gsub("^\n", "")
  os.remove(path)
  return (text:gsub("\n$", ""):gsub("\n", "; "))
end

local CHAIN <const> = pipeline_of [[function(p)
  local x = first {}
  for i = 1, p.n do x = inc:with { id = "s" .. i } { x = x, by = i } end
end]]

check.test("the second run takes over the first, also the third", function()
  local p <close> = project_of(CHAIN)
  check.eq(said(p), "none: no store; kept")
  check.eq({ said(p), said(p) }, { "hit", "hit" })
  check.eq(p:statuses(), "first=cached s1=cached s2=cached s3=cached")
  check.has(p:ok("fsck"), " 0 problems")
end)

check.test("what is told is the same as without, in full and by a call", function()
  local p <close> = project_of(CHAIN)
  p:ok "run main.lua -q"
  local function told(environment, words)
    local r = p:sh(environment .. ' "$RILLE" ' .. words)
    return (r.err .. r.out):gsub("main%-%d+%-%d+%-%d+", "RUN"):gsub("%(%d[%d.]* %a+%)", "(TIME)"):gsub(
      "%d[%d.]* %a+ saved", "SAVED")
  end
  check.eq(told("", "run main.lua"), told("RILLE_MEMO=off", "run main.lua"))
  p:write("call.lua", (p:read "main.lua":gsub("return (pipeline 'main' %b{})", [[local main = %1
local run = main:run {}
print(run.status, #run.steps, run.steps.s3.outputs.y:load(), run.steps.s1.status)]])))
  check.eq(told("", "call.lua"), told("RILLE_MEMO=off", "call.lua"))
  check.has(told("", "call.lua"), "completed\t4\t7\tcached")
end)

check.test("another parameter, another wiring and another step are another key; the first is found again", function()
  local p <close> = project_of(CHAIN)
  said(p)
  check.eq({ said(p, "--set n=2"), said(p, "--set n=2"), said(p) }, { "none: no row; kept", "hit", "hit" })
  p:edit("by = i", "by = i * 2")
  check.eq({ said(p), said(p) }, { "none: no row; kept", "hit" })
  p:edit("by = i * 2", "by = i")
  -- the names of its outputs have had other versions since
  check.eq({ said(p), said(p) }, { "none: no row; kept", "hit" })
  p:edit("return x + p.by", "return x - p.by")
  check.eq(said(p), "none: no row; kept")
  check.eq(p:statuses(), "first=cached s1=completed s2=completed s3=completed")
end)

check.test("what define can read of a step is in the key", function()
  local p <close> = project_of([[
local work = step "work" { inputs = { t.any("x", { doc = "one" }) }, params = { q = t.integer { max = 9, default = 1 } },
  outputs = { t.any "y" }, doc = "two", run = function(x) return x end }
]] .. pipeline_of [[function()
  local port, param = work.inputs[1], work.params[1]
  work { x = port.doc or "" .. work.doc .. param.name .. tostring(param.type.name) }
end]])
  said(p)
  check.eq(said(p), "hit")
  for _, edit in ipairs { { '"one"', '"1"' }, { '"two"', '"2"' }, { "q =", "r =" }, { "t.integer {", "t.number {" },
    { "max = 9", "max = 8" }, { "default = 1", "default = 2" }, { 't.any "y"', 't.any("y", { kind = "model" })' } } do
    p:edit(edit[1], edit[2])
    check.eq({ edit[1], (said(p):gsub(" %l+;.*", "")) }, { edit[1], "none: no" })
  end
end)

-- Denied -------------------------------------------------------------------------------------

local function denied(what, why, text, words, files)
  check.test("no memo: " .. what, function()
    local p <close> = project_of(text, files)
    said(p, words)
    local again = said(p, words)
    check.has(again, why)
    check.ok(not again:find "hit" and not again:find "^kept" and not again:find "; kept", again)
  end)
end

local function denied_body(what, why, body, before) denied(what, why, (before or "") .. pipeline_of(body)) end

denied_body("define prints", "denied: print", "function() print 'x' first {} end")
denied_body("a helper of define writes to a stream", "denied: io.stderr", "function() log() first {} end",
  "local function log() io.stderr:write 'x' end\n")
denied_body("define asks the clock", "denied: os.time", "function() first { v = os.time() } end")
denied_body("define draws a random number", "denied: math.random", "function() first { v = math.random(2) } end")
denied_body("define reads a file", "denied: io.open",
  "function() local f = io.open 'main.lua' first { v = #f:read 'a' } f:close() end")
denied_body("define loads a module", "denied: computed require",
  "function() local m = 'helper' first { v = #require(m) } end", "package.preload.helper = function() return 'x' end\n")
denied_body("define loads a module by its name", "denied: require",
  "function() first { v = #require 'helper' } end", "package.preload.helper = function() return 'x' end\n")
denied_body("define uses rille", "denied: rille.", "function() rille.when(ok(), { function() first {} end }) end",
  "local ok = step 'ok' { outputs = { t.boolean 'b' }, run = function() return true end }\n")
denied_body("define asks for the steps that there are", "denied: rille.steps",
  "function() if rille.steps.first then first {} end end")
denied_body("define sets a global", "it sets global 'seen'", "function() seen = 1 first {} end")
denied_body("a helper of define sets a captured variable", "it sets captured variable",
  "function() note() first {} end",
  "local n = 0\nlocal function note() n = n + 1 end\n")
denied_body("define calls what it may not catch", "denied: pcall", "function() pcall(first, {}) end")
denied_body("define calls coroutines", "denied: coroutine.wrap",
  "function() for i in coroutine.wrap(function() coroutine.yield(1) end) do first { v = i } end end")
denied_body("define sees all globals", "_G",
  "function() for k in pairs(_G) do if k == 'print' then first {} end end end")
denied_body("define shows an address", "the address of a table", "function() first { v = #tostring({}) } end")
denied_body("define walks keys that have no order", "not kept: use of", [[function()
  for k in pairs { [{}] = 1, [{ }] = 2 } do if type(k) == "table" then first {} return end end end]])
denied_body("define changes a table that it captures", "not kept: what defines changed",
  "function() seen[#seen + 1] = 1 first { v = #seen } end", "local seen = {}\n")
denied_body("a captured table has a metatable", "is more than plain data", "function() first { v = c.x } end",
  "local c = setmetatable({}, { __index = function() return 1 end })\n")
denied_body("a captured array", "is more than plain data", "function() first { v = #c } end",
  "local c = require 'rille.array'.from { 1.0, 2.0 }\n")
denied_body("a step with cache = false", "a step with the option cache", "function() s() end",
  "local s = step 's' { cache = false, outputs = { t.integer 'x' }, run = function() return 1 end }\n")
denied_body("a step with cache = 'always'", "a step with the option cache", "function() s() end",
  "local s = step 's' { cache = 'always', outputs = { t.integer 'x' }, run = function() return 1 end }\n")
denied_body("cache = false by with", "not kept: the option cache", "function() first:with { cache = false } {} end")
denied_body("a step that cannot be cached", "is a step that is not cached", "function() s() end",
  "local s = step 's' { outputs = { t.integer 'x' }, run = function() return #_G end }\n")
denied_body("a port that names its artifact", "name or tag", "function() s() end",
  "local s = step 's' { outputs = { t.integer('x', { name = 'mine' }) }, run = function() return 1 end }\n")
denied_body("a step in class style", "class style", "function() S() end", [[
local S = rille.Step:extend "s" { outputs = { t.integer "x" } }
function S:entrypoint() return 1 end
]])
denied_body("a step that the script changed", "that the script changed", "function() first { v = first.extra } end",
  "first.extra = 3\n")
denied_body("a map", "not kept: the graph depends on data", "function() inc:map { x = xs() } end",
  "local xs = step 'xs' { outputs = { t.list(t.integer) 'xs' }, run = function() return { 1, 2 } end }\n")
denied_body("a value that is no number, text or boolean", "not kept: a value in the script",
  "function() size { d = { 1, 2 } } end",
  "local size = step 'size' { inputs = { t.any 'd' }, outputs = { t.integer 'n' }, run = function(d) return #d end }\n")
denied_body("a step that writes a file", "not kept: write", "function() w() end",
  [[
local w = step 'w' { outputs = { t.integer 'x' }, run = function()
  local f = io.open('out', 'w')
  f:write 'x'
  f:close()
  return 1
end }
]])
denied_body("a step that asks for its own name", "not kept: value ctx.step.id", "function() w() end",
  "local w = step 'w' { outputs = { t.string 'x' }, run = function(p, ctx) return ctx.step.id end }\n")
denied("on_end", "denied: on_end",
  "return pipeline 'main' { on_end = function() end, define = function() first {} end }")
denied("a pipeline whose cache is off", "denied: the cache is off",
  "return pipeline 'main' { cache = false, define = function() first {} end }")
denied("a pipeline in class style", "denied: a pipeline in class style",
  "local P = rille.Pipeline:extend 'main' {}\nfunction P:connect() first {} end\nreturn P")
denied("inputs", "denied: the option inputs", "return pipeline 'main' { inputs = { t.integer 'x' }, "
  .. "define = function(p, i) inc { i.x } end }", "--input x=one", { one = "1" })
denied("a materializer of the script, and a value", "not kept: a value in the script, and a materializer",
  "rille.materializer 'mine' { class = {}, version = 1, save = function() end, load = function() end }\n"
  .. pipeline_of "function() inc { x = 1 } end")
denied("a model", "denied: a model", "return pipeline 'main' { model = rille.model 'm' {}, "
  .. "define = function() first {} end }")

for words, why in pairs { ["--no-cache"] = "the cache is off", ["--unlisted"] = "the run is unlisted",
  ["--only first"] = "the option only", ["--from s1"] = "the option from", ["--set s1.by=7"] = "the option overrides",
  ["--audit"] = "the cache is off", ["--config c.yaml"] = "the option",
  ["-v"] = "a listener", ["--json"] = "a listener",
  ["--openlineage ol"] = "the option openlineage" } do
  denied("rille run " .. words, "denied: " .. why, CHAIN, words, { ["c.yaml"] = "tags: [x]\n" })
end

check.test("no memo is used with --no-memo, and RILLE_MEMO=off and node", function()
  local p <close> = project_of(CHAIN)
  said(p)
  check.eq({ said(p, "--no-memo"), said(p, "", "RILLE_MEMO=off"), said(p, "", "RILLE_MEMO=node"), said(p) },
    { "", "", "", "hit" })
end)

-- Found, but not as it was -------------------------------------------------------------------

local READS <const> = [[
local r = step "r" { outputs = { t.string "x" }, run = function()
  local f = io.open("data", "r")
  local text = f and f:read "a" or "none"
  if f then f:close() end
  return text .. (os.getenv "WHO" or "nobody")
end }
]] .. pipeline_of "function() r() end"

check.test("what steps read outside is looked at again", function()
  local p <close> = project_of(READS, { data = "one" })
  said(p)
  check.eq(said(p), "hit")
  p:write("data", "two")
  check.has(said(p), "none: data changed; ")
  check.eq(said(p), "hit")
  check.has(said(p, "", "WHO=me"), "none: the environment variable WHO changed")
  p:sh "rm data"
  check.has(said(p), "none: ")
  check.eq(said(p), "hit")
end)

check.test("what define reads is looked at again, and what the files and folders hold that are inputs", function()
  local p <close> = project_of([[
local n = step "n" { inputs = { t.file "f" }, outputs = { t.integer "n" }, run = function(f) return #f:read() end }
local d = step "d" { inputs = { t.dir "d" }, outputs = { t.integer "n" }, run = function(d) return #d:files() end }
local data = rille.file "data"
]] .. pipeline_of [[function()
  n { f = data }
  d { d = rille.dir "sub" }
  n:with { id = "which" } { f = rille.file(os.getenv "WHICH" or "data") }
end]], { data = "one", other = "other" })
  p:sh "mkdir sub; touch sub/a"
  said(p)
  check.eq(said(p), "hit")
  p:write("data", "two!")
  check.eq({ said(p), said(p) }, { "none: data changed; kept", "hit" })
  p:sh "touch sub/b"
  check.eq({ said(p), said(p) }, { "none: the listing of sub changed; kept", "hit" })
  p:write("sub/b", "text")
  check.eq({ said(p), said(p) }, { "none: sub/b changed; kept", "hit" })
  check.eq({ said(p, "", "WHICH=other"), said(p, "", "WHICH=other") },
    { "none: the environment variable WHICH changed; kept", "hit" })
  p:sh "chmod +x data"
  check.eq(said(p), "none: the environment variable WHICH changed; kept")
  p:sh "chmod -x data"
  check.has(said(p), "none: data has different executable bits")
end)

check.test("a materializer of the script counts where it is used", function()
  local p <close> = project_of([[
local P = {}
rille.materializer "mine" { class = P, version = 1, save = function(v, art) art:write("v", v.x) end,
  load = function(art) return setmetatable({ x = art:read "v" }, P) end }
local make = step "make" { outputs = { t.any "v" }, run = function() return setmetatable({ x = "x" }, P) end }
]] .. pipeline_of "function() make() end")
  said(p)
  check.eq(said(p), "hit")
  p:edit('art:write("v", v.x)', 'art:write("v", v.x .. "!")')
  check.has(said(p), "none: materializer")
end)

local LOUD <const> = "local loud = step 'loud' { outputs = { t.integer 'x' }, run = function() %s return 2 end }\n"
denied_body("define calls the body of a step", "denied: the word fn", "function() first { v = loud.fn() } end",
  LOUD:format "io.stderr:write 'loud'")
-- a name that no code has as it is
for deed, what in pairs { ["print 'loud'"] = "use of print", ["io.write 'loud'"] = "io.output",
  ["os.time()"] = "use of os.time", ["io.open('f', 'w'):close()"] = "write f" } do
  denied_body("define calls the body of a step by a computed name, which does " .. deed, what,
    "function() first { v = loud[({ 'f', 'n' })[1] .. 'n']() } end", LOUD:format(deed))
end

check.test("a file that is touched is no change", function()
  local p <close> = project_of(READS, { data = "one" })
  said(p)
  p:sh "sleep 0.01; touch data"
  check.eq(said(p), "hit")
end)

check.test("an older result that holds again is found by looking it up, not by the memo", function()
  local p <close> = project_of(READS, { data = "one" })
  said(p)
  p:write("data", "two")
  said(p)
  p:write("data", "one")
  check.has(said(p), "not kept: a result is not the newest of its key")
  check.eq(p:statuses(), "r=cached")
end)

check.test("an object that is gone is made again", function()
  local p <close> = project_of([[
local big = step "big" { outputs = { t.string "x" }, run = function() return ("x"):rep(100000) end }
]] .. pipeline_of "function() big() end")
  said(p)
  check.eq(said(p), "hit")
  p:sh "find .rille/objects -type f -delete"
  check.has(said(p), "none: an object is missing; ")
  check.eq(p:statuses(), "big=completed")
end)

check.test("a newer result of one of its keys, and a newer version of one of its names", function()
  local p <close> = project_of(CHAIN)
  said(p)
  p:ok "run main.lua -q --no-cache"
  check.eq(said(p), "none: no row; kept")
  check.eq(said(p), "hit")
  p:ok "run main.lua -q --no-memo --set n=4"            -- s4 is a name of the pipeline's
  check.eq(said(p), "none: no row; kept")
  p:write("other.lua", scratch.HEAD .. [[
local s = step "s" { outputs = { t.integer("x", { name = "main::s1::y" }) }, run = function() return 77 end }
return pipeline "other" { define = function() s() end }]])
  p:ok "run other.lua -q"
  check.eq(said(p), "none: no row; kept")
  check.eq(p:ok "artifact get main::s1::y", "2")
  check.eq(said(p), "hit")
end)

check.test("a pipeline that was deleted begins anew", function()
  local p <close> = project_of(CHAIN)
  said(p)
  p:ok "pipeline delete main --yes"
  check.eq(said(p), "none: no row; kept")
  check.eq(said(p), "hit")
end)

check.test("a row that is damaged is none", function()
  local p <close> = project_of(CHAIN)
  said(p)
  for _, column in ipairs { "run", "spec", "last_step", "named" } do
    p:sh(string.format("sqlite3 .rille/meta.db 'update memo set %s = %s + 1'", column, column))
    check.eq({ column, said(p) }, { column, "none: no row; kept" })
  end
  p:sh "sqlite3 .rille/meta.db 'update pipeline_spec set spec = zeroblob(9)'"
  check.eq(said(p), "none: no row; kept")
  check.has(p:ok "show main@-1", "s3")
end)

check.test("git says of the code what it would say without", function()
  local p <close> = project_of(CHAIN)
  p:sh "git init -q . && git add main.lua && git -c user.name=a -c user.email=a@b commit -qm one"
  said(p)
  local function text() return p:sh "sqlite3 .rille/meta.db 'select git from run order by row desc limit 1'".out end
  local before = text()
  check.has(before, '"dirty":false')
  check.eq({ said(p), text() == before }, { "hit", true })
  p:write("main.lua", p:read "main.lua" .. "-- a comment\n")
  check.has(said(p), "none: git")
  check.has(text(), '"dirty":true')
  check.eq(said(p), "hit")
end)

-- The same store -----------------------------------------------------------------------------

-- All rows of all tables but what differs from run to run.
local function tables_of(p)
  local names = p:sh "sqlite3 .rille/meta.db \"select name from sqlite_schema where type = 'table' order by name\"".out
  local parts = {}
  for name in names:gmatch "%S+" do
    if name ~= "memo" and name ~= "node_memo" and name ~= "transaction_state" and name ~= "verified" then
      local columns = {}
      local list = p:sh("sqlite3 .rille/meta.db \"select name from pragma_table_info('" .. name .. "')\"").out
      for column in list:gmatch "%S+" do
        local varies = column == "reads" or column == "started" or column == "seconds" or column == "time"
          or name == "run" and (column == "id" or column == "name")
        if not varies then columns[#columns + 1] = 'quote("' .. column .. '")' end
      end
      local rows = p:sh(string.format("sqlite3 .rille/meta.db 'select %s from %s' | sort",
        table.concat(columns, ", "), name))
      parts[#parts + 1] = name .. "\n" .. rows.out
    end
  end
  return table.concat(parts)
end

local PROJECTS <const> = {
  chain = CHAIN,
  ["fan-in"] = [[
local total = step "total" { inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "sum" },
  run = function(xs) local s = 0 for _, x in ipairs(xs) do s = s + x end return s end }
]] .. pipeline_of [[function(p)
  local xs = { 7 }
  for i = 1, 80 do xs[#xs + 1] = first:with { id = "x" .. i } { v = i % 7 } end
  total { xs = xs }
end]],
  metrics = [[
local m = step "m" { params = { v = 1.5 }, outputs = { t.integer "x" },
  run = function(p, ctx) ctx:log_metric { acc = p.v } return 1 end }
]] .. pipeline_of "function() m { v = 0.25 } m:with { id = 'two' } {} end",
  reads = READS,
  objects = [[
local big = step "big" { params = { c = "x" }, outputs = { t.string "x" },
  run = function(p) return p.c:rep(100000) end }
]] .. pipeline_of "function() for c in ('abc'):gmatch '.' do big:with { id = c } { c = c } end end",
  ["two nodes of one key"] = pipeline_of "function() first {} first:with { id = 'again' } {} inc { x = 1 } end",
  hooks = [[
local hooked = step "hooked" { outputs = { t.integer "x" }, on_success = function() io.stderr:write "" end,
  run = function() return 1 end }
]] .. pipeline_of("function() hooked() end"):gsub("params =", "on_failure = function() print 'f' end,\n"
    .. "  on_success = function() io.stderr:write '' end, params ="),
  after = pipeline_of "function() local a = first {} first:with { id = 'b', after = { a } } { v = 2 } end",
  bound = "local five = first:with { v = 5, id = 'five' }\n" .. pipeline_of "function() inc { x = five() } end",
  slots = [[
return pipeline "main" { slots = { "s" }, define = function(p, s) inc { x = s.s() } end } { s = first:with { v = 3 } }]],
}

for name, text in pairs(PROJECTS) do
  check.test("the tables are the same with the memo as without: " .. name, function()
    local with <close> = project_of(text, { data = "x" })
    local without <close> = project_of(text, { data = "x" })
    for i = 1, 3 do
      with:ok("run main.lua -q -j 1 --tag t" .. i)
      local r = without:sh('RILLE_MEMO=off "$RILLE" run main.lua -q -j 1 --tag t' .. i)
      check.eq(r.code, 0, r.err)
    end
    check.eq(said(with, "-j 1"), "hit")
    check.eq(without:sh('RILLE_MEMO=off "$RILLE" run main.lua -q -j 1').code, 0)
    check.eq(tables_of(with), tables_of(without))
    check.eq(said(with, "", "RILLE_MEMO=check"), "hit; kept")
  end)
end

check.test("RILLE_MEMO=check aborts where the memo would give something else", function()
  local p <close> = project_of(CHAIN)
  said(p)
  do
    local m <close> = require("rille.host.meta").open(p.dir .. "/.rille")
    local row = m:memo_basis(1)
    local hex = p:sh("sqlite3 .rille/meta.db 'select hex(key) from memo'").out:match "%x+"
    row.key, row.counts = hex:gsub("%x%x", function(x) return string.char(tonumber(x, 16)) end), '{"cached":7}'
    row.facts = ""
    check.ok(m:keep_memo(row))
  end
  local r = p:sh 'RILLE_MEMO=check "$RILLE" run main.lua -q'
  check.eq(r.code, 70)
  check.has(r.err, "the memo of the definition differs from the run: counts")
end)

check.done()
