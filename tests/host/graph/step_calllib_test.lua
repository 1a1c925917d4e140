-- The calls of steps that C makes are those that Lua makes: random programs are defined with and without the way
-- through C, and their nodes, their wiring and their mistakes are compared.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local graph = require "rille.graph"
local rille = require "rille"
local value = require "rille.host.value"

local SEED <const> = tonumber(os.getenv "RILLE_SEED") or 11
local ROUNDS <const> = tonumber(os.getenv "RILLE_ROUNDS") or 300
local t = rille.types

-- Steps -----------------------------------------------------------------------------

local function run() end
local S = {}                -- steps by name
local function step(name, fields)
  fields.run = run
  S[name] = rille.step(name)(fields)
end

step("source", { outputs = { t.integer "x" } })
step("text", { params = { s = "a" }, outputs = { t.string "s" } })
step("seeded", {
  params = { i = 0, f = 0.5, s = "", b = false, any = t.any, limited = t.integer { default = 1, min = 0 } },
  outputs = { t.number "x" } })
step("needs", { params = { i = t.integer, s = t.string { default = "s" } }, outputs = { t.integer "x" } })
step("table_default", { params = { list = { 1, 2 }, k = 1 }, outputs = { t.integer "x" } })
step("choice", { params = { mode = t.enum { "a", "b", default = "a" } }, outputs = { t.any "x" } })
step("two", { inputs = { t.integer "x" }, outputs = { t.integer "a", t.string "b" } })
step("none", { inputs = { t.any "x" } })
step("add", { inputs = { t.number "x", t.number "y" }, params = { k = 1.0, n = 1 }, outputs = { t.number "sum" } })
step("join", { inputs = { t.string "a", t.bytes "b" }, outputs = { t.string "s" } })
step("sum", { inputs = { t.list(t.number) "xs" }, params = { k = 1 }, outputs = { t.number "total" } })
step("all", { inputs = { t.list(t.any) "xs", t.any "rest" }, outputs = { t.any "x" } })
step("artifacts", { inputs = { t.artifact "a", t.list(t.artifact) "all" }, outputs = { t.boolean "ok" } })
step("flag", { inputs = { t.boolean "ok" }, params = { on = true }, outputs = { t.boolean "ok" } })

local Class = rille.Step:extend "class" { inputs = { t.integer "x" }, params = { k = 1 }, outputs = { t.integer "y" } }
function Class:entrypoint(x) return x end
S.class = Class

