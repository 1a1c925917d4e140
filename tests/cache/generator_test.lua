-- generator: random programs and random edits, judged by the oracle.
--
-- A round makes one edit of a program and runs it on the store that has seen all
-- of its versions; every digest must be what an empty store gives, and an edit
-- that means nothing (a comment, an indentation, a local's name, a touched file)
-- must leave everything cached.
--
--   RILLE_ROUNDS=500   rounds; RILLE_SEED=n   where they start, printed
--   RILLE_MUTANT=1     the run judged is that of the version before, as if the
--                      cache saw no edit: it must be caught
--
-- A world is plain data: { decls, modules, steps, files, env, sets, style, ... };
-- its code is made of nodes { kind, ... }, written by write.KIND.  Beside plain code
-- there are modules that act on something else when they are loaded, entries of a
-- folder that change their kind, classes whose methods are reached through inputs,
-- searchers, arrays with two names, texts for the shell, modes of the collector,
-- artifacts of another pipeline that are asked for by name, and runs of the same
-- script by a host of the library in between.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local oracle = require "oracle"

local ROUNDS = math.tointeger(tonumber(os.getenv "RILLE_ROUNDS" or "500"))
local SEED = math.tointeger(tonumber(os.getenv "RILLE_SEED" or os.time()))
local MUTANT = os.getenv "RILLE_MUTANT" ~= nil
local HOST = oracle.rille:match "^(.*)/"    -- the folder of the program has the host, too
local LIFE <const> = 25            -- rounds of one world

local function int(a, b) return math.random(a, b) end
local function chance(percent) return math.random(100) <= percent end
local function pick(list) return list[math.random(#list)] end

local function copy(v)
  if type(v) ~= "table" then return v end
  local made = {}
  for k, x in pairs(v) do made[k] = copy(x) end
  return made
end

local function word(n)
  local s = {}
  for i = 1, n or int(1, 6) do s[i] = string.char(int(97, 122)) end
  return table.concat(s)
end

-- ---- nodes ----

local OPERATORS = { "+", "-", "*", "//", "%", "&", "|", "~", "<", "<=", "==", ".." }
local TEXTS = { "data1.txt", "data2.txt", "data/data3.txt", "maybe1.txt", "data/maybe2.txt" }
local CONFIGS = { "conf1.lua", "conf2.lua" }
local ENTRIES = { "tree/a", "tree/b", "tree/.c" }       -- each absent, a file, a folder or a link
local EFFECTS = { "fx1", "fx2" }                        -- modules that act when they are loaded
local VARIABLES = { "RILLE_CASE_A", "RILLE_CASE_B" }

local function literal()
  local kind = int(1, 6)
  if kind == 1 then return int(-5, 300) end
  if kind == 2 then return int(-8, 8) / 4 end
  if kind == 3 then return chance(50) end
  return word()
end

-- Kinds that any code can hold; the rest needs declarations, parameters, modules.
local PLAIN = { "const", "const", "op", "op", "string", "sort", "coroutine", "read", "read", "lines", "config", "env",
  "math", "entry" }

local make = {}
function make.const() return { kind = "const", value = literal() } end
function make.op() return { kind = "op", a = int(1, 40), op = pick(OPERATORS), b = int(1, 9) } end
function make.string()
  return { kind = "string", text = word(3), method = pick { "upper", "reverse", "len" }, times = int(1, 3) }
end
function make.sort() return { kind = "sort", op = pick { "<", ">" }, value = int(1, 9) } end
function make.coroutine() return { kind = "coroutine", value = int(1, 50) } end
function make.read() return { kind = "read", file = pick(TEXTS), way = int(1, 5) } end
function make.lines() return { kind = "lines", file = pick(TEXTS), way = int(1, 2) } end
function make.config() return { kind = "config", file = pick(CONFIGS), way = int(1, 2) } end
function make.env() return { kind = "env", name = pick(VARIABLES) } end
function make.math() return { kind = "math", fn = pick { "floor", "ceil", "abs" }, value = int(-9, 9) / 2 } end
function make.random() return { kind = "random", value = int(2, 1000) } end
function make.decl(w, limit) return { kind = "decl", decl = pick(limit), arg = int(0, 9), way = int(1, 3) } end
function make.module(w)
  return { kind = "module", name = pick(w.module_names), inside = chance(50), arg = int(0, 9), constant = chance(30) }
end
function make.param(_, _, s) return { kind = "param", name = pick(s.params).name } end
function make.context() return { kind = "context" } end
function make.entry() return { kind = "entry", file = pick(ENTRIES), way = int(1, 4), constant = true } end
function make.effect() return { kind = "effect", name = pick(EFFECTS), way = int(1, 4) } end
function make.virtual() return { kind = "virtual", way = int(1, 2) } end
function make.alias() return { kind = "alias", way = int(1, 2) } end
function make.failing() return { kind = "failing", file = pick { "maybe1.txt", "data/maybe2.txt" } } end
function make.collector() return { kind = "collector", mode = pick { "generational", "incremental" } } end

-- A node for code that may use the declarations in limit, of step s or of none.
local function new_node(w, limit, s)
  local kind = pick(PLAIN)
  if #limit > 0 and chance(45) then kind = "decl"
  elseif s and chance(20) then kind = "module"
  elseif s and #s.params > 0 and chance(20) then kind = "param"
  elseif s and chance(8) then kind = "random"
  elseif s and chance(3) then kind = "context"
  elseif s and chance(16) then kind = pick { "effect", "effect", "virtual", "alias" }
  elseif s and chance(2) then kind = pick { "collector", "failing" } end
  return make[kind](w, limit, s)
end

local function new_nodes(w, limit, s, most)
  local list = {}
  for i = 1, int(1, most) do list[i] = new_node(w, limit, s) end
  return list
end

-- ---- worlds ----

local DECLS = { "helper", "helper", "helper", "global", "table", "table", "meta", "factory", "object", "constant",
  "overlay", "inner", "alias", "class" }

local function new_table(depth)
  local t = { list = { int(1, 9), int(1, 9), word() }, fields = { a = literal(), b = literal() } }
  if depth > 0 then t.sub = new_table(depth - 1) end
  return t
end

local function new_decl(w, id)
  local limit = {}
  for i = 1, id - 1 do limit[i] = i end
  local d = { id = id, kind = pick(DECLS), value = int(1, 99) }
  if d.kind == "helper" or d.kind == "global" or d.kind == "object" or d.kind == "inner"
    or d.kind == "class" then d.nodes = new_nodes(w, limit, nil, 2) end
  if d.kind == "table" then d.data = new_table(2) end
  return d
end

local function new_module(name)
  return { name = name, file = name:gsub("%.", "/") .. (chance(40) and "/init.lua" or ".lua"), value = int(1, 99),
    nodes = new_nodes(nil, {}, nil, 2), style = {}, reads = chance(25) and pick(TEXTS) or nil }
end

local PARAMETERS = { "integer", "number", "string", "boolean", "table", "any" }
local function parameter_value(kind)
  if kind == "integer" then return int(-3, 9) end
  if kind == "number" then return int(-9, 9) / 4 end
  if kind == "string" then return word() end
  if kind == "boolean" then return chance(50) end
  if kind == "table" then return { a = int(1, 9), b = { word(2), int(1, 3) } } end
  return literal()
end

local OUTPUTS = { "string", "string", "object", "any", "integer", "small", "number", "list", "list", "table", "vector",
  "boolean", "boolean" }

local function decl_ids(w)
  local ids = {}
  for i = 1, #w.decls do ids[i] = i end
  return ids
end

local function pick_wire(w)
  local wires = {}
  for _, s in ipairs(w.steps) do
    for i, out in ipairs(s.outputs) do
      wires[#wires + 1] = { step = s.name, output = i }
      if out.kind == "boolean" then for _ = 1, 5 do wires[#wires + 1] = { step = s.name, output = i } end end
    end
  end
  return pick(wires)
end

-- Texts for the shell and lists of words, as command steps have them; each reads files.
local SHELL = {
  '"cat data1.txt"', '"cat data/*.txt | wc -c"', '"cd data && cat data3.txt"', '"ls -A tree"',
  '{ "sh", "-c", "cat data1.txt; echo $RILLE_CASE_A" }',
  '"if [ -e maybe1.txt ]; then cat maybe1.txt; else echo none; fi"', '"cat <data2.txt | tr a-z A-Z"',
  '{ "env", "LC_ALL=C", "wc", "-c", "data1.txt" }',
  '{ "find", "tree" }', '"for f in data/* tree/*; do echo $f; done"', '"test -d tree/a && echo folder || echo no"',
  '{ "timeout", "5", "cat", "data2.txt" }',
  '"cat maybe1.txt data/maybe2.txt 2>/dev/null || true"', '". ./lib.sh; hello"', '"./tool.sh x"',
  '{ "./tool.sh", "data1.txt" }', '"sh tool.sh"', '"cat $(echo data1.txt)"',
}

-- A step that may read the outputs of those before it.
local function new_step(w)
  w.last_step = w.last_step + 1
  local s = { name = "step" .. w.last_step, var = "s" .. w.last_step, params = {}, inputs = {}, outputs = {},
    style = {}, version = false }
  for i = 1, int(0, 3) do
    local kind = pick(PARAMETERS)
    s.params[i] = { name = "p" .. i, kind = kind, value = parameter_value(kind), given = parameter_value(kind),
      is_given = chance(30) }
  end
  if #w.steps > 0 then
    for i = 1, int(0, 2) do
      local list = chance(30)
      local from = {}
      for k = 1, list and int(0, 3) or 1 do
        local other = pick(w.steps)
        from[k] = { step = other.name, output = int(1, #other.outputs) }
      end
      s.inputs[i] = { name = "in" .. i, list = list, from = from }
    end
  end
  for i = 1, chance(25) and 2 or 1 do s.outputs[i] = { name = "out" .. i, kind = pick(OUTPUTS) } end
  s.writes = chance(10) and s.name .. ".made" or nil
  s.twin = chance(10)
  s.mapped = chance(40)
  -- a branch, where the condition's output is a boolean by then
  if #w.steps > 0 and #s.outputs == 1 and chance(30) then
    s.when = { condition = pick_wire(w), want = chance(70), otherwise = chance(60) and pick_wire(w) or nil }
  end
  s.nodes = new_nodes(w, decl_ids(w), s, 5)
  if chance(12) then
    s.shell, s.inputs, s.params, s.outputs = pick(SHELL), {}, {}, { { name = "out1", kind = "string" } }
    s.writes, s.when = nil, nil
  end
  s.external = w.program and not s.shell and chance(30)
  return s
end

local function file_text()
  local lines = {}
  for i = 1, int(1, 4) do lines[i] = word() .. " " .. int(1, 99) end
  return table.concat(lines, "\n") .. (chance(80) and "\n" or "")
end

local function new_world()
  local w = { program = chance(20), decls = {}, modules = {}, module_names = { "m1", "m2", "lib.m3" }, steps = {},
    files = {}, env = {}, sets = {}, last_step = 0,
    style = { order = 1, comments = 0, unrelated = 0, quotes = 1, indent = 1, rename = 0 }, shadows = {} }
  for i = 1, 3 do w.files[TEXTS[i]] = file_text() end
  for _, name in ipairs(CONFIGS) do w.files[name] = "return " .. int(1, 99) end
  w.files["tree/keep"] = "kept\n"
  w.files["lib.sh"] = "hello() { echo hello " .. int(1, 9) .. "; }\n"
  w.files["tool.sh"] = "#!/bin/sh\necho tool " .. int(1, 9) .. " $1\n[ -f \"$1\" ] && cat \"$1\"\nexit 0\n"
  w.entries, w.effects, w.searcher, w.preload, w.shared, w.class, w.other = {}, {}, false, false, chance(50), int(1, 9),
  int(1, 3)
  for _, name in ipairs(EFFECTS) do w.effects[name] = { value = int(1, 9), on = int(1, 4), comments = 0 } end
  for _, name in ipairs(ENTRIES) do w.entries[name] = pick { "file", "folder", false } end
  w.env[VARIABLES[1]] = word()
  for _, name in ipairs(w.module_names) do w.modules[name] = new_module(name) end
  w.modules.m2.needs = chance(50) and "m1" or nil
  for i = 1, int(3, 8) do w.decls[i] = new_decl(w, i) end
  for i = 1, int(2, 6) do w.steps[i] = new_step(w) end
  return w
end

-- ---- text ----

local function quoted(s, style)
  if style.quotes == 2 then return "'" .. s .. "'" end
  if style.quotes == 3 then return "[[" .. s .. "]]" end
  return '"' .. s .. '"'
end

local function number(n, style)
  if math.type(n) == "integer" and n >= 0 and style.quotes == 3 then return string.format("0x%X", n) end
  if math.type(n) == "float" then return (string.format("%.2f", n)) end
  return tostring(n)
end

local function value(v, style)
  if type(v) == "string" then return quoted(v, style) end
  if type(v) == "number" then return number(v, style) end
  if type(v) ~= "table" then return tostring(v) end
  local keys, parts = {}, {}
  for k in pairs(v) do keys[#keys + 1] = k end
  if style.quotes == 2 then table.move({ table.unpack(keys) }, 1, #keys, 1, keys) end
  for i = #keys, 1, -1 do
    local k = keys[i]
    if type(k) == "string" then
      parts[#parts + 1] = (style.quotes == 3 and "[" .. '"' .. k .. '"' .. "]" or k) .. " = " .. value(v[k], style)
    end
  end
  for i = 1, #v do parts[#parts + 1] = value(v[i], style) end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local LOCALS = { "x", "value", "n", "it", "that" }
local function name_of(what, style)
  return what .. (style.rename > 0 and "_" .. LOCALS[style.rename % #LOCALS + 1] or "")
end

local write = {}
local function write_node(w, node, style) return write[node.kind](w, node, style) end

function write.const(_, n, style) return "(" .. value(n.value, style) .. ")" end
function write.op(_, n, style)
  local x = name_of("x", style)
  return string.format("(function(%s) return %s %s %s end)(%s)", x, x, n.op, number(n.b, style), number(n.a, style))
end
function write.string(_, n, style)
  return string.format("(%s):rep(%d, %s):%s()", quoted(n.text, style), n.times, quoted(",", style), n.method)
end
function write.sort(_, n, style)
  local l, a, b = name_of("l", style), name_of("a", style), name_of("b", style)
  return string.format("(function() local %s = { 5, 3, %d, 8 } table.sort(%s, function(%s, %s) return %s %s %s "
    .. "end) return table.concat(%s, ',') end)()",
    l, n.value, l, a, b, a, n.op, b, l)
end
function write.coroutine(_, n, style)
  local co = name_of("co", style)
  return string.format("(function() local %s = coroutine.wrap(function(x) local y = coroutine.yield(x + %d) "
    .. "coroutine.yield(y * 2) end) return %s(3) + %s(4) end)()",
    co, n.value, co, co)
end
function write.read(_, n, style)
  local f, s = name_of("f", style), name_of("s", style)
  local file = quoted(n.file, style)
  if n.way == 1 then return "read_file(" .. file .. ")" end
  local open = n.way == 2 and "open" or n.way == 3 and "files.open" or n.way == 4 and "io['op' .. 'en']" or "io.open"
  return string.format("(function() local %s = %s(%s) if not %s then return 'none' end local %s = %s:read(%s) "
    .. "%s:close() return %s end)()",
    f, open, file, f, s, f,
    n.way == 5 and "2" or "'a'", f, s)
end
function write.lines(_, n, style)
  local count = name_of("count", style)
  local walk = n.way == 1 and "io.lines" or "io.open"
  local body = n.way == 1
    and string.format("for l in io.lines(%s) do %s = %s + #l end", quoted(n.file, style), count, count)
    or string.format("for l in assert(%s(%s)):lines() do %s = %s + #l end", walk, quoted(n.file, style), count, count)
  return string.format("(select(2, pcall(function() local %s = 0 if not pcall(function() %s end) then return "
    .. "'bad' end return %s end)))",
    count, body, count)
end
function write.config(_, n, style)
  local form = n.way == 1 and "dofile(%s)" or "assert(loadfile(%s))()"
  return "(select(2, pcall(function() local ok, v = pcall(function() return " .. form:format(quoted(n.file, style))
    .. " end) return ok and v or 'bad' end)))"
end
function write.env(_, n, style) return string.format("(os.getenv(%s) or 'unset')", quoted(n.name, style)) end
function write.math(_, n, style) return string.format("math.%s(%s)", n.fn, number(n.value, style)) end
function write.random(_, n) return string.format("math.random(1, %d)", n.value) end
function write.param(_, n, style) return "show(" .. name_of("p", style) .. "." .. n.name .. ")" end
function write.context() return "rille.context().step.name" end
function write.module(_, n, style)
  local m = n.inside and "require(" .. quoted(n.name, style) .. ")" or n.name:gsub("%.", "_")
  return n.constant and m .. ".K" or m .. ".f(" .. n.arg .. ")"
end

function write.entry(_, n, style)
  if n.way == 1 then return "(table.concat(rille.dir('tree'):files(), ','))" end
  if n.way == 2 then
    return string.format("(function() local f = io.open(%s) if not f then return 'none' end local s = f:read 'a' "
      .. "f:close() return s or 'unreadable' end)()",
      quoted(n.file, style))
  end
  if n.way == 3 then return string.format("tostring(pcall(io.lines, %s))", quoted(n.file, style)) end
  return string.format("(io.open(%s .. '/x') and 'there' or 'not there')", quoted(n.file, style))
end
local SEEN = { "FX_G", "require('reg').v", "(('x').fx and ('x'):fx() or 'no')", "(table.fx and table.fx() or 'no')" }
function write.effect(w, n, style)
  return string.format("(function() require(%s) return tostring(%s) end)()", quoted(n.name, style), SEEN[n.way])
end
function write.virtual(_, n)
  return string.format("(function() local ok, m = pcall(function() return require '%s' end) return ok and "
    .. "tostring(m.v) or 'none' end)()",
    n.way == 1 and "virt" or "preloaded")
end
function write.alias(_, n)
  return n.way == 1 and "tostring(rawequal(one_array, two_array))"
    or "(function() local a, b = one_list, two_list return tostring(a == b) end)()"
end
function write.failing(_, n, style)
  return string.format("(read_file(%s) == 'none' and 'fine' or error('it is there', 0))", quoted(n.file, style))
end
function write.collector(_, n) return string.format("collectgarbage('%s')", n.mode) end

local use = {}
local function local_name(w, d)
  return "d" .. d.id .. (w.style.rename > 0 and "_" .. LOCALS[(w.style.rename + d.id) % #LOCALS + 1] or "")
end
function use.helper(w, d, n)
  return n.way == 3 and string.format("select(2, pcall(%s, %d))", local_name(w, d), n.arg)
    or string.format("%s(%d)", local_name(w, d), n.arg)
end
function use.global(_, d, n) return string.format("G%d(%d)", d.id, n.arg) end
function use.table(w, d, n)
  local t = local_name(w, d)
  if n.way == 1 then return string.format("(tostring(%s.a) .. tostring(%s.sub.b))", t, t) end
  if n.way == 2 then return "show(" .. t .. ")" end
  return string.format("(tostring(%s[%d]) .. #%s.sub.sub)", t, n.arg % 3 + 1, t)
end
function use.meta(w, d, n)
  return n.way == 1 and string.format("%s(%d)", local_name(w, d), n.arg)
    or string.format("%s.k%d", local_name(w, d), n.arg)
end
function use.factory(w, d, n) return string.format("%s(%d)", local_name(w, d), n.arg) end
function use.object(w, d, n) return string.format("%s:get(%d)", local_name(w, d), n.arg) end
function use.class(w, d, n)
  return n.way == 1 and string.format("%s.new(%d):get()", local_name(w, d), n.arg) or string.format("one%d:get()", d.id)
end
function use.constant(w, d) return local_name(w, d) end
function use.overlay(_, d) return string.format("('x'):shout%d()", d.id) end
function use.inner(w, d, n) return n.way == 1 and local_name(w, d) .. ".fn()" or local_name(w, d) .. " {}" end
function use.alias(w, d, n) return string.format("%s(%d.5)", local_name(w, d), n.arg) end
function write.decl(w, n)
  local d = w.decls[n.decl]
  return use[d.kind](w, d, n)
end

local function joined(w, nodes, style)
  local parts = {}
  for i, n in ipairs(nodes) do parts[i] = "tostring(" .. write_node(w, n, style) .. ")" end
  return table.concat(parts, " .. '/' .. ")
end

local function indent(style) return style.indent == 1 and "  " or style.indent == 2 and "\t" or "     " end
local function breaks(style) return style.indent == 3 and " " or "\n" end

local function comments(n)
  local lines = {}
  for i = 1,
    n do lines[i] = i % 2 == 1 and "-- a comment, number " .. i .. "\n" or "--[[ another,\n longer one ]]\n\n" end
  return table.concat(lines)
end

local function table_text(d, style)
  local parts = {}
  for _, k in ipairs(style.quotes == 2 and { "b", "a" } or { "a", "b" }) do
    parts[#parts + 1] = k .. " = " .. value(d.fields[k], style)
  end
  for i = 1, #d.list do parts[#parts + 1] = value(d.list[i], style) end
  if d.sub then parts[#parts + 1] = "sub = " .. table_text(d.sub, style) end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local declare = {}
local function body(w, d, style, x)
  return string.format("%s .. ':' .. %d .. %s", x, d.value, joined(w, d.nodes, style))
end
function declare.helper(w, d, style)
  local x = name_of("x", style)
  return string.format("local function %s(%s)%s%sreturn %s%send", local_name(w, d), x, breaks(style), indent(style),
    body(w, d, style, x), breaks(style))
end
function declare.global(w, d, style)
  local x = name_of("x", style)
  return string.format("function G%d(%s) return %s end", d.id, x, body(w, d, style, x))
end
function declare.table(w, d, style) return "local " .. local_name(w, d) .. " = " .. table_text(d.data, style) end
function declare.meta(w, d)
  return string.format("local %s = setmetatable({}, { __index = function(_, k) return k .. %d end, __call = "
    .. "function(_, n) return n * %d end })",
    local_name(w, d), d.value, d.value)
end
function declare.factory(w, d, style)
  local n, x = name_of("n", style), name_of("x", style)
  return string.format("local %s = (function(%s) return function(%s) return %s + %s end end)(%d)", local_name(w, d), n,
    x, n, x, d.value)
end
function declare.object(w, d, style)
  local o, x = local_name(w, d), name_of("x", style)
  return string.format("local %s = { k = %d }%sfunction %s:get(%s) return self.k .. %s end", o, d.value, breaks(style),
    o, x, body(w, d, style, x))
end
function declare.class(w, d, style)
  local c = local_name(w, d)
  return string.format("local %s = {} %s.__index = %s%sfunction %s.new(k) return setmetatable({ k = k }, %s) "
    .. "end%sfunction %s:get() return self.k .. %s end%slocal one%d = %s.new(%d)",
    c, c, c, breaks(style), c, c, breaks(style), c, body(w, d, style, "self.k"), breaks(style), d.id, c, d.value)
end
function declare.constant(w, d, style) return "local " .. local_name(w, d) .. " = " .. number(d.value, style) end
function declare.overlay(_, d, style)
  return string.format("function string.shout%d(s) return s .. %s end", d.id, quoted("!" .. d.value, style))
end
function declare.inner(w, d, style)
  return string.format("local %s = rille.step 'inner%d' { outputs = { t.any 'o' }, run = function() return %s end }",
    local_name(w, d), d.id, body(w, d, style, "''"))
end
function declare.alias(w, d)
  return "local " .. local_name(w, d) .. " = math." .. ({ "floor", "ceil", "abs" })[d.value % 3 + 1]
end

local function style_of(w, d)
  local own = d.style or {}
  return { comments = (own.comments or 0), indent = own.indent or w.style.indent, rename = own.rename or w.style.rename,
    quotes = own.quotes or w.style.quotes }
end

-- What a declaration needs above it: the ids of others.
local function needs_of(d)
  local set = {}
  for _, n in ipairs(d.nodes or {}) do if n.kind == "decl" then set[n.decl] = true end end
  return set
end

-- The declarations in one of the orders that their uses allow.
local function ordered(w)
  local state, placed, list = w.style.order, {}, {}
  local function next_choice(n)
    state = (state * 1103515245 + 12345) % 2147483648
    return state % n + 1
  end
  while #list < #w.decls do
    local open = {}
    for _, d in ipairs(w.decls) do
      local ready = not placed[d.id]
      for id in pairs(needs_of(d)) do ready = ready and placed[id] end
      if ready then open[#open + 1] = d end
    end
    local d = open[w.style.order == 1 and 1 or next_choice(#open)]
    placed[d.id] = true
    list[#list + 1] = d
  end
  return list
end

local TYPES = { string = "t.string", any = "t.any", integer = "t.integer", small = "t.integer", number = "t.number",
  boolean = "t.boolean", list = "t.list(t.string)", table = "t.table", vector = "t.vector", object = "t.any" }
local RESULTS = { string = "table.concat(acc, '|')", any = "table.concat(acc, '|')",
  integer = "#table.concat(acc, '|')", small = "#table.concat(acc, '|') % 3", number = "#table.concat(acc, '|') / 2",
  boolean = "#table.concat(acc, '|') % 2 == 0",
  list = "acc", table = "{ n = #acc, first = acc[1], rest = { table.unpack(acc, 2) } }",
  vector = "array.from { #acc, #(acc[1] or ''), #table.concat(acc, '|') }",
  object = "new_thing(#table.concat(acc, '|'))" }

local function parameter_type(p, style)
  if p.kind == "any" then return "t.any { default = " .. value(p.value, style) .. " }" end
  if p.kind == "table" then return "t.table { default = " .. value(p.value, style) .. " }" end
  return value(p.value, style)
end

local function step_text(w, s)
  local style = style_of(w, s)
  if s.shell then
    return string.format("%slocal %s = rille.step %s { outputs = { t.string %s }, stdout = 'out1', command = %s,%s }",
      comments(style.comments), s.var, quoted(s.name, style),
      quoted("out1", style), s.shell, s.version and " version = " .. s.version or "")
  end
  local nl, tab = breaks(style), indent(style)
  local inputs, params, outputs, args, results = {}, {}, {}, {}, {}
  local lines = { "local acc = {}", "local function put(v) acc[#acc + 1] = show(v) end" }
  for i, input in ipairs(s.inputs) do
    inputs[i] = (input.list and "t.list(t.any) " or "t.any ") .. quoted(input.name, style)
    args[i] = input.name
    lines[#lines + 1] = "put(" .. input.name .. ")"
  end
  if s.external then
    inputs[#inputs + 1] = "t.any 'other'"
    args[#args + 1] = "other"
    lines[#lines + 1] = "put(other)"
  end
  for i, p in ipairs(s.params) do
    params[style.quotes == 2 and #s.params - i + 1 or i] = p.name .. " = " .. parameter_type(p, style)
  end
  args[#args + 1] = name_of("p", style)
  for _, n in ipairs(s.nodes) do
    lines[#lines + 1] = comments(n == s.nodes[1] and style.comments or 0) .. "put(" .. write_node(w, n, style) .. ")"
  end
  if s.writes then
    lines[#lines + 1] =
      string.format("do local f = assert(io.open(%s, 'w')) f:write(table.concat(acc, '|')) f:close() end",
      quoted(s.writes, style))
  end
  for i, out in ipairs(s.outputs) do
    outputs[i] = TYPES[out.kind] .. " " .. quoted(out.name, style)
    results[i] = RESULTS[out.kind]
  end
  lines[#lines + 1] = "return " .. table.concat(results, ", ")
  return string.format("%slocal %s = rille.step %s {%s%sinputs = { %s },%s%sparams = { %s },%s%soutputs = { %s "
    .. "},%s%s%srun = function(%s)%s%s%s%send,%s}",
    comments(style.comments), s.var, quoted(s.name, style), nl, tab, table.concat(inputs, ", "), nl, tab,
    table.concat(params, ", "), nl, tab, table.concat(outputs, ", "), nl,
    s.version and tab .. "version = " .. s.version .. "," .. nl or "", tab, table.concat(args, ", "), nl .. tab .. tab,
    table.concat(lines, nl .. tab .. tab), nl, tab, nl)
end

local function find_step(w, name)
  for _, s in ipairs(w.steps) do if s.name == name then return s end end
end

local function wire_text(w, from)
  local source = find_step(w, from.step)
  return "n_" .. source.name .. (#source.outputs > 1 and "." .. source.outputs[from.output].name or "")
end

-- Is the step called once per item?  When an input of its that is no list is given one.
local function is_map(w, s)
  -- items that write one file would each undo what another wrote
  for _, input in ipairs(s.mapped and not s.writes and s.inputs or {}) do
    local source = not input.list and find_step(w, input.from[1].step)
    if source and (source.outputs[input.from[1].output].kind == "list" or is_map(w, source))
      and not source.when then return true end
  end
  return false
end

local function is_branch(w, s)
  local source = s.when and #s.outputs == 1 and find_step(w, s.when.condition.step)
  return source and source.outputs[s.when.condition.output].kind == "boolean" and not is_map(w, source)
end

local function call_text(w, s, suffix)
  local parts = {}
  for _, input in ipairs(s.inputs) do
    local wires = {}
    for k, from in ipairs(input.from) do wires[k] = wire_text(w, from) end
    parts[#parts + 1] = input.name .. " = " .. (input.list and "{ " .. table.concat(wires, ", ") .. " }" or wires[1])
  end
  if s.external then parts[#parts + 1] = "other = rille.external { pipeline = 'other', artifact = 'make::n' }" end
  for _, p in ipairs(s.params) do
    if p.is_given then parts[#parts + 1] = p.name .. " = " .. value(p.given, w.style) end
  end
  local text = s.var .. (suffix and ":with { id = '" .. s.name .. suffix .. "' }" or "")
    .. (is_map(w, s) and ":map" or "") .. " { " .. table.concat(parts, ", ") .. " }"
  if is_branch(w, s) then
    local branch = "function() return " .. text .. " end"
    local other = s.when.otherwise and "function() return " .. wire_text(w, s.when.otherwise) .. " end"
      or "function() end"
    text = string.format("rille.when(%s, { %s, otherwise = %s })", wire_text(w, s.when.condition), s.when.want
      and branch or other, s.when.want and other or branch)
    return "local n_" .. s.name .. " = " .. text
  end
  return suffix and text or "local n_" .. s.name .. " = " .. text
end

local function main_text(w)
  local lines = { comments(w.style.comments), 'local rille = require "rille"', "local t = rille.types",
    'local array = require "rille.array"', "local open, files = io.open, { open = io.open }" }
  local function put(text) lines[#lines + 1] = text end
  put [[
local function show(v)
  if math.type(v) then return ("%q"):format(v) end
  if type(v) == "userdata" then return show_array(v) end
  if type(v) ~= "table" then return tostring(v) end
  if v.val then return v:val() end
  local list = {}
  for k, x in pairs(v) do list[#list + 1] = tostring(k) .. "=" .. (type(x) == "table" and "{" .. #x .. "}" or tostring(x)) end
  return table.concat(list, " ")
end
function show_array(a) return a.dtype .. #a .. tostring(a:sum()) end
local function read_file(name)
  local f = io.open(name)
  if not f then return "none" end
  local s = f:read "a"
  f:close()
  return s
end]]
  put(string.format([[
local Thing = {}
Thing.__index = Thing
function Thing:val() return self.k .. ":%d" end
local function new_thing(k) return setmetatable({ k = k }, Thing) end
rille.materializer "thing" { class = Thing, version = 1, save = function(v, art) art:write("k", tostring(v.k)) end, load = function(art) return new_thing(art:read "k") end }
local one_array, one_list = array.from { 1, 2 }, { 1, 2 }
local two_array, two_list = %s, %s]], w.class, w.shared and "one_array" or "array.from { 1, 2 }", w.shared and "one_list" or "{ 1, 2 }"))
  if w.searcher then
    put(string.format("table.insert(package.searchers, 1, function(n) if n == 'virt' then return function() "
      .. "return { v = %d } end end end)",
      w.searcher))
  end
  if w.preload then put(string.format("package.preload.preloaded = function() return { v = %d } end", w.preload)) end
  for _, name in ipairs(w.module_names) do
    put("local " .. name:gsub("%.", "_") .. " = require " .. quoted(name, w.style))
  end
  for i = 1, w.style.unrelated do put("local function unrelated" .. i .. "() return " .. i .. " end") end
  for _, d in ipairs(ordered(w)) do
    local style = style_of(w, d)
    put(comments(style.comments) .. declare[d.kind](w, d, style))
  end
  for _, s in ipairs(w.steps) do put(step_text(w, s)) end
  put((w.program and "local p =" or "return") .. " rille.pipeline 'random' { define = function()")
  for _, s in ipairs(w.steps) do
    put(indent(w.style) .. call_text(w, s))
    -- two that write one file are a mistake
    if s.twin and not s.writes and not is_branch(w, s) then put(indent(w.style) .. call_text(w, s, "_twin")) end
  end
  put "end }"
  if w.program then
    put(string.format([[
local make = rille.step "make" { params = { v = 0 }, outputs = { t.integer "n" }, run = function(p) return p.v end }
local other = rille.pipeline "other" { params = { v = 0 }, define = function(p) make { v = p.v } end }
if rille.main() then
  other:run { params = { v = %d } }
  p:run { run_name = arg[1] }
end]], w.other))
  end
  return table.concat(lines, "\n") .. "\n"
end

local ACTS = { "FX_G = %d", "require('reg').v = %d", "function string.fx(s) return s .. %d end",
  "function table.fx() return %d end" }
local function effect_text(one) return comments(one.comments) .. ACTS[one.on]:format(one.value) .. "\nreturn true\n" end

local function module_text(w, m)
  local style = style_of(w, m)
  local x = name_of("x", style)
  local lines = { comments(style.comments), "local open, files = io.open, { open = io.open }",
    'local function read_file(name) local f = io.open(name) if not f then return "none" end local s = f:read "a" '
      .. 'f:close() return s end' }
  if m.needs then lines[#lines + 1] = "local needed = require " .. quoted(m.needs, style) end
  if m.reads then lines[#lines + 1] = "local text = read_file(" .. quoted(m.reads, style) .. ")" end
  lines[#lines + 1] = string.format("local function f(%s)%s%sreturn %s .. '-' .. %d .. %s%s%send", x, breaks(style),
    indent(style), x, m.value, joined(w, m.nodes, style),
    (m.needs and " .. needed.f(" .. x .. ")" or "") .. (m.reads and " .. #text" or ""), breaks(style))
  lines[#lines + 1] = style.quotes == 2 and "return { f = f, K = " .. m.value .. " }" or "local M = {} M.K = "
    .. m.value .. " M.f = f return M"
  return table.concat(lines, "\n") .. "\n"
end

-- Every file of the world: path -> text.
local function files_of(w)
  local files = copy(w.files)
  files["main.lua"] = main_text(w)
  for _, m in pairs(w.modules) do files[m.file] = module_text(w, m) end
  for name, text in pairs(w.shadows) do files[name] = text end
  for name, one in pairs(w.effects) do files[name .. ".lua"] = effect_text(one) end
  files["reg.lua"] = "return {}\n"
  return files
end

-- ---- edits: each changes the world or the folder and says what it did; neutral
-- ones must leave everything cached.  nil: not possible here ----

local function code_lists(w)
  local lists = {}
  for _, s in ipairs(w.steps) do lists[#lists + 1] = s.nodes end
  for _, d in ipairs(w.decls) do if d.nodes then lists[#lists + 1] = d.nodes end end
  for _, name in ipairs(w.module_names) do lists[#lists + 1] = w.modules[name].nodes end
  return lists
end

local function all_nodes(w, wanted)
  local found = {}
  for _, list in ipairs(code_lists(w)) do
    for _, n in ipairs(list) do if wanted(n) then found[#found + 1] = n end end
  end
  return found
end

local function is_used(w, name)
  for _, s in ipairs(w.steps) do
    for _, input in ipairs(s.inputs) do
      for _, from in ipairs(input.from) do if from.step == name then return true end end
    end
    if s.when
      and (s.when.condition.step == name or s.when.otherwise and s.when.otherwise.step == name) then return true end
  end
  return false
end

local function new_value(v)
  if math.type(v) == "integer" then return v + pick { 1, -1, 7 } end
  if type(v) == "number" then return chance(30) and math.floor(v) or v + 0.25 end
  if type(v) == "boolean" then return not v end
  return chance(20) and 5 or word()
end

local edits = {}
local function edit(name, weight, fn) for _ = 1, weight do edits[#edits + 1] = { name = name, fn = fn } end end
local function neutral(name, weight, fn)
  for _ = 1, weight do edits[#edits + 1] = { name = name, fn = fn, neutral = true } end
end

edit("a constant", 8, function(w)
  local found = all_nodes(w, function(n) return n.value ~= nil or n.kind == "op" or n.kind == "string" end)
  local n = #found > 0 and pick(found)
  if not n then return nil end
  if n.kind == "op" then
    n.a = n.a + 1
  elseif n.kind == "string" then
    n.text = word(3)
  else
    n.value = new_value(n.value)
  end
  return n.kind
end)
edit("an operator", 4, function(w)
  local found = all_nodes(w, function(n) return n.op end)
  local n = #found > 0 and pick(found)
  if not n then return nil end
  n.op = n.kind == "sort" and (n.op == "<" and ">" or "<") or pick(OPERATORS)
  return n.kind
end)
edit("a declaration's value", 6, function(w)
  local d = pick(w.decls)
  d.value = d.value + 1
  return d.kind
end)
edit("a field of a table", 4, function(w)
  local found = {}
  for _, d in ipairs(w.decls) do if d.data then found[#found + 1] = d end end
  if #found == 0 then return nil end
  local d = pick(found).data
  while d.sub and chance(50) do d = d.sub end
  if chance(50) then d.fields[pick { "a", "b" }] = literal() else d.list[int(1, 4)] = int(1, 99) end
  return "table"
end)
edit("a line more", 3, function(w)
  local s = pick(w.steps)
  table.insert(s.nodes, int(1, #s.nodes + 1), new_node(w, decl_ids(w), s))
  return s.name
end)
edit("a line less", 3, function(w)
  local s = pick(w.steps)
  if #s.nodes < 2 then return nil end
  table.remove(s.nodes, int(1, #s.nodes))
  return s.name
end)
edit("two lines exchanged", 2, function(w)
  local s = pick(w.steps)
  if #s.nodes < 2 then return nil end
  s.nodes[1], s.nodes[#s.nodes] = s.nodes[#s.nodes], s.nodes[1]
  return s.name
end)
edit("what is called", 3, function(w)
  local found = all_nodes(w, function(n) return n.arg end)
  local n = #found > 0 and pick(found)
  if not n then return nil end
  if chance(50) then n.arg = n.arg + 1 elseif n.way then n.way = n.way % 3 + 1 else n.inside = not n.inside end
  return n.kind
end)
edit("where a file is read", 3, function(w)
  local found = all_nodes(w, function(n) return n.file end)
  local n = #found > 0 and pick(found)
  if not n then return nil end
  n.file = n.kind == "config" and pick(CONFIGS) or pick(TEXTS)
  return n.kind
end)

local function pick_file(w, exists)
  local found = {}
  for _, name in ipairs(TEXTS) do if (w.files[name] ~= nil) == exists then found[#found + 1] = name end end
  return #found > 0 and pick(found) or nil
end
edit("a file's bytes, of equal size", 6, function(w)
  local name = pick_file(w, true)
  if not name then return nil end
  local text = w.files[name]
  if #text == 0 then return nil end
  local at = int(1, #text)
  w.files[name] = text:sub(1, at - 1) .. string.char((text:byte(at) + 1) % 90 + 33) .. text:sub(at + 1)
  return name
end)
edit("a file's bytes", 4, function(w)
  local name = pick_file(w, true)
  if not name then return nil end
  w.files[name] = chance(10) and "" or file_text()
  return name
end)
edit("a file is removed", 3, function(w)
  local name = pick_file(w, true)
  if not name then return nil end
  w.files[name] = nil
  return name
end)
edit("a file appears", 4, function(w)
  local name = pick_file(w, false)
  if not name then return nil end
  w.files[name] = chance(15) and "" or file_text()
  return name
end)
edit("a configuration", 4, function(w)
  local name = pick(CONFIGS)
  w.files[name] = chance(15) and "error 'no'" or "return " .. int(1, 99)
  return name
end)
edit("an environment variable", 5, function(w)
  local name = pick(VARIABLES)
  w.env[name] = not (w.env[name] and chance(30)) and (chance(10) and "" or word()) or nil
  return name
end)
edit("a default of a parameter", 4, function(w)
  local s = pick(w.steps)
  if #s.params == 0 then return nil end
  local p = pick(s.params)
  p.value = parameter_value(p.kind)
  return s.name .. "." .. p.name
end)
edit("a given parameter", 3, function(w)
  local s = pick(w.steps)
  if #s.params == 0 then return nil end
  local p = pick(s.params)
  p.given, p.is_given = parameter_value(p.kind), chance(70)
  return s.name .. "." .. p.name
end)
edit("--set", 5, function(w)
  local s = pick(w.steps)
  if #s.params == 0 then return nil end
  local p = pick(s.params)
  if p.kind == "table" then return nil end
  local name = s.name .. "." .. p.name
  w.sets[name] = not (w.sets[name] and chance(40)) and tostring(parameter_value(p.kind)) or nil
  return name
end)
edit("two parameters exchanged", 2, function(w)
  local s = pick(w.steps)
  if #s.params < 2 then return nil end
  local a, b = s.params[1], s.params[2]
  a.kind, a.value, a.given, a.is_given, b.kind, b.value, b.given, b.is_given = b.kind, b.value, b.given, b.is_given,
  a.kind, a.value, a.given, a.is_given
  w.sets[s.name .. "." .. a.name], w.sets[s.name .. "." .. b.name] = nil, nil
  return s.name
end)
edit("a parameter's type", 2, function(w)
  local s = pick(w.steps)
  if #s.params == 0 then return nil end
  local p = pick(s.params)
  p.kind = pick(PARAMETERS)
  p.value, p.given = parameter_value(p.kind), parameter_value(p.kind)
  w.sets[s.name .. "." .. p.name] = nil
  return s.name .. "." .. p.name
end)
edit("a module's value", 5, function(w)
  local m = w.modules[pick(w.module_names)]
  m.value = m.value + 1
  return m.name
end)
edit("a module's code", 3, function(w)
  local m = w.modules[pick(w.module_names)]
  m.nodes = new_nodes(w, {}, nil, 2)
  return m.name
end)
edit("a module shadowed, or no longer", 4, function(w)
  local m = w.modules[pick(w.module_names)]
  if not m.file:find "/init%.lua$" then return nil end
  local name = m.file:gsub("/init%.lua$", ".lua")
  if w.shadows[name] then
    w.shadows[name] = nil
  else
    w.shadows[name] = string.format("return { K = %d, f = function(x) return x .. 'shadow%d' end }\n", int(1, 99),
      int(1, 3))
  end
  return name
end)
edit("a step more", 3, function(w)
  if #w.steps >= 7 then return nil end
  w.steps[#w.steps + 1] = new_step(w)
  return w.steps[#w.steps].name
end)
edit("a step less", 2, function(w)
  if #w.steps < 3 then return nil end
  local i = int(1, #w.steps)
  local s = w.steps[i]
  if is_used(w, s.name) then return nil end
  for _, p in ipairs(s.params) do w.sets[s.name .. "." .. p.name] = nil end
  table.remove(w.steps, i)
  return s.name
end)
edit("where an input comes from", 3, function(w)
  local i = int(1, #w.steps)
  local s = w.steps[i]
  if i == 1 or #s.inputs == 0 then return nil end
  local input = pick(s.inputs)
  local other = w.steps[int(1, i - 1)]
  input.from[#input.from > 0 and int(1, #input.from) or 1] = { step = other.name, output = int(1, #other.outputs) }
  return s.name .. "." .. input.name
end)
edit("the order of a list", 2, function(w)
  for _, s in ipairs(w.steps) do
    for _, input in ipairs(s.inputs) do
      if #input.from > 1 then
        input.from[1], input.from[#input.from] = input.from[#input.from], input.from[1]
        return s.name .. "." .. input.name
      end
    end
  end
end)
edit("a map, or one call", 3, function(w)
  local s = pick(w.steps)
  s.mapped = not s.mapped
  return s.name
end)
edit("a branch", 3, function(w)
  local s = pick(w.steps)
  if not s.when then return nil end
  s.when.want = not s.when.want
  return s.name
end)
edit("an output's type", 2, function(w)
  local s = pick(w.steps)
  pick(s.outputs).kind = pick(OUTPUTS)
  return s.name
end)
edit("a step's version", 1, function(w)
  local s = pick(w.steps)
  s.version = (s.version or 0) + 1
  return s.name
end)
edit("a file that a step wrote is removed", 2, function(w, project)
  for _, s in ipairs(w.steps) do
    if s.writes then
      project:remove(s.writes)
      return s.writes
    end
  end
end)
edit("an entry's kind", 5, function(w)
  local name = pick(ENTRIES)
  local kinds = { "file", "folder", "link", false }
  local now = w.entries[name]
  repeat w.entries[name] = pick(kinds) until w.entries[name] ~= now
  return name
end)
edit("what a module does when it is loaded", 5, function(w)
  local name = pick(EFFECTS)
  local one = w.effects[name]
  if chance(60) then one.value = one.value + 1 else one.on = int(1, 4) end
  return name
end)
edit("a searcher", 3, function(w)
  w.searcher = not (w.searcher and chance(50)) and int(1, 9)
  return "virt"
end)
edit("a preloaded module", 3, function(w)
  w.preload = not (w.preload and chance(50)) and int(1, 9)
  return "preloaded"
end)
edit("the file of a module that a searcher may give", 2, function(w)
  w.files["virt.lua"] = not (w.files["virt.lua"] and chance(50)) and "return { v = " .. int(10, 19) .. " }\n" or nil
  return "virt.lua"
end)
edit("two names of one array, or two arrays", 3, function(w)
  w.shared = not w.shared
  return tostring(w.shared)
end)
edit("a method of a class", 4, function(w)
  w.class = w.class + 1
  return "Thing"
end)
edit("what another pipeline makes", 4, function(w)
  if not w.program then return nil end
  w.other = int(1, 3)
  return "other"
end)
edit("a text for the shell", 3, function(w)
  for _, s in ipairs(w.steps) do
    if s.shell and chance(70) then
      s.shell = pick(SHELL)
      return s.name
    end
  end
end)
edit("what the shell reads", 3, function(w)
  if chance(50) then w.files["lib.sh"] = "hello() { echo hello " .. int(1, 9) .. "; }\n" return "lib.sh" end
  w.files["tool.sh"] = "#!/bin/sh\necho tool " .. int(1, 9) .. " $1\n[ -f \"$1\" ] && cat \"$1\"\nexit 0\n"
  return "tool.sh"
end)
edit("an executable bit", 2, function(w)
  w.tool_off = not w.tool_off
  return "tool.sh"
end)
edit("back to an earlier version", 5, function(w, _, history)
  local old = copy(pick(history))
  for k in pairs(w) do w[k] = nil end
  for k, v in pairs(old) do w[k] = v end
  return "of " .. #history
end)

neutral("a comment", 4, function(w)
  local one = pick { pick(w.decls), pick(w.steps), w }
  one.style = one.style or {}
  one.style.comments = (one.style.comments or 0) + 1
  return "above"
end)
neutral("a comment in a module", 3, function(w)
  local m = w.modules[pick(w.module_names)]
  m.style.comments = (m.style.comments or 0) + 1
  return m.name
end)
neutral("a comment in a module that acts", 3, function(w)
  local name = pick(EFFECTS)
  w.effects[name].comments = w.effects[name].comments + 1
  return name
end)
neutral("indentation", 3, function(w)
  local one = pick { pick(w.steps), w }
  one.style.indent = (one.style.indent or w.style.indent) % 3 + 1
  return "another"
end)
neutral("a local's name", 4, function(w)
  local one = pick { pick(w.steps), w.modules[pick(w.module_names)], w }
  one.style.rename = (one.style.rename or w.style.rename) + 1
  return "another"
end)
neutral("quotes and other spellings of constants", 3, function(w)
  local one = pick { pick(w.steps), w.modules[pick(w.module_names)], w }
  one.style.quotes = (one.style.quotes or w.style.quotes) % 3 + 1
  return "others"
end)
neutral("functions moved", 4, function(w)
  w.style.order = int(2, 1 << 20)
  return "another order"
end)
neutral("an unrelated function", 2, function(w)
  w.style.unrelated = w.style.unrelated + 1
  return "more"
end)
neutral("a file is touched", 4, function(w, project)
  local name = pick_file(w, true) or pick(CONFIGS)
  project:shell("touch -d '" .. pick { "+1 hour", "2001-01-01", "now" } .. "' " .. name)
  return name
end)
neutral("a module is touched", 2, function(w, project)
  local m = w.modules[pick(w.module_names)]
  project:shell("touch -d '+1 hour' " .. m.file)
  return m.name
end)
neutral("a file is replaced by its copy", 2, function(w, project)
  local name = pick_file(w, true)
  if not name then return nil end
  project:shell("cp " .. name .. " copy && mv copy " .. name)
  return name
end)
neutral("a step's variable", 2, function(w)
  local s = pick(w.steps)
  s.var = s.var .. "_"
  return s.name
end)
neutral("a step's name", 2, function(w)
  if #all_nodes(w, function(n) return n.kind == "context" end) > 0 then return nil end
  local s = pick(w.steps)
  local old = s.name
  w.last_step = w.last_step + 1
  s.name = "step" .. w.last_step
  for _, other in ipairs(w.steps) do
    for _, input in ipairs(other.inputs) do
      for _, from in ipairs(input.from) do if from.step == old then from.step = s.name end end
    end
  end
  for _, other in ipairs(w.steps) do
    for _, from in ipairs(other.when and { other.when.condition, other.when.otherwise } or {}) do
      if from.step == old then from.step = s.name end
    end
  end
  for _, p in ipairs(s.params) do
    w.sets[s.name .. "." .. p.name], w.sets[old .. "." .. p.name] = w.sets[old .. "." .. p.name], nil
  end
  return old .. " to " .. s.name
end)
neutral("the folder is moved", 2, function(_, project)
  local to = project.root .. "/project" .. int(1, 1 << 30)
  os.execute("mv " .. project.dir .. " " .. to)
  project.dir = to
  return "elsewhere"
end)
neutral("nothing", 1, function() return "at all" end)

-- ---- rounds ----

local MADE = { file = "echo x >%s", folder = "mkdir %s", link = "ln -s ../data1.txt %s" }

-- The entries of the tree, as the kinds that the world says; the tool's bit.
local function settle_entries(project, on_disk, w)
  for _, name in ipairs(ENTRIES) do
    if on_disk.entries[name] ~= w.entries[name] then
      project:shell("rm -rf " .. name .. (w.entries[name] and "; " .. MADE[w.entries[name]]:format(name) or ""))
      on_disk.entries[name] = w.entries[name]
    end
  end
  project:shell("chmod " .. (w.tool_off and "-x" or "+x") .. " tool.sh")
end

local function settle(project, on_disk, w)
  local wanted = files_of(w)
  for name, text in pairs(wanted) do
    if on_disk[name] ~= text then
      project:write(name, text)
      on_disk[name] = text
    end
  end
  for name in pairs(on_disk) do
    if name ~= "entries" and not wanted[name] then
      project:remove(name)
      on_disk[name] = nil
    end
  end
  on_disk.entries = on_disk.entries or {}
  settle_entries(project, on_disk, w)
end

local function options_of(w)
  local args = {}
  for name, text in pairs(w.sets) do args[#args + 1] = "--set " .. oracle.quote(name .. "=" .. text) end
  local env = {}
  for _, name in ipairs(VARIABLES) do env[name] = w.env[name] or false end
  return { args = table.concat(args, " "), env = env, program = w.program or nil }
end

-- What may be not cached for good: a program of which rille cannot tell what it reads,
-- and what asks for the state of the collector.
local function may_be_impure(w, id)
  local s = find_step(w, id:match "^step%d+" or "")
  if not s then return false end
  if s.shell then return true end
  for _, n in ipairs(s.nodes) do if n.kind == "collector" then return true end end
  return false
end

-- The same script, run in between by a host of the library: what that leaves in the store
-- is taken by the program only where it would have made the same.
local function run_by_host(project, w)
  if w.program or not chance(15) then return end
  local words = { "env" }
  for _, name in ipairs(VARIABLES) do
    words[#words + 1] = w.env[name] and oracle.quote(name .. "=" .. w.env[name]) or "-u " .. name
  end
  project:shell(string.format("%s %s/tracer %s main.lua random >/dev/null 2>&1; true", table.concat(words, " "),
    oracle.quote(HOST), oracle.quote(project.store)))
  count.hosted = count.hosted + 1
end

count = { rounds = 0, hosted = 0, steps = 0, cached = 0, ran = 0, needless = 0, failed_runs = 0, neutral = 0 }

-- What the steps wrote, by file.
local function written(project, w)
  local texts = {}
  for _, s in ipairs(w.steps) do if s.writes then texts[s.writes] = project:read(s.writes) or false end end
  return texts
end

local function count_up(run, before)
  for id, step in pairs(run.steps) do
    count.steps = count.steps + 1
    if step.status == "cached" then count.cached = count.cached + 1 end
    if step.status == "completed" then
      count.ran = count.ran + 1
      local was = before and before.steps[id]
      local same = was ~= nil
      for name, digest in pairs(step.outputs) do same = same and was.outputs[name] == digest end
      if same then count.needless = count.needless + 1 end
    end
  end
  if run.status ~= "completed" then count.failed_runs = count.failed_runs + 1 end
end

-- Runs the world and judges it: the run, and what is wrong with it or nil.
local function judge(project, w, before, is_neutral)
  run_by_host(project, w)
  local run = project:run(options_of(w))
  local made = written(project, w)
  if oracle.audit then project:audited(run) end
  local judged = MUTANT and before or run
  local want = project:fresh(run)
  count_up(run, before)
  if not run.status
    and run.code ~= 3 then return run, "it ended with code " .. tostring(run.code) .. "\n" .. run.err end
  if run.err:find "rille:lua/"
    or run.err:find "stack traceback" then return run, "an error of rille's own:\n" .. run.err end
  local difference = oracle.difference(judged, want)
  if difference and (not MUTANT or difference:find "^STALE") then return run, difference end
  if run.status == "completed" then
    for name, text in pairs(written(project, w)) do
      if made[name] ~= text then
        return run, "STALE: " .. name .. ", which a step writes, is not what an empty store gives"
      end
    end
  end
  for id, note in pairs(run.notes) do
    if note:find "not cached"
      and not may_be_impure(w, id) then return run, "step " .. id .. " is not cached: " .. note end
  end
  if is_neutral and before and before.status == "completed" then
    count.neutral = count.neutral + 1
    for id, step in pairs(run.steps) do
      if step.status ~= "cached" and step.status ~= "skipped" and not may_be_impure(w, id) then
        return run, string.format("NEEDLESS: step %s is %s: %s", id, step.status, tostring(step.reason))
      end
    end
  end
  return run
end

local function choose_edit(w, project, history)
  while true do
    local one = pick(edits)
    local what = one.fn(w, project, history)
    if what then return one, one.name .. " (" .. what .. ")" end
  end
end

local function failure(project, round, seed, what, message, previous)
  local f = assert(io.open(project.root .. "/before.lua", "w"))
  f:write(previous or "")
  f:close()
  return string.format("world %d, round %d, edit: %s\n%s\n  now %s/main.lua, before %s/before.lua; RILLE_SEED=%d "
    .. "RILLE_ROUNDS=%d",
    seed, round, what, message, project.dir, project.root, seed, LIFE)
end

-- The life of one world; what went wrong, or nil.
local function live(seed, rounds)
  math.randomseed(seed)
  local project = oracle.project()
  local w, on_disk, history, before, previous = new_world(), {}, {}, nil, nil
  for round = 0, rounds do
    local one, what = {}, "none, it is new"
    if round > 0 then one, what = choose_edit(w, project, history) end
    settle(project, on_disk, w)
    history[#history + 1] = copy(w)
    local run, message = judge(project, w, before, one.neutral)
    if message then return failure(project, round, seed, what, message, previous) end
    before, previous = run, on_disk["main.lua"]
    if round > 0 then count.rounds = count.rounds + 1 end
  end
  project:close()
end

local function all_rounds()
  local seed = SEED
  while count.rounds < ROUNDS do
    local message = live(seed, math.min(LIFE, ROUNDS - count.rounds))
    if message then return message end
    seed = seed + 1
  end
end

print("seed " .. SEED)
local started = os.time()
check.test("random programs and edits give what an empty store gives", function()
  local message = all_rounds()
  if message then error(message, 0) end
end)
print(string.format("%d rounds in %d s: %d steps, %d cached, %d ran (%d of them gave what they gave before), %d "
  .. "runs failed or did not start, %d neutral edits, %d runs by a host",
  count.rounds, os.time() - started,
  count.steps, count.cached, count.ran, count.needless, count.failed_runs, count.neutral, count.hosted))

if not MUTANT and not oracle.audit then
  check.test("a cache that sees no edit is caught within 60 rounds", function()
    local text = oracle.shell("RILLE_ONLY= RILLE_MUTANT=1 RILLE_ROUNDS=60 RILLE_SEED=" .. SEED .. " "
      .. oracle.quote(oracle.rille) .. " " .. oracle.quote(paths.root .. "/tests/cache/generator_test.lua"))
    check.has(text, "STALE")
    check.has(text, "1 failed")
    local root = text:match "before (%S+)/before.lua"
    if root and root:find "rille%-case%-" then os.execute("rm -rf " .. oracle.quote(root)) end
  end)
end
check.done()
