-- Random definitions and random edits, lived with memos and without (lib/memo_oracle.lua).
--
-- A world is a list of texts with holes, @7@, whose values are literals: steps, helpers, the statements of define.  An
-- event changes a hole or a statement, a parameter, a file, the environment, or nothing but comments; after it the
-- pipeline runs once to three times.
--
-- RILLE_ROUNDS=10 worlds (RILLE_WORLDS here); RILLE_EVENTS=10 events of each; RILLE_SEED=n where they start, printed
-- when one
--   fails; RILLE_LIVES=off,on,node,check

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local memo_oracle = require "memo_oracle"

local WORLDS <const> = math.tointeger(tonumber(os.getenv "RILLE_WORLDS" or "6"))
local EVENTS <const> = math.tointeger(tonumber(os.getenv "RILLE_EVENTS" or "8"))
local SEED <const> = math.tointeger(tonumber(os.getenv "RILLE_SEED" or os.time()))
local LIMIT <const> = tonumber(os.getenv "RILLE_LIMIT")           -- seconds

local function int(a, b) return math.random(a, b) end
local function chance(percent) return math.random(100) <= percent end
local function pick(list) return list[math.random(#list)] end

local LITERALS <const> = { "0", "1", "2", "3", "1.0", "2.0", "0.5", "-0.0", "0.0", '"1"', '"a"', '"b"', '""', "true",
  "false", "1e300", "-1" }

-- Texts ---------------------------------------------------------------------------

local function hole(w, v)
  w.holes[#w.holes + 1] = v or pick(LITERALS)
  return "@" .. #w.holes .. "@"
end

local function small(w) return hole(w, tostring(int(0, 4))) end

-- An expression of define; i: the variable of a loop.
local function expression(w, i)
  local kind = int(1, 14)
  if kind <= 4 then return hole(w) end
  if kind == 5 then return "p.k" end
  if kind == 6 then return "p.m" end
  if kind == 7 and i then return i end
  if kind == 8 and i then return i .. " * " .. small(w) end
  if kind == 9 then return "help" .. int(1, 3) .. "(" .. hole(w) .. ")" end
  if kind == 10 then return "T.a" end
  if kind == 11 then return "T.deep[" .. int(1, 3) .. "]" end
  if kind == 12 then return "G" end
  if kind == 13 then return "tostring(" .. hole(w) .. ") .. " .. (i or "p.k") end
  return "{ " .. hole(w) .. ", { z = " .. hole(w) .. " } }"
end

-- What fills the input x: a node made before, or a literal.
local function wire(w)
  if #w.nodes == 0 or chance(8) then return chance(50) and hole(w) or "{ " .. hole(w) .. " }" end
  return pick(w.nodes)
end

local function call(w, step, i, from)
  local parts = {}
  if chance(60) then parts[#parts + 1] = "a = " .. expression(w, i) end
  if chance(20) then parts[#parts + 1] = "b = " .. (i or int(0, 9)) end
  if step.input == "x" then parts[#parts + 1] = "x = " .. (from or wire(w)) end
  if step.input == "xs" then
    local list = #w.lists > 0 and chance(70) and pick(w.lists)
    if not list then
      list = {}
      for n = 1, int(1, 3) do list[n] = wire(w) end
      list = "{ " .. table.concat(list, ", ") .. " }"
    end
    parts[#parts + 1] = "xs = " .. list
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function any_step(w, input)
  local fit = {}
  for _, s in ipairs(w.steps) do if not input or s.input == input then fit[#fit + 1] = s end end
  return #fit > 0 and pick(fit) or nil
end

local function output(s) return s.two and chance(50) and ".z" or s.two and ".y" or "" end

local make = {}

local function name(w)
  w.last = w.last + 1
  return "n" .. w.last
end

function make.node(w)
  local s, n = any_step(w), name(w)
  local text = string.format('local %s = %s:with { id = "%s"%s } %s', n, s.name, n, #w.plain > 0 and chance(8) and
    ", after = { "
    .. pick(w.plain) .. " }" or chance(4) and ", cache = true" or "", call(w, s))
  w.nodes[#w.nodes + 1] = n .. output(s)
  w.plain[#w.plain + 1] = n
  return text
end

function make.loop(w)
  local s, n = any_step(w), name(w)
  local text = string.format('local %s = {} for i = 1, %s do %s[i] = %s:with { id = "%s_" .. i } %s%s end', n,
    small(w), n, s.name, n, call(w, s, "i"),
    s.two and ".y" or "")
  w.lists[#w.lists + 1] = n
  return text
end

function make.chain(w)
  local s, n = any_step(w, "x"), name(w)
  if not s or #w.nodes == 0 then return make.node(w) end
  local text = string.format('local %s = %s for i = 1, %s do %s = %s:with { id = ("%s_%%d"):format(i) } %s%s end', n,
    pick(w.nodes), small(w), n, s.name, n,
    call(w, s, "i", n), s.two and ".z" or "")
  w.nodes[#w.nodes + 1] = n
  return text
end

function make.condition(w)
  local s, r, n = any_step(w), any_step(w), name(w)
  local text = string.format('local %s if %s == %s then %s = %s:with { id = "%sa" } %s%s else %s = %s:with { id = '
    .. '"%sb" } %s%s end', n,
    pick { "p.k", "p.m", "T.a", "G", "help1(1)" }, hole(w), n, s.name, n, call(w, s), s.two and ".y" or "", n, r.name,
      n, call(w, r), r.two and ".z" or "")
  w.nodes[#w.nodes + 1] = n
  return text
end

function make.helper(w)
  local s, n = any_step(w), name(w)
  if s.input then return make.node(w) end
  w.nodes[#w.nodes + 1] = n .. output(s)
  return string.format('local %s = build(%s, "%s", %s)', n, s.name, n, expression(w))
end

function make.walk(w)
  local s, n = any_step(w), name(w)
  return string.format('for k, v in %s do %s:with { id = "%s_" .. k } { a = v%s } end', pick { "ipairs(T.deep)",
    "pairs(T.named)", "ipairs { 1, " .. hole(w) .. " }",
    "each(" .. small(w) .. ")" }, s.name, n, s.input and ", " .. s.input .. " = " .. (s.input == "x" and wire(w) or
      "{ " .. wire(w) .. " }") or "")
end

-- What is done besides calling steps.
local DOINGS <const> = {
  "K = (K or 0) + 1", "print('define', %s)", "local _ = math.random(3)", "local _ = os.time()", "T.a = %s",
    "local _ = io.open 'data.txt'",
  "G = os.getenv 'RILLE_CASE' or %s", "count()", "local _ = pcall(error, %s)", "local _ = require 'm'",
    "do local f = io.open('data.txt') G = f and f:read 'a' end",
  "table.insert(T.deep, %s)", "rille.step 'late' { outputs = { t.any 'y' }, run = function() return %s end }",
    "local _ = tostring(T)", "local _ = debug.getinfo(1)",
}
function make.doing(w) return pick(DOINGS):format(hole(w)) end

function make.map(w)
  local s, n = any_step(w, "x"), name(w)
  if not s or #w.lists == 0 then return make.node(w) end
  return string.format('%s:with { id = "%s" }:map { x = %s }', s.name, n, pick(w.lists))
end

local KINDS <const> = { "node", "node", "node", "node", "loop", "loop", "chain", "condition", "helper", "walk" }

local function statement(w)
  if w.odd and chance(12) then return make[chance(85) and "doing" or "map"](w) end
  return make[pick(KINDS)](w)
end

local function new_step(w, i)
  local s = { name = "s" .. i, input = pick { "x", "x", "xs", false }, two = chance(20) }
  if i == 1 then s.input = false end
  if i == 2 then s.input = "x" end
  local reads = w.odd and chance(15) and pick { ", io.open 'data.txt':read 'a'", ", os.getenv 'RILLE_CASE'",
    ", require 'm'.v", ", G or 0", ", T.a" }
    or chance(30) and pick { ", shared", ", inner()", ", M.v" } or ""
  local value = string.format("str { p.a, p.b, %s%s%s }", s.input and s.input .. ", " or "", hole(w), reads)
  if chance(20) then value = "#(" .. value .. ") % 3" end            -- the same for most inputs
  s.text = string.format("local %s = rille.step '%s' { %sparams = { a = %s, b = %s }, %soutputs = { t.any 'y'%s%s },\n"
    .. "  run = function(%sp, ctx) %sreturn %s%s end }", s.name, s.name, chance(10) and "version = " .. hole(w, '"1"')
      .. ", " or "",
    chance(4) and "t.integer { default = 1 }" or "t.any { default = " .. hole(w) .. " }", pick { "0", "0.5",
      "t.number { default = 1 }", "t.any { default = 2 }" },
    s.input and "inputs = { " .. (s.input == "x" and "t.any 'x'" or "t.list(t.any) 'xs'") .. " }, " or "",
    chance(10) and " { name = 'own' .. " .. small(w) .. " }" or "", s.two and ", t.any 'z'" or "", s.input and s.input
      .. ", " or "",
    chance(15) and "ctx:log_metric { acc = #str { p.a } } " or "", value, s.two and ", 'z' .. " .. hole(w, '"q"') or "")
  return s
end

local function new_world()
  local w = { holes = {}, nodes = {}, plain = {}, lists = {}, steps = {}, define = {}, last = 0, comments = 0, args =
    {}, odd = chance(40), files = {} }
  w.top = string.format([[
local M = require "lib"
local shared = %s
T = { a = %s, deep = { %s, %s, %s }, named = { q = %s, r = %s } }
G = %s
local calls = 0
local function count() calls = calls + 1 return calls end
local function inner() return shared, %s end
local function help1(v) return v end
local function help2(v) return M.f(v, %s) end
local help3 = (function(u) return function(v) return u == v and %s or v end end)(%s)
local function build(s, id, v) return s:with { id = id } { a = v } end
local function each(n) local i = 0 return function() i = i + 1 if i <= n then return i, i * %s end end end]], hole(w), hole(w), hole(w), hole(w), hole(w), hole(w),
    hole(w), hole(w), hole(w), hole(w), hole(w), hole(w), small(w))
  w.lib = string.format("local v = %s\nreturn { v = v, f = function(a, b) if a == %s then return b end return a end "
    .. "}", hole(w), hole(w))
  w.m = "return { v = " .. hole(w) .. " }"
  for i = 1, int(3, 6) do w.steps[i] = new_step(w, i) end
  for i = 1, int(2, 9) do w.define[i] = statement(w) end
  table.insert(w.define, 1, 's1:with { id = "first" } { a = p.k }')
  w.params = string.format("k = t.any { default = %s }, m = t.any { default = %s }", hole(w), hole(w))
  w.model = w.odd and chance(10)
  return w
end

local function filled(w, text) return (text:gsub("@(%d+)@", function(n) return w.holes[tonumber(n)] end)) end

local function script(w)
  local lines = { 'local rille = require "rille"', "local t = rille.types",
    "local function str(v) if type(v) ~= 'table' then return (math.type(v) or type(v)) .. tostring(v) end local l, "
      .. "ks = {}, {}",
    "  for k in pairs(v) do ks[#ks + 1] = k end table.sort(ks, function(a, b) return tostring(a) < tostring(b) end)",
    "  for i, k in ipairs(ks) do l[i] = tostring(k) .. '=' .. str(v[k]) end return ('{' .. table.concat(l, ',') .. "
      .. "'}'):sub(-300) end", w.top }
  for _, s in ipairs(w.steps) do lines[#lines + 1] = s.text end
  lines[#lines + 1] = (w.model and 'local model = rille.model "m" {}\n' or "") .. 'return rille.pipeline "p" { ' ..
    (w.model and "model = model, " or "")
    .. "params = { " .. w.params .. " }, define = function(p)"
  for _, s in ipairs(w.define) do lines[#lines + 1] = "  " .. s end
  lines[#lines + 1] = "end }"
  for i = 1, w.comments do table.insert(lines, (i * 7) % #lines + 1, "-- comment " .. i) end
  return filled(w, table.concat(lines, "\n"))
end

-- Events --------------------------------------------------------------------------

local events = {}
local function event(weight, what, fn) for _ = 1, weight do events[#events + 1] = { what, fn } end end

event(8, "a value", function(w) w.holes[int(1, #w.holes)] = pick(LITERALS) end)
event(3, "two values", function(w)
  local i, k = int(1, #w.holes), int(1, #w.holes)
  w.holes[i], w.holes[k] = w.holes[k], w.holes[i]
end)
event(3, "a comment", function(w) w.comments = w.comments + int(1, 3) end)
event(3, "a statement more", function(w)
  w.define[#w.define + 1] = statement(w)
end)
event(2, "a statement of more, first", function(w)
  w.nodes, w.plain, w.lists = {}, {}, {}
  table.insert(w.define, 2, statement(w))
end)
event(2, "a statement less", function(w)
  local i = int(2, math.max(2, #w.define))
  local gone = w.define[i]
  if not gone then return end
  table.remove(w.define, i)
  local var = gone:match "^local (n%d+)"
  if not var then return end
  for k = #w.define, 1, -1 do
    if w.define[k]:find("%f[%w]" .. var .. "%f[^%w]") then table.remove(w.define, k) end
  end
  for _, list in ipairs { w.nodes, w.plain, w.lists } do
    for k = #list, 1, -1 do if list[k]:match "^n%d+" == var then table.remove(list, k) end end
  end
end)
event(3, "two statements exchanged", function(w)
  local i = int(1, #w.define)
  local k = math.min(#w.define, i + 1)
  local var = w.define[i]:match "^local (n%d+)"
  if var and w.define[k]:find("%f[%w]" .. var .. "%f[^%w]") then return end
  w.define[i], w.define[k] = w.define[k], w.define[i]
end)
event(3, "a parameter", function(w) w.args[pick { "k", "m" }] = pick { "1", "2", "1.0", "a", "true", false, false } or
  nil end)
event(1, "a parameter of a step", function(w) w.args[pick { "first.a", "first.b" }] = pick { "1", "2", false } or nil
  end)
event(2, "a file", function(w) w.files["data.txt"] = pick { "one", "two", false } end)
event(2, "the environment", function(w) w.env = pick { "1", "2", false } or nil end)
event(2, "nothing", function() end)
event(1, "a step's body", function(w)
  local s = pick(w.steps)
  s.text = s.text:find "str { p.a" and s.text:gsub("str { p.a", "str { 7, p.a") or s.text
end)
event(1, "a run of another kind", function(w) w.once = pick { "--no-cache", "--unlisted", "--from first",
  "--only first", "--tag t", "-k", "--audit", "-v" } end)
event(1, "the store", function(w) w.shell = pick { "\"$RILLE\" pipeline delete p --yes >/dev/null 2>&1",
  "\"$RILLE\" artifact list --versions", "sqlite3 .rille/meta.db 'update memo set sum = sum + 1' 2>/dev/null; true",
  "sqlite3 .rille/meta.db 'update node_memo set sum = sum + 1' 2>/dev/null; true",
  "sqlite3 .rille/meta.db 'update memo set last_step = 0; update node_memo set last_step = 0' 2>/dev/null; true" } end)

local function settle(h, w)
  for file, text in pairs { ["main.lua"] = script(w), ["lib.lua"] = filled(w, w.lib), ["m.lua"] = filled(w, w.m) } do
    if h.files[file] ~= text then h:write(file, text) end
  end
  if w.files["data.txt"] ~= h.files["data.txt"] then
    if w.files["data.txt"] then h:write("data.txt", w.files["data.txt"])
    else
      if h.files["data.txt"] then h:sh "rm data.txt" end
      h.files["data.txt"] = nil
    end
  end
end

local function options(w, more)
  local words, names = { "-j 1" }, {}
  for n in pairs(w.args) do names[#names + 1] = n end
  table.sort(names)
  for _, n in ipairs(names) do words[#words + 1] = "--set " .. n .. "=" .. w.args[n] end
  words[#words + 1] = more
  return { args = table.concat(words, " "), env = { RILLE_CASE = w.env or false }, any_code = true }
end

local function live(seed)
  math.randomseed(seed)
  local h <close> = memo_oracle.history()
  h.unordered = true
  local w = new_world()
  w.files["data.txt"] = pick { "one", false }
  settle(h, w)
  h:runs(int(2, 3), options(w))
  h:judge()
  for _ = 1, EVENTS do
    local one = pick(events)
    w.once, w.shell = nil, nil
    one[2](w)
    h:sh("true " .. one[1]:gsub("'", ""))
    settle(h, w)
    if w.shell then h:sh(w.shell) end
    if w.once then h:run(options(w, w.once)) end
    h:runs(int(1, 3), options(w))
    if chance(60) then h:judge() end
  end
  h:rille "artifact list --versions"
  h:rille "show p@-1 --json"
  h:live()
end

local started, worlds = os.time(), 0
check.test("random definitions leave with memos what they leave without", function()
  for seed = SEED, SEED + WORLDS - 1 do
    if LIMIT and os.time() - started > LIMIT then break end
    local ok, message = pcall(live, seed)
    if not ok then error("RILLE_SEED=" .. seed .. " RILLE_WORLDS=1: " .. tostring(message), 0) end
    worlds = worlds + 1
  end
end)

print(string.format("%d worlds from seed %d in %d s: %d runs, %d completed, %d hits, %d judged", worlds, SEED,
  os.time() - started, memo_oracle.count.runs,
  memo_oracle.count.completed, memo_oracle.count.hits, memo_oracle.count.judged))
check.done()
