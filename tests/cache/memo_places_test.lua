-- What a definition takes, wherever it stands: a change of it is seen, with memos as without (lib/memo_oracle.lua).
--
-- Each place has a history: the values of VALUES in turn stand for VALUE in the script (or in its files, its
-- environment), each is run twice and judged by an empty store; between them edits that mean nothing.
--
--   RILLE_VALUES=9    values of each place (2); RILLE_SEED=n which

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local memo_oracle = require "memo_oracle"

local LIVES <const> = memo_oracle.lives "off,on"

local COUNT <const> = math.tointeger(tonumber(os.getenv "RILLE_VALUES" or "2"))
math.randomseed(math.tointeger(tonumber(os.getenv "RILLE_SEED" or os.time())))

-- Pairs that a careless comparison takes for one.
local VALUES <const> = { "1", "2", "1.0", '"1"', "true", '"true"', "0.0", "-0.0", "0", '""', "0/0", "1/0", '"a\\0b"',
  '"a\\0c"',
  "9007199254740993", "9007199254740992.0", '"' .. ("x"):rep(300) .. '1"', '"' .. ("x"):rep(300) .. '2"' }

local HEAD <const> = [[
local rille = require "rille"
local t = rille.types
TOP
local work = rille.step "work" { FIELDS params = { v = t.any { default = 1 } }, outputs = { t.any "x" },
  run = function(p) return RUN end }
local after = rille.step "after" { inputs = { t.any "x" }, outputs = { t.any "y" }, run = function(x) return { x } end }
MIDDLE
local p = rille.pipeline "p" { params = { PARAMS }, define = function(p, more) DEFINE end }
TAIL
return p
]]

local function fill(text, parts) return (text:gsub("%f[%w]%u%u%u+%f[%W]", parts)) end

local function program(parts)
  local given = { TOP = "", FIELDS = "", RUN = "p.v", MIDDLE = "", PARAMS = "k = 1", TAIL = "",
    DEFINE = "after(work { v = VALUE })" }
  for k, v in pairs(parts) do if type(v) == "string" then given[k] = v end end
  return parts.main or fill(HEAD, given)
end

