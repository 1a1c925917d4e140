-- histories: random histories of a project, each lived twice: with the cache on, and with --no-cache.  What names,
-- stages and numbers reach, the links of models, who holds a stage, what was measured and where an artifact comes from
-- must be the same in both, after every step of the history.
--
--   RILLE_ROUNDS=20   histories (2); RILLE_SEED=n where they start, printed when one fails; RILLE_KEEP=1 keeps the
--   projects of one that failed; RILLE_TELL=1 prints each event

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local ROUNDS = math.tointeger(tonumber(os.getenv "RILLE_ROUNDS" or "2"))
local SEED = math.tointeger(tonumber(os.getenv "RILLE_SEED" or os.time()))
local TELL = os.getenv "RILLE_TELL"
local EVENTS <const> = math.tointeger(tonumber(os.getenv "RILLE_EVENTS" or "14"))

local function int(a, b) return math.random(a, b) end
local function chance(percent) return math.random(100) <= percent end
local function pick(list) return list[math.random(#list)] end

-- ---- the script ----

local METRICS <const> = { "0.1", "0.5", "0.5", "0.9", "p.g", "p.g", "0/0", "1/0", "-1/0" }
local STAGES <const> = { "production", "production", "staging", "archived", "canary" }
-- What a step reads of its surroundings, cached or not.
local READS <const> = {
  "tostring(ctx.model and ctx.model.stage)", "tostring(ctx.model and ctx.model.new)", "ctx.stack.name",
  'tostring(ctx.stack.has "alerter")', "tostring(ctx.model and ctx.model.model)",
  "tostring(ctx.model and ctx.model.name)", "tostring(ctx.stack)",
  "tostring(pcall(function() return ctx.model.number end))", "ctx.stack.artifact_store.name",
}

-- What a step with the cache off reads of history.
local TELLS <const> = {
  "rille.models.m and #rille.models.m.versions", "rille.models.m and rille.models.m.versions[-1].metadata.a",
  "ctx.model and not ctx.model.new and ctx.model.metrics['s1.acc']", "#ctx.pipeline.runs",
  "rille.models.m and rille.models.m.versions.production and rille.models.m.versions.production.number",
  [[(function() local l = {} if not ctx.model then return "" end
      for n, a in ctx.model.artifacts:each() do l[#l + 1] = n .. a.digest:sub(1, 5) end
      return table.concat(l, " ") end)()]],
  [[table.concat(ctx.model and not ctx.model.new and ctx.model.tags or {}, " ")]],
  [[(function() local l = {} for run in ctx.pipeline:each { where = "metric.acc > 0.4" } do l[#l + 1] = run.name end
      return table.concat(l, " ") end)()]],
}

local function new_promotion()
  local options = {}
  if chance(70) then
    options[#options + 1] = "metric = " .. pick { '"acc"', '"s1.acc"', '"s2.acc"', '"s3.loss"' }
    if chance(40) then options[#options + 1] = 'better = "' .. pick { "lower", "higher" } .. '"' end
  end
  if chance(30) then options[#options + 1] = 'reason = "because ' .. int(1, 3) .. '"' end
  return string.format('"%s", { %s }', pick(STAGES), table.concat(options, ", "))
end

local function new_step(i, steps)
  local from = i > 1 and chance(80) and int(1, i - 1) or nil
  if from and (steps[from].map or steps[from].when) then from = nil end
  local s = { constant = int(1, 3), from = from,
    kind = pick { "data", "model", "model", "deployment" } }
  if chance(70) then s.metric = { pick { "acc", "acc", "loss" }, pick(METRICS) } end
  if chance(35) then s.promotion = new_promotion() end
  if chance(35) then s.note = { pick { "a", "b" }, pick { "1", "2", '"x"', "p.g", "{ n = 1 }", "{ k = 2 }" } } end
  if chance(25) then s.read = pick(READS) end
  if chance(15) then s.name = pick { "best", "shared" } end
  if chance(20) then s.overwrite = false end
  if chance(12) then s.cache = false end
  if chance(12) then s.own = pick { "other", "m" } end
  if chance(15) and s.from then s.link, s.keeps = pick { "report", "extra" }, chance(50) end
  if chance(15) then s.described = int(1, 3) end
  if chance(15) then s.twice = true end
  if chance(12) then s.map = int(1, 3) end
  if chance(12) then s.when = pick { "true", "false", "p.g > 0.4" } end
  if chance(10) then s.tells = pick(TELLS) end
  return s
end

local function write_step(w, i)
  local s, lines = w.steps[i], {}
  local function add(...) lines[#lines + 1] = string.format(...) end
  local on_model = s.own or w.model
  add('local s%d = rille.step "s%d" {', i, i)
  local from = (s.from or s.map) and (s.link and "t.artifact" or "t.string") .. ' "x"' or nil
  add("  inputs = { %s }, params = { g = 1.0 },", from or "")
  add('  outputs = { t.string "y" { kind = "%s"%s%s } },', s.kind, s.name and ', name = "' .. s.name .. '"' or "",
    s.overwrite == false and ", overwrite = false" or "")
  if s.cache == false or s.tells then add "  cache = false," end
  if s.own then add('  model = rille.model "%s" { %s },', s.own, s.own == "m" and w.version or "") end
  add("  run = function(%sp, ctx)", from and "x, " or "")
  if s.link then
    if on_model then add('    ctx.model:link(x, { name = "%s", overwrite = %s })', s.link, tostring(s.keeps)) end
    add "    x = x:load()"
  end
  if not from then add '    local x = io.open("data.txt"):read "a"' end
  if s.metric then add("    ctx:log_metric { %s = %s }", s.metric[1], s.metric[2]) end
  if s.note and on_model then add("    ctx.model:log_metadata { %s = %s }", s.note[1], s.note[2]) end
  if s.described then add("    ctx:log_artifact_metadata { d = %d }", s.described) end
  if s.promotion and on_model then add("    ctx:promote(ctx.model, %s)", s.promotion) end
  if s.fail then add '    error "on purpose"' end
  add("    local r = %s", s.read or '"-"')
  if s.tells then add("    r = r .. tostring(select(2, pcall(function() return %s end)))", s.tells) end
  add("    return x .. %d .. r", s.constant)
  add "  end }"
  return table.concat(lines, "\n")
end

-- Others may take the output of the step: it stays one.
local function changed_step(w, i)
  local made = new_step(i, w.steps)
  for k = i + 1, #w.steps do if w.steps[k].from == i then made.map, made.when = nil, nil end end
  return made
end

local function call_of(w, i, id)
  local s = w.steps[i]
  if s.map then
    return string.format('s%d:with { id = "%s" }:map { x = list:with { id = "list%d" } { n = %d }, g = p.g }', i, id,
      i, s.map)
  end
  local inputs = s.from and "x = n" .. s.from .. ", " or ""
  return string.format("s%d:with { id = \"%s\" } { %sg = p.g }", i, id, inputs)
end

local function write_main(w)
  local lines = { 'local rille = require "rille"', "local t = rille.types" }
  local function add(...) lines[#lines + 1] = string.format(...) end
  if w.model then
    add('local m = rille.model "m" { %s%s }', w.version, w.tags and ', tags = { "' .. w.tags .. '" }' or "")
  end
  for i in ipairs(w.steps) do add("%s", write_step(w, i)) end
  add('local list = rille.step "list" { params = { n = 1 }, outputs = { t.list(t.string) "y" }, run = function(p)')
  add('  local l = {} for i = 1, p.n do l[i] = "item" .. (i & 1) end return l end }')
  add('local yes = rille.step "yes" { params = { on = true }, outputs = { t.boolean "y" },')
  add("  run = function(p) return p.on end }")
  add('local pinned = rille.at "lib.pinned@v%d"', w.pin)
  add('local use = rille.step "use" { inputs = { t.string "x" }, outputs = { t.string "y" },')
  add('  run = function(x) return x .. "!" end }')
  add('rille.pipeline "q" { define = function() use { x = rille.external { %s } } end }', w.external)
  add('return rille.pipeline "p" { %sparams = { g = 0.5 }, define = function(p)', w.model and "model = m, " or "")
  for i, s in ipairs(w.steps) do
    if s.when then add("  rille.when(yes { on = %s }, { function() %s end })", s.when, call_of(w, i, "s" .. i))
    else add("  local n%d = %s", i, call_of(w, i, "s" .. i)) end
    if s.twice and not s.when and not s.map then add("  %s", call_of(w, i, "again" .. i)) end
  end
  if w.pinned then add "  pinned { g = p.g }" end
  add "end }"
  return table.concat(lines, "\n") .. "\n"
end

local PINNED <const> = [[
local rille = require "rille"
local helper = require "lib.helper"
return rille.step "pinned" { params = { g = 1.0 }, outputs = { rille.types.string "y" {} },
  run = function(p, ctx) ctx:log_metric { acc = p.g } return helper.text .. %d end }
]]

local VERSIONS <const> = { "", "", "", "", "new_version = true", 'version = "latest"', 'version = "production"',
  "version = 1",
  'version = "staging"', "version = 2", 'version = "named", new_version = true', 'version = "golden"' }
local EXTERNALS <const> = { 'model_artifact = "p::s1::y", model = "m", version = "production"',
  'model_artifact = "p::s1::y", model = "m", version = "latest"',
  'model_artifact = "p::s2::y", model = "m", version = 1',
  'model_artifact = "p::s2::y", model = "m", version = "staging"', 'model_artifact = "best", model = "m"',
  'model_artifact = "p::s1::y", model = "m", tag = "golden"', 'pipeline = "p", artifact = "p::s1::y"',
  'model_artifact = "report", model = "m"', 'pipeline = "p", artifact = "shared", version = 1',
  'model_artifact = "p::s1::y", model = "other"', 'model_artifact = "y", model = "m", version = "production"' }

local function new_world()
  local w = { steps = {}, model = chance(90), version = "", external = pick(EXTERNALS), data = 1, pin = int(1, 2),
    pinned = chance(30) }
  for i = 1, int(2, 4) do w.steps[i] = new_step(i, w.steps) end
  return w
end

-- ---- events: each a command for both projects, or an edit ----

local event = {}

local function options_of(w, sets)
  local o = { pick { "-j 1", "-j 4" } }
  if sets and chance(50) then o[#o + 1] = "--set g=" .. pick { "0.1", "0.5", "0.9", "nan" } end
  if chance(12) then o[#o + 1] = "--stack " .. pick { "alt", "rt", "default" } end
  if chance(10) then o[#o + 1] = "--tag " .. pick { "t1", "t2" } end
  if chance(5) then o[#o + 1] = "--unlisted" end
  o[#o + 1] = "-k"       -- what else has run when a run stops depends on what was cached
  return table.concat(o, " ")
end

function event.run(w)
  w.runs = (w.runs or 0) + 1
  local how = chance(8) and w.runs > 2 and "--at HEAD~1 " or chance(8) and "--from s1 " or ""
  return string.format("run main.lua p --name p%d %s%s", w.runs, how, options_of(w, true)), true
end

function event.infer(w)
  w.runs = (w.runs or 0) + 1
  return string.format("run main.lua q --name q%d %s", w.runs, options_of(w)), true
end

function event.edit(w)
  local i = int(1, #w.steps)
  local from = w.steps[i].from
  local how = int(1, 8)
  if how == 1 then w.steps[i].constant = int(1, 3)
  elseif how == 2 then w.steps[i] = changed_step(w, i)
  elseif how == 3 then w.version = pick(VERSIONS)
  elseif how == 4 then w.external = pick(EXTERNALS)
  elseif how == 5 then w.data = int(1, 3)
  elseif how == 8 then w.pin, w.pinned = int(1, 2), true
  elseif how == 6 then w.steps[i].fail = not w.steps[i].fail or nil
  else w.steps[i].metric = { "acc", pick(METRICS) } end
  w.steps[i].from = w.steps[i].from or from
  w.fails = false
  for _, s in ipairs(w.steps) do w.fails = w.fails or s.fail end
end

local function a_version()
  return pick { "m", "m", "m@1", "m@1", "m@2", "m@2", "m@3", "m@latest",
    "m@production", "m@staging", "other@1", "m@golden" }
end

function event.promote()
  return string.format("model promote %s %s%s", a_version(), pick(STAGES), chance(60) and " --force" or "")
end

function event.compare()
  return string.format("model promote %s %s --metric %s%s", a_version(), pick(STAGES),
    pick { "acc", "s1.acc", "s2.acc" },
    chance(40) and " --better lower" or "")
end

function event.back() return "model promote m " .. pick { "", "production ", "staging " } .. "--back" end
local function tagged() return pick { a_version(), "p@-1", "p::s1::y", "p1" } .. " " .. pick { "golden", "t1" } end
function event.tag() return "tag " .. tagged() end
function event.untag() return "untag " .. tagged() end
function event.delete()
  return string.format("model version delete %s --yes%s", a_version(), chance(60) and " --force" or "")
end
function event.forget() return "model delete " .. pick { "m", "other" } .. " --yes --force" end
function event.drop() return "pipeline delete " .. pick { "p", "q" } .. " --yes" end
function event.stack() return "stack set " .. pick { "alt", "rt", "default", "default" } end

local LUA <const> = {
  'v:set_stage("staging", { force = true })', 'v:log_metadata { by = "hand" }', 'v:tag "golden"',
  'v:link(rille.artifact "p::s1::y", { name = "byhand", overwrite = false })',
  'v:link(rille.artifact "p::s2::y", { name = "report" })', 'v:set_stage "none"',
}
function event.lua()
  return string.format([[-q -e 'local rille = require "rille" local m = rille.models.m
    local v = m and m.versions[%s] if v then %s end']],
    pick { "-1", "1", "2", '"production"' }, pick(LUA))
end

local WEIGHTS <const> = { run = 10, infer = 3, edit = 8, promote = 3, compare = 2, back = 2, tag = 2, untag = 1,
  delete = 1, lua = 2, stack = 1, forget = 0.2, drop = 0.3 }
local NAMES <const> = {}
for name in pairs(WEIGHTS) do NAMES[#NAMES + 1] = name end
table.sort(NAMES)

local function next_event()
  local sum = 0
  for _, n in ipairs(NAMES) do sum = sum + WEIGHTS[n] end
  local x = math.random() * sum
  for _, n in ipairs(NAMES) do
    x = x - WEIGHTS[n]
    if x < 0 then return n end
  end
  return "run"
end

-- ---- what is compared ----

local LEFT_OUT <const> = { created = true, started = true, time = true, seconds = true, cached_from = true,
  counts = true, git = true, uri = true, log = true, attempts = true, first = true, pin = true,
  error = true }

local function plain(v, key)
  if type(v) ~= "table" then return v end
  local made = {}
  for k, x in pairs(v) do
    if LEFT_OUT[k] or (k == "id" and type(x) == "string" and #x == 32) then x = nil
    elseif k == "status" and (x == "cached" or x == "cut_off") then x = "completed"
    elseif k == "reason" and (key == "step" or tostring(x):find "^step .* failed$") then x = nil
    elseif k == "steps" then
      local list = {}
      for i, s in ipairs(x) do list[i] = plain(s, "step") end
      x = list
    end
    made[k] = plain(x, k == "steps" and "step" or nil)
  end
  return made
end

local function text_of(v, indent)
  if type(v) ~= "table" then return type(v) == "number" and tostring(v) or json.encode(v) end
  local keys, lines = {}, {}
  for k in pairs(v) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b)
    if math.type(a) and math.type(b) then return a < b end
    return tostring(a) < tostring(b)
  end)
  indent = indent or ""
  for _, k in ipairs(keys) do lines[#lines + 1] = indent .. tostring(k) .. ": " .. text_of(v[k], indent .. "  ") end
  return (#lines > 0 and "\n" or "{}") .. table.concat(lines, "\n")
end

local QUESTIONS <const> = [[
ask() { echo "== $*"; "$RILLE" "$@" --json 2>/dev/null || true; echo; }
ask model list
ask model version list
for m in m other; do ask model history $m; ask model show $m; done
for v in latest production staging canary 1 2 3 4 golden; do ask model version show m@$v; done
for v in other@latest; do ask model version show $v; done
ask runs --unlisted --limit 200
ask artifact list --versions --limit 500
ask artifact list --sort version
for a in p::s1::y p::s2::y p::s3::y best shared q::use::y; do ask lineage $a; ask show $a; ask show $a@-1; done
ask pipeline show p
]]

local function answers(p, runs)
  local more = {}
  for i = 1, runs do more[i] = string.format("ask show p%d; ask show q%d", i, i) end
  local out = p:sh(QUESTIONS .. table.concat(more, "\n")).out
  local list, order = {}, {}
  for question, body in out:gmatch "== ([^\n]*)\n([^\n]*)\n" do
    local ok, v = pcall(json.decode, body)
    list[question] = ok and text_of(plain(v)) or body
    order[#order + 1] = question
  end
  return list, order
end

local function differ(a, b)
  local first, second = {}, {}
  for line in a:gmatch "[^\n]+" do first[#first + 1] = line end
  for line in b:gmatch "[^\n]+" do second[#second + 1] = line end
  local lines = {}
  for i = 1, math.max(#first, #second) do
    if first[i] ~= second[i] and #lines < 12 then
      lines[#lines + 1] = string.format("    on:  %s\n    off: %s", tostring(first[i]), tostring(second[i]))
    end
  end
  return table.concat(lines, "\n")
end

local function compare(on, off, runs, where)
  local a, order = answers(on, runs)
  local b = answers(off, runs)
  for _, question in ipairs(order) do
    if a[question] ~= b[question] then
      error(string.format("%s: %s differs\n%s", where, question, differ(a[question], b[question] or "")), 0)
    end
  end
end

-- No two versions of a model in a stage, whatever the questions say.
local function holders(p, where)
  local twice = p:sh([[sqlite3 .rille/meta.db "select model, stage, count(*) from model_version where deleted is null
    and stage <> 'archived' group by 1, 2 having count(*) > 1"]])
  if twice.out ~= "" then error(where .. ": two holders: " .. twice.out, 0) end
end

-- ---- the metrics of runs, found and read ----

local function number(v)
  if type(v) == "table" then return ({ inf = math.huge, ["-inf"] = -math.huge, nan = 0 / 0 })[v["$number"]] end
  return math.type(v) and v or nil
end

local function measured(p, names)
  local list = {}
  for _, name in ipairs(names) do
    local run, one = p:json("show " .. name), { name = name }
    for _, s in ipairs(run.steps) do
      for k, v in pairs(s.metrics or {}) do
        one["metric." .. k] = number(v)
        one["metric." .. s.id:gsub("%[%d+%]$", "") .. "." .. k] = number(v)
      end
    end
    list[#list + 1] = one
  end
  return list
end

local function found(p, arguments)
  local names = {}
  for i, one in ipairs(p:json("runs --limit 500 " .. arguments).items) do names[i] = one.name end
  return table.concat(names, " ")
end

local function check_metrics(p, where)
  local names = {}
  for i, one in ipairs(p:json("runs --limit 500").items) do names[i] = one.name end
  local runs = measured(p, names)
  for _, field in ipairs { "metric.acc", "metric.s1.acc", "metric.again2.acc", "metric.s3.loss", "metric.loss" } do
    for _, limit in ipairs { 0.1, 0.5, math.huge } do
      local expected = {}
      for _, run in ipairs(runs) do
        if run[field] and run[field] >= limit then expected[#expected + 1] = run.name end
      end
      local got = found(p, string.format("--where '%s >= %s'", field, limit == math.huge and "inf" or limit))
      if got ~= table.concat(expected, " ") then
        error(string.format("%s: runs --where %s >= %s: %s, not %s", where, field, limit, got,
          table.concat(expected, " ")), 0)
      end
    end
    local sorted, last = found(p, "--sort " .. field), math.huge
    for name in sorted:gmatch "%S+" do
      for _, run in ipairs(runs) do
        local v = run.name == name and run[field] or nil
        if v and v == v then
          if v > last then error(string.format("%s: runs --sort %s: %s", where, field, sorted), 0) end
          last = v
        end
      end
    end
  end
end

-- ---- a history ----

local SETUP <const> = [[mkdir -p .rille alt shared && printf 'format: 1\nstages: [canary]\n' > .rille/config.yaml
"$RILLE" artifact-store register alt --flavor local --set path=alt -q && "$RILLE" stack register alt --artifact-store alt -q
"$RILLE" artifact-store register rt --flavor read-through --set shared=shared --set publish=true -q
"$RILLE" stack register rt --artifact-store rt -q
git init -q && git config user.name a && git config user.email a@b && mkdir lib && printf '%s' "$PINNED1" > lib/pinned.lua
echo 'return { text = "one" }' > lib/helper.lua && printf '.rille\ndata.txt\nalt\nshared\n' > .gitignore
git add -A && git commit -qm 1 && git tag v1 && printf '%s' "$PINNED2" > lib/pinned.lua
echo 'return { text = "two" }' > lib/helper.lua && git add -A && git commit -qm 2 && git tag v2]]
local function quoted(n) return scratch.quoted(PINNED:format(n)) end
local SETUP_ALL <const> = "export PINNED1=" .. quoted(1) .. " PINNED2=" .. quoted(2) .. "\n" .. SETUP

local function both(on, off, command, is_run, where)
  local a = on:rille(command)
  local b = off:rille(command .. (is_run and " --no-cache" or ""))
  if a.code ~= b.code then
    error(string.format("%s: %s: exit %d with the cache, %d without\n%s\n%s", where, command, a.code, b.code, a.err,
      b.err), 0)
  end
  if not is_run and a.out .. a.err ~= b.out .. b.err then
    error(string.format("%s: %s: printed\n%s%s\nand without the cache\n%s%s", where, command, a.out, a.err, b.out,
      b.err), 0)
  end
  if a.code > 3 then error(string.format("%s: %s: exit %d\n%s", where, command, a.code, a.err), 0) end
  if (a.err .. b.err):find("traceback", 1, true) or (a.err .. b.err):find("internal error", 1, true) then
    error(string.format("%s: %s: %s", where, command, a.err .. b.err), 0)
  end
  return a
end

local function live(seed)
  math.randomseed(seed)
  local on, off = scratch.new(), scratch.new()
  local w, said = new_world(), {}
  local ok, message = pcall(function()
    check.eq(on:sh(SETUP_ALL).code, 0)
    check.eq(off:sh(SETUP_ALL).code, 0)
    for i = 1, EVENTS do
      local name = (i == 1 or i == 3) and "run" or i == 2 and "edit" or next_event()
      local command, is_run = event[name](w)
      for _, p in ipairs { on, off } do
        p:write("main.lua", write_main(w))
        p:write("data.txt", "d" .. w.data)
        p:sh "git add main.lua && git commit -qm more"
      end
      said[i] = name .. ": " .. tostring(command)
      local where = string.format("event %d", i)
      if command then
        local r = both(on, off, command, is_run, where)
        if TELL then print(said[i], r.code, r.code == 1 and r.err or (r.err:match "^[^\n]*")) end
        if is_run or i == EVENTS or chance(30) then compare(on, off, w.runs or 0, where) end
        holders(on, where)
      end
    end
    check_metrics(on, "at the end")
    if on:rille("fsck").code ~= 0 then error("fsck: " .. on:rille("fsck").out, 0) end
  end)
  if ok or not os.getenv "RILLE_KEEP" then
    on:__close()
    off:__close()
  end
  if not ok then
    error(string.format("RILLE_SEED=%d\n  %s\n%s\n%s\n%s", seed, table.concat(said, "\n  "), message, on.dir,
      off.dir), 0)
  end
end

check.test("what names, stages and models reach is the same with the cache on and off", function()
  for round = 0, ROUNDS - 1 do live(SEED + round) end
end)

check.done()