local NAMES = {}
for name in next, S do NAMES[#NAMES + 1] = name end
table.sort(NAMES)

-- Programs --------------------------------------------------------------------------

local function pick(list) return list[math.random(#list)] end

local SCALARS <const> = { "0", "1", "-7", "3.0", "2.5", "-0.0", "0/0", "1/0", "2^53", "9007199254740993",
  "math.maxinteger", "math.mininteger", '""', '"a"', '"long ' .. ("x"):rep(60) .. '"', '("y"):rep(5000)', "true",
  "false" }
local ODD <const> = { "nil", "{}", "{ 1, 2 }", "{ a = 1 }", "print", "rille.null", "S.source", "rille.types.integer",
  "setmetatable({}, {})", 'rille.external { value = 3 }', "outside", "{ 1, nil, 2 }" }

local function scalar() return pick(SCALARS) end

-- An output of an earlier line, by its only output, by name, or wrongly.
local function wire(n)
  if n == 0 then return scalar() end
  local v = "v[" .. math.random(n) .. "]"
  local how = math.random(8)
  return how <= 3 and v .. pick { ".a", ".b", ".x", ".s" } or v
end

local function list(n)
  local parts = {}
  for i = 1, math.random(0, 4) do parts[i] = math.random(5) == 1 and scalar() or wire(n) end
  if math.random(12) == 1 then parts[#parts + 1] = "key = 1" end
  if math.random(20) == 1 then parts[#parts + 1] = "[9] = 1" end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function given(n)
  local dice = math.random(20)
  if dice <= 2 then return pick(ODD) elseif dice <= 6 then return scalar() elseif dice <= 10 then return list(n) end
  return wire(n)
end

local function param_value() return math.random(12) == 1 and pick(ODD) or scalar() end

local function params_text(spec, parts, often)
  for _, param in ipairs(spec.params) do
    if math.random(often) == 1 then parts[#parts + 1] = param.name .. " = " .. param_value() end
  end
end

local function by_name(spec, n)
  local parts = {}
  for _, port in ipairs(spec.inputs) do
    if math.random(15) > 1 then parts[#parts + 1] = port.name .. " = " .. given(n) end
  end
  params_text(spec, parts, 2)
  if math.random(25) == 1 then parts[#parts + 1] = pick { "wrong = 1", "id = 'x'", "[1] = 1", "v[1]", "[1.5] = 1" } end
  return " { " .. table.concat(parts, ", ") .. " }"
end

local function by_position(spec, n)
  local parts = {}
  for i = 1, #spec.inputs - (math.random(12) == 1 and 1 or 0) do parts[i] = given(n) end
  if math.random(3) == 1 then
    local params = {}
    params_text(spec, params, 2)
    if math.random(12) == 1 and spec.inputs[1] then params[1] = spec.inputs[1].name .. " = 1" end
    parts[#parts + 1] = "{ " .. table.concat(params, ", ") .. " }"
  end
  return "(" .. table.concat(parts, ", ") .. ")"
end

local function options(spec, i)
  local own = "n" .. i
  local ids = { own, own, own, "n" .. math.random(i), "a/b", "x[1]", "x]", "", "a\\0" }
  local parts = { 'id = "' .. pick(ids) .. '"' }
  local dice = math.random(16)
  if dice <= 3 then params_text(spec, parts, 2) end
  if dice == 4 then parts[#parts + 1] = "retries = 2" end
  if dice == 5 then parts[#parts + 1] = 'cache = "always"' end
  if dice == 6 then parts[#parts + 1] = "wrong = 1" end
  if dice == 7 then parts[1] = "id = 5" end
  if dice == 8 and math.random(6) == 1 and i > 1 then parts[#parts + 1] = "after = v[1]" end
  return ":with { " .. table.concat(parts, ", ") .. " }"
end

-- A line of a program: `try` goes on where the call is a mistake.
local function line(i)
  local name = pick(NAMES)
  local spec, text = S[name], "S." .. name
  for _ = 1, pick { 0, 1, 1, 1, 1, 2 } do text = text .. options(spec, i) end
  text = text .. (math.random(3) == 1 and by_position(spec, i - 1) or by_name(spec, i - 1))
  local form = math.random(5)
  if form == 1 then text = "(function() return " .. text .. " end)()" end
  return string.format("v[%d] = try(function() local node = %s return node end) or v[%d]", i, text, i - 1)
end

local function program()
  local lines = { "local S, v, try, outside, rille = ..." }
  lines[2] = "v[0] = S.source:with { id = 'first' } {}"
  for i = 1, math.random(3, 14) do lines[#lines + 1] = line(i) end
  return table.concat(lines, "\n")
end

-- Both ways -------------------------------------------------------------------------

local function text_of(v)
  local kind = type(v)
  if math.type(v) == "float" then return string.format("%a", v) end
  if kind ~= "table" then return kind .. ":" .. tostring(v) end
  local parts = {}
  for k, x in next, v do parts[#parts + 1] = text_of(k) .. "=" .. text_of(x) end
  table.sort(parts)
  return "{" .. table.concat(parts, " ") .. "}"
end

local function input_text(input)
  local meta = getmetatable(input)
  if meta == graph.Node or meta == graph.Wire then
    -- NODE.NAME of an only output is as good as NODE
    local node, output = graph.source(input)
    local only = #node[graph.STEP].outputs == 1
    assert(only or meta == graph.Wire)
    return (only and "node " or "wire ") .. node[graph.POSITION] .. "." .. output
  elseif meta == graph.FanIn then
    local parts = {}
    for i, one in ipairs(input) do parts[i] = input_text(one) end
    assert(#parts == #input)
    return "[" .. table.concat(parts, ", ") .. "]"
  end
  check.eq(meta == graph.Literal, true)
  return "literal " .. text_of(input[1]) .. " " .. text_of(input[3])
end

local function node_text(node)
  local inputs, keys = {}, {}
  for i, input in ipairs(node[graph.INPUTS]) do inputs[i] = input_text(input) end
  for k in next, node do keys[#keys + 1] = k:sub(2) end
  table.sort(keys)
  local spec = node[graph.STEP]
  return string.format("%d %s %s %s bound=%s retries=%s %s (%s) %s", node[graph.POSITION], node[graph.ID], spec.name,
    S[spec.name] == spec and "itself" or "a copy", text_of(spec.bound), text_of(spec.options.retries),
    text_of(node[graph.PARAMS]), table.concat(inputs, "; "), table.concat(keys, " "))
end

-- The graph and the mistakes of a program.
local function defined(source, quick)
  local new_rows = graph.new_rows
  if not quick then graph.new_rows = function() end end
  local outside
  graph.build("here", nil, function() outside = S.source:with { id = "outside" } {} end)
  local mistakes, v = {}, {}
  local function try(f)
    local ok, result = pcall(f)
    if ok then return result end
    mistakes[#mistakes + 1] = tostring(result)
  end
  local ok, g = pcall(graph.build, "here", nil, function()
    assert(load(source, "@program.lua"))(S, v, try, outside, rille)
  end)
  graph.new_rows = new_rows
  if not ok then return nil, { tostring(g), table.unpack(mistakes) } end
  return g, mistakes
end

local function graph_text(g)
  local parts = {}
  for i, node in ipairs(g.nodes) do
    assert(g.by_id[node[graph.ID]] == node)
    parts[i] = node_text(node)
  end
  local bytes, hash = graph.spec(g)
  parts[#parts + 1] = value.encode { bytes, hash }
  return table.concat(parts, "\n")
end

-- What a row says of an input is what the node says.
local function check_row_input(said, input)
  local meta = getmetatable(input)
  if meta == graph.Literal then return check.eq(said, value.encode(input[1])) end
  local sources = meta == graph.FanIn and input or { input }
  check.eq(#said, #sources)
  for i, one in ipairs(sources) do
    local node, output = graph.source(one)
    check.eq(said[i], { node[graph.POSITION], output })
  end
end

local function check_rows(g)
  local known = 0
  for i, node in ipairs(g.nodes) do
    local row = g.rows:get(i)
    if row then
      known = known + 1
      check.eq(row.id, node[graph.ID])
      check.ok(rawequal(row.step, node[graph.STEP]))
      check.eq(row.params, value.encode(node[graph.PARAMS]))
      check.eq(#row.inputs, #node[graph.INPUTS])
      for k, input in ipairs(node[graph.INPUTS]) do check_row_input(row.inputs[k], input) end
    end
  end
  return known
end

check.test("random programs define the same graphs and raise the same mistakes through C and through Lua", function()
  local nodes, rows, n_mistakes = 0, 0, 0
  for round = 1, ROUNDS do
    math.randomseed(SEED, round)
    local source = program()
    local g, mistakes = defined(source, true)
    local plain, plain_mistakes = defined(source, false)
    local where = string.format("RILLE_SEED=%d, round %d:\n%s\n", SEED, round, source)
    check.eq(table.concat(mistakes, "\n"), table.concat(plain_mistakes, "\n"), where)
    n_mistakes = n_mistakes + #mistakes
    if g then
      check.eq(graph_text(g), graph_text(plain), where)
      check.eq(plain.rows, nil)
      nodes = nodes + #g.nodes
      rows = rows + (g.rows and check_rows(g) or 0)
    end
  end
  -- the programs try both ways
  check.ok(rows > nodes / 4 and rows < nodes, rows .. " rows of " .. nodes .. " nodes")
  check.ok(n_mistakes > ROUNDS, n_mistakes .. " mistakes")
end)

check.test("the rows say which steps they are of, and which nodes have none", function()
  local size = rille.step "size" { inputs = { t.any "v" }, outputs = { t.integer "n" }, run = run }
  local g = graph.build(nil, false, function()
    S.source {}
    size { v = { 1, 2 } }
    S.source:with { id = "again" } {}
  end)
  check.eq({ #g.nodes, g.rows:unknown(3), #g.rows:steps(), g.rows:steps()[1] == S.source }, { 3, { 2 }, 1, true })
end)

check.done()