-- Where VALUE stands.
local PLACES <const> = {
  { "in define", {} },
  { "in a local of define", { DEFINE = "local v = VALUE after(work { v = v })" } },
  { "in a table of define", { DEFINE = "local l = { a = { VALUE } } after(work { v = l.a[1] })" } },
  { "as a condition in define", { DEFINE = "local n = VALUE == 1 and 3 or 2 for i = 1, n do work:with { id = 'w' .. "
    .. "i } "
    .. "{ v = i } end after(work())" } },
  { "in the id of a node", { DEFINE = "after(work:with { id = 'w' .. tostring(VALUE):gsub('[^%w]', '_'):sub(-9) } {})"
    } },
  { "in a comment and as an integer or not", { DEFINE = "after(work { v = math.type(VALUE) or type(VALUE) })" } },
  { "as a list that is a literal", { DEFINE = "after { x = { VALUE } }" } },
  { "as a literal input", { DEFINE = "after { x = VALUE }" } },
  { "in a list that is a parameter", { DEFINE = "after(work { v = { VALUE, { a = VALUE } } })" } },
  { "in a helper", { TOP = "local function h() return VALUE end", DEFINE = "after(work { v = h() })" } },
  { "in a helper of a helper", { TOP = "local function g() return VALUE end local function h() return g() end",
    DEFINE = "after(work { v = h() })" } },
  { "in a helper that calls the step", { MIDDLE = "local function h() return work { v = VALUE } end",
    DEFINE = "after(h())" } },
  { "in a method of a table", { TOP = "local o = {} function o:get() return VALUE end", DEFINE =
    "after(work { v = o:get() })" } },
  { "in a captured variable", { TOP = "local k = VALUE", DEFINE = "after(work { v = k })" } },
  { "in a captured variable that is set below", { TOP = "local k", DEFINE = "after(work { v = k })", TAIL =
    "k = VALUE" } },
  { "in a captured table", { TOP = "local k = { a = VALUE }", DEFINE = "after(work { v = k.a })" } },
  { "deep in a captured table", { TOP = "local k = { a = { b = { VALUE } } }", DEFINE = "after(work { v = k.a.b[1] })"
    } },
  { "in a captured table, reached by a computed name", { TOP = "local k = { abc = VALUE }",
    DEFINE = "local n = 'a' .. 'bc' after(work { v = k[n] })" } },
  { "in a captured table that is walked", { TOP = "local k = { 1, VALUE, z = 3 }",
    DEFINE = "for i, v in ipairs(k) do after:with { id = 'a' .. i } (work:with { id = 'w' .. i } { v = v }) end" } },
  { "in a captured table that is walked by pairs", { TOP = "local k = { a = 1, b = VALUE }",
    DEFINE = "for i, v in pairs(k) do after:with { id = 'a' .. i } (work:with { id = 'w' .. i } { v = v }) end" } },
  { "as a key of a captured table", { TOP = "local k = {} k[VALUE == VALUE and VALUE or 'nan'] = 1",
    DEFINE = "for key in pairs(k) do after(work { v = key }) end" } },
  { "in a table that is changed below", { TOP = "local k = {}", DEFINE = "after(work { v = k.a })", TAIL =
    "k.a = VALUE" } },
  { "in a metatable", { TOP = "local k = setmetatable({}, { __index = { a = VALUE } })", DEFINE =
    "after(work { v = k.a })" } },
  { "in a function of a metatable", { TOP = "local k = setmetatable({}, { __index = function() return VALUE end })",
    DEFINE = "after(work { v = k.a })" } },
  { "in a metatable's __call", { TOP = "local k = setmetatable({}, { __call = function() return VALUE end })",
    DEFINE = "after(work { v = k() })" } },
  { "in a metatable's __len and __concat", { TOP = "local k = setmetatable({}, { __concat = function() return VALUE "
    .. "end })",
    DEFINE = "after(work { v = k .. 1 })" } },
  { "in a metatable's __close", { TOP = "local got local m = { __close = function() got = VALUE end }",
    DEFINE = "do local c <close> = setmetatable({}, m) end after(work { v = got })" } },
  { "in a global", { TOP = "K = VALUE", DEFINE = "after(work { v = K })" } },
  { "in a global that is set below", { DEFINE = "after(work { v = K })", TAIL = "K = VALUE" } },
  { "in a global function", { DEFINE = "after(work { v = H() })", TAIL = "function H() return VALUE end" } },
  { "behind a metatable of the globals", { TOP = "setmetatable(_ENV, { __index = { K = VALUE } })",
    DEFINE = "after(work { v = K })" } },
  { "behind a function of a metatable of the globals", {
    TOP = "setmetatable(_ENV, { __index = function(_, n) if n == 'K' then return VALUE end end })",
    DEFINE = "after(work { v = K })" } },
  { "in an environment of define's own", { DEFINE = "local w, a = work, after local _ENV = { K = VALUE } a(w { v = "
    .. "K })" } },
  { "in _G", { TOP = "K = VALUE", DEFINE = "after(work { v = _G.K })" } },
  { "in a factory", { TOP = "local function make(v) return function() return v end end local get = make(VALUE)",
    DEFINE = "after(work { v = get() })" } },
  { "in define's own factory", { MIDDLE = "local function make(v) return function() after(work { v = v }) end end",
    main = [[
local rille = require "rille"
local t = rille.types
local work = rille.step "work" { params = { v = t.any { default = 1 } }, outputs = { t.any "x" }, run = function(p) return p.v end }
local function make(v) return function() work { v = v } end end
return rille.pipeline "p" { define = make(VALUE) }
]] } },
  { "in a variable argument", { TOP = "local function h(...) return select(2, ...) end", DEFINE =
    "after(work { v = h(1, VALUE, 3) })" } },
  { "in a coroutine", { TOP = "local co = coroutine.wrap(function() while true do coroutine.yield(VALUE) end end)",
    DEFINE = "after(work { v = co() })" } },
  { "in a coroutine of define's", { DEFINE = "local co = coroutine.wrap(function() coroutine.yield(VALUE) end) "
    .. "after(work { v = co() })" } },
  { "in a protected call", { DEFINE = "local _, v = pcall(function() return VALUE end) after(work { v = v })" } },
  { "in an error that is caught", { DEFINE = "local _, v = pcall(error, { VALUE }) after(work { v = v[1] })" } },
  { "in loaded text", { DEFINE = "after(work { v = load('return VALUE')() })" } },
  { "in a text that a helper loads", { TOP = "local text = [==[return VALUE]==] local function h() return "
    .. "load(text)() end",
    DEFINE = "after(work { v = h() })" } },
  { "in a module", { TOP = "local m = require 'm'", DEFINE = "after(work { v = m.f() })",
    files = { ["m.lua"] = "return { f = function() return VALUE end }" } } },
  { "in a module's value", { TOP = "local m = require 'm'", DEFINE = "after(work { v = m.v })",
    files = { ["m.lua"] = "return { v = VALUE }" } } },
  { "in a module of a module", { TOP = "local m = require 'm'", DEFINE = "after(work { v = m.f() })",
    files = { ["m.lua"] = "local n = require 'n' return { f = function() return n.v end }", ["n.lua"] =
      "return { v = VALUE }" } } },
  { "in a module that sets a global", { TOP = "require 'm'", DEFINE = "after(work { v = K })", files = { ["m.lua"] =
    "K = VALUE" } } },
  { "in a module that define requires", { DEFINE = "after(work { v = require 'm' })", files = { ["m.lua"] =
    "return { VALUE }" } } },
  { "in a module that a helper requires", { TOP = "local function h() return require('m').v end",
    DEFINE = "after(work { v = h() })", files = { ["m.lua"] = "return { v = VALUE }" } } },
  { "in a module that was loaded above and that define requires", { TOP = "require 'm'", DEFINE =
    "after(work { v = require 'm' })",
    files = { ["m.lua"] = "return { VALUE }" } } },
  { "in a module that has the steps", { TOP = "local s = require 's'", DEFINE = "after(s.step {})",
    files = { ["s.lua"] = "local rille = require 'rille' return { step = rille.step 'other' { outputs = { "
      .. "rille.types.any 'x' }, "
      .. "run = function() return VALUE end } }" } } },
  { "in a file that define does", { DEFINE = "after(work { v = dofile 'k.lua' })", files = { ["k.lua"] =
    "return VALUE" } } },
  { "in a file that define loads", { DEFINE = "after(work { v = loadfile 'k.lua' () })", files = { ["k.lua"] =
    "return VALUE" } } },
  { "in a file that the script reads", { TOP = "local text = io.open 'k.txt':read 'a'", DEFINE =
    "after(work { v = text })",
    files = { ["k.txt"] = "VALUE" } } },
  { "in a file that define reads", { DEFINE = "after(work { v = io.open 'k.txt':read 'a' })", files = { ["k.txt"] =
    "VALUE" } } },
  { "in a file that define reads by lines", { DEFINE = "for l in io.lines 'k.txt' do after(work { v = l }) end",
    files = { ["k.txt"] = "VALUE" } } },
  { "in a file that a helper reads by an alias", { TOP = "local open = io.open local function h() local f = open "
    .. "'k.txt' local s = "
    .. "f:read 'a' f:close() return s end", DEFINE = "after(work { v = h() })", files = { ["k.txt"] = "VALUE" } } },
  { "in a variable of the environment that the script reads", { TOP = "local v = os.getenv 'MODE'", DEFINE =
    "after(work { v = v })",
    env = true } },
  { "in a variable of the environment that define reads", { DEFINE = "after(work { v = os.getenv 'MODE' })", env =
    true } },
  { "in a variable of the environment that a helper reads by an alias", {
    TOP = "local get = os.getenv local function h() return get 'MODE' end", DEFINE = "after(work { v = h() })", env =
      true } },
  { "in a method of strings", { TOP = "function string.plus() return VALUE end", DEFINE =
    "after(work { v = ('x'):plus() })" } },
  { "in a function of a library that the script replaced", { TOP = "math.floor = function() return VALUE end",
    DEFINE = "after(work { v = math.floor(1.5) })" } },
  { "in a metatable of a library", { TOP = "setmetatable(math, { __index = { zork = VALUE } })", DEFINE =
    "after(work { v = math.zork })" } },
  { "in the metatable of numbers", { TOP = "debug.setmetatable(0, { __index = function() return VALUE end })",
    DEFINE = "after(work { v = (1).x })" } },
  { "in tostring, replaced", { TOP = "local v = VALUE tostring = function() return v end", DEFINE =
    "after(work { v = tostring(1) })" } },
  { "in an upvalue set by debug", { TOP = "local k = 1 local function h() return k end debug.setupvalue(h, 1, VALUE)",
    DEFINE = "after(work { v = h() })" } },
  { "in a parameter's default", { PARAMS = "v = t.any { default = VALUE }", DEFINE = "after(work { v = p.v })" } },
  { "in a parameter of the command line", { PARAMS = "v = t.any { default = 7 }", DEFINE = "after(work { v = p.v })",
    set = "v" } },
  { "in a parameter of the command line that decides", { PARAMS = "v = t.any { default = 7 }",
    DEFINE = "if p.v == 1 then after(work {}) else work { v = type(p.v) } end", set = "v" } },
  { "in a step's default", { FIELDS = "", DEFINE = "after(other())",
    MIDDLE = "local other = rille.step 'other' { params = { v = t.any { default = VALUE } }, outputs = { t.any 'x' }, "
      .. "run = function(p) return p.v end }" } },
  { "in a parameter of a step by the command line", { DEFINE = "after(work())", set = "work.v" } },
  { "in a step", { RUN = "VALUE", DEFINE = "after(work())" } },
  { "in a helper of a step", { TOP = "local function h() return VALUE end", RUN = "h()", DEFINE = "after(work())" } },
  { "in what a step captures", { TOP = "local k = { VALUE }", RUN = "k[1]", DEFINE = "after(work())" } },
  { "in a global that a step reads", { RUN = "K", DEFINE = "after(work())", TAIL = "K = VALUE" } },
  { "in a module that a step requires", { RUN = "require('m').v", DEFINE = "after(work())", files = { ["m.lua"] =
    "return { v = VALUE }" } } },
  { "in a file that a step reads", { RUN = "io.open 'k.txt':read 'a'", DEFINE = "after(work())", files = { ["k.txt"] =
    "VALUE" } } },
  { "in the environment of a step", { RUN = "os.getenv 'MODE'", DEFINE = "after(work())", env = true } },
  { "in a step's version", { FIELDS = "version = tostring(VALUE),", DEFINE = "after(work())" } },
  { "in a step that is bound", { MIDDLE = "local bound = work:with { id = 'w', after = {} }", DEFINE =
    "after(bound { v = VALUE })" } },
  { "in a field of the step that define reads", { MIDDLE = "work.zork = VALUE", DEFINE =
    "after(work { v = work.zork })" } },
  { "in a field of the pipeline that define reads", { DEFINE = "after(work { v = OWN[1].zork })", TOP = "OWN = {}",
    TAIL = "rawset(p, 'zork', VALUE) OWN[1] = p" } },
  { "in which step define calls", { DEFINE = "local l = { work, other } local s = l[VALUE == 1 and 1 or 2] after(s())",
    MIDDLE = "local other = rille.step 'other' { outputs = { t.any 'x' }, run = function() return 'other' end }" } },
  { "in which of two steps of one name a variable has", { DEFINE = "after(chosen {})",
    MIDDLE = "local function make(v) return rille.step 'same' { outputs = { t.any 'x' }, run = function() return v "
      .. "end } end "
      .. "local one, two = make(1), make(VALUE) local chosen = two" } },
  { "in a class", { main = [[
local rille = require "rille"
local t = rille.types
local work = rille.step "work" { params = { v = t.any { default = 1 } }, outputs = { t.any "x" }, run = function(p) return p.v end }
local P = rille.Pipeline:extend "p" {}
function P:connect() work { v = self:value() } end
function P:value() return VALUE end
return P
]] } },
  { "in a field of a class", { main = [[
local rille = require "rille"
local t = rille.types
local work = rille.step "work" { params = { v = t.any { default = 1 } }, outputs = { t.any "x" }, run = function(p) return p.v end }
local Base = rille.Pipeline:extend "base" {}
Base.v = VALUE
local P = Base:extend "p" {}
function P:connect() work { v = self.v } end
return P
]] } },
  { "in a class of steps", { main = [[
local rille = require "rille"
local t = rille.types
local Work = rille.Step:extend "work" { outputs = { t.any "x" } }
Work.k = VALUE
function Work:entrypoint() return self:get() end
function Work:get() return self.k end
return rille.pipeline "p" { define = function() Work {} end }
]] } },
  { "in a step of a slot", { main = [[
local rille = require "rille"
local t = rille.types
local function make(v) return rille.step "work" { outputs = { t.any "x" }, run = function() return v end } end
local recipe = rille.pipeline "p" { slots = { "s" }, define = function(_, s) s.s {} end }
return recipe { s = make(VALUE) }
]] } },
  { "in which step a slot has", { main = [[
local rille = require "rille"
local t = rille.types
local one = rille.step "one" { outputs = { t.any "x" }, run = function() return 1 end }
local two = rille.step "two" { outputs = { t.any "x" }, run = function() return 2 end }
local recipe = rille.pipeline "p" { slots = { "s" }, define = function(_, s) s.s {} end }
return recipe { s = VALUE == 1 and one or two }
]] } },
  { "in what define writes and reads", { TOP = "local k = {}", DEFINE = "k.a = VALUE K = k.a after(work { v = K })" } },
  { "in a table sorted by a function", { TOP = "local function by(a, b) return tostring(a) < tostring(b) end",
    DEFINE = "local l = { tostring(VALUE), 'b', 'a' } table.sort(l, by) after(work { v = l })" } },
  { "in a text that is formatted", { DEFINE = "after(work { v = ('%s|%5s'):format(VALUE, type(VALUE)) })" } },
  { "in a text that is replaced by a function", { TOP = "local function r() return tostring(VALUE) end",
    DEFINE = "after(work { v = ('abc'):gsub('b', r) .. '' })" } },
  { "in an array", { TOP = "local array = require 'rille.array'",
    DEFINE = "after { x = array.from { 1, tonumber(VALUE) or 5 } }" } },
  { "in a captured array", { TOP = "local a = require 'rille.array'.from { 1, tonumber(VALUE) or 5 }", DEFINE =
    "after { x = a }" } },
  { "in a map over a literal list", { DEFINE = "work:map { v = 1 } after(work())", skip = true } },
  { "in an after", { DEFINE = "local a = work() local b = work:with { id = 'b', after = { a } } { v = VALUE } "
    .. "after(b)" } },
  { "in the name of an output", { main = [[
local rille = require "rille"
local t = rille.types
local work = rille.step "work" { outputs = { t.any "x" { name = "named" .. #tostring(VALUE) } }, run = function() return 1 end }
return rille.pipeline "p" { define = function() work {} end }
]] } },
  { "in a tag of an output", { main = [[
local rille = require "rille"
local t = rille.types
local work = rille.step "work" { outputs = { t.any "x" { tags = { "tag" .. #tostring(VALUE) } } }, run = function() return 1 end }
return rille.pipeline "p" { define = function() work {} end }
]] } },
}

-- The text with VALUE as it is, or as text of a file.
local function with(text, v) return (text:gsub("VALUE", function() return v end)) end

local function words_of(parts, v)
  local plain = v:gsub('^"(.*)"$', "%1"):gsub("\\0", "z"):gsub("0/0", "nan"):gsub("1/0", "inf")
  local given = v:gsub("0/0", ".nan"):gsub("1/0", ".inf")
  if v:find "\\0" then given = '"z"' end
  return parts.env and { MODE = plain } or nil,
    parts.set and "-j 1 --set '" .. parts.set .. "=" .. given .. "'" or "-j 1"
end

local function install(h, parts, v)
  local own = (parts.env or parts.set) and "1" or v
  local text = with(program(parts), own)
  if h.files["main.lua"] ~= text then h:write("main.lua", text) end
  for name, file in pairs(parts.files or {}) do
    text = with(file, own)
    if h.files[name] ~= text then h:write(name, text) end
  end
end

-- The same meaning: a comment, a line.
local function comment(h)
  local text = h.files["main.lua"]
  h:write("main.lua", "-- more\n\n" .. text:gsub("\nreturn ", "\n\n-- the end\nreturn "))
end

for _, place in ipairs(PLACES) do
  local name, parts = place[1], place[2]
  if not parts.skip then
    check.test("a definition's value is that of now: " .. name, function()
      local h <close> = memo_oracle.history(LIVES)
      local values = table.move(VALUES, 1, #VALUES, 1, {})
      for i = 1, math.min(COUNT, #values) do
        local k = i == 1 and 1 or math.random(i, #values)
        values[i], values[k] = values[k], values[i]
        install(h, parts, values[i])
        local env, args = words_of(parts, values[i])
        h:runs(i == 1 and 3 or 2, { env = env, args = args, any_code = true })
        h:judge()
        if i == 1 then
          comment(h)
          h:run { env = env, args = args }
          h:judge()
        end
      end
      install(h, parts, values[1])
      local env, args = words_of(parts, values[1])
      h:runs(2, { env = env, args = args })
      h:judge()
      h:live()
    end)
  end
end

print(string.format("%d histories, %d runs, %d hits, %d judged", memo_oracle.count.histories, memo_oracle.count.runs,
  memo_oracle.count.hits, memo_oracle.count.judged))
check.done()
