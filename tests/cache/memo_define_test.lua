-- What a definition does besides calling steps: with memos it happens as without (lib/memo_oracle.lua).

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local memo_oracle = require "memo_oracle"

local LIVES <const> = memo_oracle.lives "off,on"

local HEAD <const> = [[
local rille = require "rille"
local t = rille.types
TOP
local work = rille.step "work" { FIELDS params = { v = t.any { default = 1 } }, outputs = { t.any "x" OUTPUT },
  run = function(p) RUN return p.v end }
local after = rille.step "after" { inputs = { t.any "x" }, outputs = { t.any "y" }, run = function(x) return { x } end }
MIDDLE
local p = rille.pipeline "p" { PIPELINE params = { k = 1 }, define = function(p, more) DEFINE end }
TAIL
return p
]]

local function fill(text, parts) return (text:gsub("%f[%w]%u%u%u+%f[%W]", parts)) end

local function program(parts)
  local given = { TOP = "", FIELDS = "", OUTPUT = "", RUN = "", MIDDLE = "", PIPELINE = "", TAIL = "",
    DEFINE = "after(work { v = p.k })" }
  for k, v in pairs(parts) do given[k] = v end
  return fill(HEAD, given)
end

-- Runs three times, plays, and runs again.
local function case(name, parts, play, options)
  check.test("the same with and without memos: " .. name, function()
    local h <close> = memo_oracle.history(LIVES)
    h.effects = options and options.effects
    h:write("main.lua", type(parts) == "string" and parts or program(parts))
    for file, text in pairs(options and options.files or {}) do h:write(file, text) end
    h:runs(options and options.first or 3, options and options.run)
    if not (options and options.unjudged) then h:judge() end
    if play then play(h) end
    h:runs(2, options and options.run)
    if not (options and options.unjudged) then h:judge() end
    h:live()
  end)
end

-- define does something that is seen ----------------------------------------------

case("define prints", { DEFINE = "print('defining', p.k) after(work())" })
case("define writes to the output", { DEFINE = "io.write 'defining\\n' after(work())" })
case("define writes to the error output", { DEFINE = "io.stderr:write 'defining\\n' after(work())" })
case("define warns", { TOP = "warn '@on'", DEFINE = "warn 'defining' after(work())" })
case("a helper of define prints by an alias", { TOP = "local say = print local function h(v) say(v) return v end",
  DEFINE = "after(work { v = h(5) })" })
case("a metamethod prints", { TOP = "local k = setmetatable({}, { __index = function(_, n) print(n) return 1 end })",
  DEFINE = "after(work { v = k.zork })" })
case("a module prints when define requires it", { DEFINE = "after(work { v = require 'm' })" }, nil,
  { files = { ["m.lua"] = "print 'loading' return { 1 }" } })
case("define writes a file", { DEFINE = "local f <close> = io.open('made.txt', 'w') f:write('x') after(work())" },
  function(h) h:run() h:sh "rm made.txt" h:run() h:sh "cat made.txt" h:sh "echo y >made.txt" h:run() h:sh
    "cat made.txt" end)
case("define appends to a file", { DEFINE = "local f <close> = io.open('made.txt', 'a') f:write('x') after(work())" },
  function(h) h:run() h:sh "cat made.txt" end, { effects = true })
case("define removes a file", { DEFINE = "os.remove 'made.txt' after(work())" },
  function(h) h:sh "touch made.txt" h:run() h:sh "ls" end)
case("define renames a file", { DEFINE = "os.rename('a.txt', 'b.txt') after(work())" },
  function(h) h:sh "touch a.txt" h:run() h:sh "ls" end)
case("define runs a program", { DEFINE = "os.execute 'echo x >>made.txt' after(work())" }, function(h) h:sh
  "cat made.txt" end,
  { effects = true })
case("define reads what a program says", { DEFINE = "local f <close> = io.popen 'cat k.txt' after(work { v = f:read "
  .. "'a' })" },
  function(h) h:run() h:write("k.txt", "two") end, { files = { ["k.txt"] = "one" } })
case("define reads its input", { DEFINE = "after(work { v = io.read 'a' or '' })" }, function(h)
  h:run { before = "echo one | " }
  h:run { before = "echo one | " }
  h:run { before = "echo two | " }
end, { unjudged = true })
case("define asks for the time", { DEFINE = "local now = os.time() after(work())" }, nil, { run = { memo = "miss" } })
case("define asks for the date", { DEFINE = "local now = os.date() after(work())" }, nil, { run = { memo = "miss" } })
case("define asks for the processor's time", { DEFINE = "local now = os.clock() after(work())" }, nil,
  { run = { memo = "miss" } })
case("define asks for memory", { DEFINE = "local n = collectgarbage 'count' after(work())" }, nil, { run = { memo =
  "miss" } })
case("define changes the collector", { DEFINE = "collectgarbage 'stop' after(work())" }, nil, { run = { memo = "miss"
  } })
case("define has an address", { DEFINE = "after(work { v = tostring({}) ~= '' })" }, nil, { run = { memo = "miss" } })
case("define formats an address", { DEFINE = "after(work { v = ('%p'):format({}) ~= '' })" }, nil, { run = { memo =
  "miss" } })
case("define formats a function", { DEFINE = "after(work { v = ('%s'):format(function() end) ~= '' })" }, nil,
  { run = { memo = "miss" } })
case("define draws a random number", { DEFINE = "local n = math.random() after(work())" }, nil, { run = { memo =
  "miss" } })
case("define draws with a seed", { DEFINE = "math.randomseed(42) after(work { v = math.random(100) })" }, nil,
  { run = { memo = "miss" } })
case("define draws by an alias", { TOP = "local r = math.random", DEFINE = "local n = r() after(work())" }, nil,
  { run = { memo = "miss" } })
case("define sets a global that a step reads", { FIELDS = "", RUN = "if K then return K end", DEFINE =
  "K = p.k + 1 after(work())" })
case("define changes a table that a step captures", { TOP = "local k = { n = 1 }", RUN =
  "if k.n > 1 then return k.n end",
  DEFINE = "k.n = 5 after(work())" })
case("define adds to a table that a step captures", { TOP = "local k = { 1 }", RUN = "if #k > 1 then return #k end",
  DEFINE = "table.insert(k, 5) after(work())" })
case("define sorts a table that a step captures", { TOP = "local k = { 3, 1, 2 }", RUN =
  "if k[1] ~= 1 then return k[1] end",
  DEFINE = "table.sort(k) after(work())" })
case("define moves into a table that a step captures", { TOP = "local k = { 3, 1, 2 }",
  RUN = "if k[1] ~= 3 then return k[1] end", DEFINE = "table.move({ 9 }, 1, 1, 1, k) after(work())" })
case("define removes from a table that a step captures", { TOP = "local k = { 3, 1, 2 }",
  RUN = "if true then return #k end", DEFINE = "table.remove(k) after(work())" })
case("define sets a raw field of a table that a step captures", { TOP = "local k = { n = 1 }", RUN =
  "if true then return k.n end",
  DEFINE = "rawset(k, 'n', 7) after(work())" })
case("define sets a metatable of a table that a step captures", { TOP = "local k = {}", RUN =
  "if true then return k.n end",
  DEFINE = "setmetatable(k, { __index = { n = 3 } }) after(work())" })
case("define sets a field of a library", { RUN = "if true then return string.zork end", DEFINE =
  "string.zork = p.k after(work())" })
case("define loads a module that a step uses", { RUN = "if true then return G end", DEFINE =
  "require 'm' after(work())" },
  function(h) h:write("m.lua", "G = 2 return {}") end, { files = { ["m.lua"] = "G = 1 return {}" } })
case("define changes the path of modules", { RUN = "if true then return require('m').v end",
  DEFINE = "package.path = './sub/?.lua;' .. package.path after(work())" },
  function(h) h:write("sub/m.lua", "return { v = 3 }") end, { files = { ["m.lua"] = "return { v = 1 }", ["sub/m.lua"]
    = "return { v = 2 }" } })
case("a helper counts calls in an upvalue", { TOP = "local n = 0 local function h() n = n + 1 return n end",
  DEFINE = "local a = h() after(work { v = h() })" })
case("a helper of two levels writes", { TOP = "local function g() K = (K or 0) + 1 end local function h() g() "
  .. "return K end",
  DEFINE = "after(work { v = h() })", TAIL = "p:plan {} print('K', K)" })
case("define swaps a captured function", { TOP = "local f = function() return 1 end local function h() return f() end",
  DEFINE = "local v = h() f = function() return 2 end after(work { v = v })", TAIL = "print(h())" })

-- define depends on where it is written -------------------------------------------

local function comment(h) h:write("main.lua", "-- a line more\n" .. h.files["main.lua"]) h:run() h:judge() end

case("define knows its line by debug", { DEFINE = "after(work { v = debug.getinfo(1, 'l').currentline })" }, comment)
case("define knows its text by debug", { DEFINE = "after(work { v = debug.getinfo(1, 'S').source })" }, comment)
case("define knows a local's name by debug", { DEFINE = "local zork = 1 after(work { v = debug.getlocal(1, 3) })" },
  function(h) h:edit("local zork", "local zark") end)
case("define knows its line by an error", { DEFINE = "after(work { v = select(2, pcall(error, 'x', 1)) })" }, comment)
case("define knows its line by an error of Lua", { DEFINE =
  "after(work { v = select(2, pcall(function() return {} + 1 end)) })" }, comment)
case("define knows its line by a handler", { DEFINE = "after(work { v = select(2, xpcall(function() error 'x' end, "
  .. "debug.traceback)) })" },
  comment)
case("define knows its line by a coroutine", { DEFINE = "local c = coroutine.create(function() error 'x' end) "
  .. "after(work { v = select(2, coroutine.resume(c)) })" }, comment)
case("define knows its line by loaded text", { DEFINE = "after(work { v = select(2, load('x x', 'main')) })" }, comment)
case("define knows its text by a dump", { DEFINE = "local function f() end after(work { v = string.dump(f) })" },
  comment)
case("define knows the script's name", { DEFINE = "after(work { v = arg and arg[0] })" }, comment)
case("define knows the main script", { DEFINE = "after(work { v = rille.main() })" }, comment)
case("define knows the working folder", { DEFINE = "local f <close> = io.popen 'pwd' after(work { v = #f:read 'a' > "
  .. "0 })" })
case("define fails in one call and goes on", { DEFINE = "local ok, m = pcall(work, { zork = 1 }) after(work { v = m "
  .. "})" }, comment)

-- define asks rille ---------------------------------------------------------------

case("define asks for the steps", { DEFINE = "local n = 0 for name in pairs(rille.steps) do n = n + 1 end "
  .. "after(work { v = n })" },
  function(h) h:edit("local after", "rille.step 'more' { outputs = { t.any 'o' }, run = function() return 5 end "
    .. "}\nlocal after") h:run() h:judge() end)
case("define takes a step from the list", { DEFINE = "after(rille.steps.other {})",
  TAIL = "rille.step 'other' { outputs = { t.any 'o' }, run = function() return 5 end }" },
  function(h) h:edit("return 5", "return 6") h:run() h:judge() end)
case("define asks for the pipelines", { DEFINE = "local l = {} pcall(function() for n in pairs(rille.pipelines) do "
  .. "l[#l + 1] = n "
  .. "end end) table.sort(l) after(work { v = l })" },
  function(h) h:edit("local after", "rille.pipeline 'q' { define = function() work() end }\nlocal after") h:run() end,
  { unjudged = true })
case("define asks for past runs", { DEFINE = "local ok, n = pcall(function() return #rille.pipelines.p.runs end) "
  .. "after(work { v = ok and n or 0 })" }, nil, { unjudged = true })
case("define defines a step", { DEFINE = "local s = rille.step 'inner' { outputs = { t.any 'o' }, run = function() "
  .. "return p.k end } "
  .. "after(s {})" })
case("define defines a step by a helper", { TOP = "local function make(v) return rille.step('m' .. v) { outputs = { "
  .. "t.any 'o' }, "
  .. "run = function() return v end } end", DEFINE = "after(make(1) {})" },
  function(h) h:edit("make(1)", "make(2)") h:run() h:judge() end)
case("define defines a pipeline", { DEFINE = "rille.pipeline 'inner' { define = function() end } after(work())" })
case("define defines a type", { DEFINE = "rille.materializer('box', { class = {}, version = 1, save = function() end, "
  .. "load = function() end }) after(work())" })
case("define binds steps", { DEFINE = "for i = 1, 3 do after:with { id = 'a' .. i } (work:with { id = 'w' .. i, "
  .. "cache = i ~= 2 } "
  .. "{ v = i }) end" })
case("define makes ports", { DEFINE = "local x = t.list(t.any) after(work { v = tostring(x) ~= '' })" })
case("define reads a secret variable", { DEFINE = "after(work { v = os.getenv 'RILLE_MEMO' and 1 or 1 })" })
case("define has a branch", { DEFINE = "local c = truth { v = p.k } rille.when(c, { function() after(work()) end, "
  .. "otherwise = "
  .. "function() work:with { id = 'else' } { v = 2 } end })",
  MIDDLE = "local truth = rille.step 'truth' { params = { v = 1 }, outputs = { t.boolean 'b' }, run = function(p) "
    .. "return p.v == 1 end }" },
  function(h) h:run { args = "-j 1 --set k=2" } h:run { args = "-j 1 --set k=2" } h:judge() end)
case("define has a map", { DEFINE = "after:with { id = 'm' }:map { x = list { n = p.k + 1 } }",
  MIDDLE = "local list = rille.step 'list' { params = { n = 1 }, outputs = { t.list(t.any) 'l' }, run = function(p) "
    .. "local l = {} "
    .. "for i = 1, p.n do l[i] = i end return l end }" },
  function(h) h:run { args = "-j 1 --set k=2" } h:run { args = "-j 1 --set k=2" } h:judge() end)
case("define has a map of a literal list", { DEFINE = "after:map { x = { 1, work { v = p.k }, 3 } }" })
case("define runs a step by itself", { MIDDLE = "local value = work { v = 3 }:load()", DEFINE = "after { x = value }" },
  function(h) h:edit("v = 3", "v = 4") h:run() h:judge() end)
case("define unpacks nodes", { DEFINE = "local a = two() local x, y = a:unpack() after { x = y }",
  MIDDLE = "local two = rille.step 'two' { outputs = { t.any 'a', t.any 'b' }, run = function() return 1, 2 end }" },
  function(h) h:edit("x = y", "x = x") h:run() h:judge() end)
case("define wires by names", { DEFINE = "after { work() }" })

local SOURCE <const> = [[
local rille = require "rille"
local t = rille.types
local make = rille.step "make" { outputs = { t.any "x", t.any "z" }, run = function() return 1, 2 end }
return rille.pipeline "q" { define = function() make() end }
]]

local function with_other(name, define, more)
  check.test("the same with and without memos: " .. name, function()
    local h <close> = memo_oracle.history(LIVES)
    h:write("main.lua", program { DEFINE = define, TOP = more or "" })
    h:write("q.lua", SOURCE)
    h:run { script = "q.lua" }
    h:runs(3)
    h:edit("q.lua", "return 1, 2", "return 5, 2")
    h:run { script = "q.lua" }
    h:runs(2)
    h:rille "artifact list"
    h:edit("q.lua", "return 5, 2", "return 1, 2")
    h:run { script = "q.lua" }
    h:runs(2)
    h:rille "artifact list --versions"
    h:live()
  end)
end

with_other("an artifact of another pipeline, the latest", "after { x = rille.external { pipeline = 'q', artifact = "
  .. "'make::x' } }")
with_other("an artifact of another pipeline, taken above", "after { x = made }",
  "local made = rille.external { pipeline = 'q', artifact = 'make::x' }")
with_other("an artifact of another pipeline, by a helper", "after { x = get 'make::x' }",
  "local function get(n) return rille.external { pipeline = 'q', artifact = n } end")
with_other("an artifact of history", "after { x = rille.pipelines.q.runs[-1].steps.make.outputs.x }",
  "rille.pipeline 'q' { define = function() end }")
with_other("an artifact of history, loaded", "after(work { v = rille.artifact 'q::make::x':load() })")
with_other("a value from outside", "after { x = rille.external { value = p.k } }")

-- what the script does after the run ----------------------------------------------

local PROGRAM <const> = [[
local rille = require "rille"
local t = rille.types
TOP
local work = rille.step "work" { params = { v = t.any { default = 1 } }, outputs = { t.any "x" }, run = function(p) return p.v end }
local p = rille.pipeline "p" { params = { k = 1 }, define = function(p) DEFINE end }
local json = require "rille.json"
for i = 1, 3 do
  local r = p:run { params = { k = i == 3 and 2 or 1 } }
  print(i, r.status, r.reason, r.pipeline, r.number, json.encode(r.parameters), json.encode(r.tags), json.encode(r.extra or 0),
    json.encode(r.metrics), r.stack, r.script, #r.steps, #(r.notes or {}), type(r.git), r.models and #r.models)
  for _, s in ipairs(r.steps) do
    print(s.id, s.name, s.status, s.reason, json.encode(s.parameters), s.cached_from, json.encode { s.output:load() }, s.key, s.log, s.error,
      s.output.version, s.output.producer and s.output.producer.run.number)
  end
  AFTER
end
]]

local function of_program(name, parts, play)
  check.test("a script that runs a pipeline, the same with and without memos: " .. name, function()
    local h <close> = memo_oracle.history(LIVES)
    local given = { TOP = "", DEFINE = "work { v = p.k }", AFTER = "" }
    for k, v in pairs(parts) do given[k] = v end
    h:write("main.lua", fill(PROGRAM, given))
    for _ = 1, 3 do h:rille("main.lua", { code = 0 }) end
    if play then play(h) end
    for _ = 1, 2 do h:rille("main.lua", { code = 0 }) end
    h:live()
  end)
end

of_program("what it returns", {}, function(h) h:edit("return p.v", "return { p.v }") end)
of_program("a global that define counts", { DEFINE = "N = (N or 0) + 1 work { v = p.k }", AFTER = "print(N)" })
of_program("a global that define counts and uses", { DEFINE = "N = (N or 0) + 1 work { v = N }", AFTER = "print(N)" })
of_program("an upvalue that define counts", { TOP = "local n = 0", DEFINE = "n = n + 1 work { v = p.k }", AFTER =
  "print(n)" })
of_program("a captured table that define fills", { TOP = "local l = {}", DEFINE = "l[#l + 1] = p.k work { v = p.k }",
  AFTER = "print(#l)" })
of_program("a captured table that a helper fills", { TOP = "local l = {} local function h() l[#l + 1] = 1 end",
  DEFINE = "h() work { v = p.k }", AFTER = "print(#l)" })
of_program("a table that is filled by table.insert", { TOP = "local l = {}", DEFINE =
  "table.insert(l, p.k) work { v = p.k }", AFTER = "print(#l)" })
of_program("a table that is filled by rawset", { TOP = "local l = {}", DEFINE =
  "rawset(l, #l + 1, p.k) work { v = p.k }", AFTER = "print(#l)" })
of_program("a table that is filled by table.move", { TOP = "local l = {}", DEFINE =
  "table.move({ 1, 2 }, 1, 2, #l + 1, l) work { v = p.k }",
  AFTER = "print(#l)" })
of_program("a captured table that is reached by another name", { TOP = "local l = {} local o = { deep = l }",
  DEFINE = "local x = o.deep x[#x + 1] = 1 work { v = p.k }", AFTER = "print(#l)" })
of_program("a table that a helper gives", { TOP = "local l = {} local function get() return l end",
  DEFINE = "local x = get() x[#x + 1] = 1 work { v = p.k }", AFTER = "print(#l)" })
of_program("a table that is changed by a metamethod", { TOP = "local n = 0 local o = setmetatable({}, { __newindex "
  .. "= function() n = n + 1 end, "
  ..("__index = function() n = n + 1 return 1 end, __len = function() n = n + 1 return 1 end, __eq = function() n "
    .. "= n + 1 return true end })"),
  DEFINE = "local x = o.a + #o work { v = p.k }", AFTER = "print(n)" })
of_program("a step that define keeps", { DEFINE = "KEPT = work { v = p.k }", AFTER = "print(type(KEPT))" })
of_program("a parameter table that define changes", { DEFINE = "p.zork = 5 work { v = p.k }" })
of_program("a field of a step that define sets", { DEFINE =
  "work.zork = (rawget(work, 'zork') or 0) + 1 work { v = p.k }",
  AFTER = "print(rawget(work, 'zork'))" })
of_program("random numbers after the run", { TOP = "math.randomseed(7)", DEFINE =
  "local n = math.random() work { v = p.k }",
  AFTER = "print(math.random(1000))" })
of_program("random numbers after the run, define draws none", { TOP = "math.randomseed(7)", AFTER =
  "print(math.random(1000))" })
of_program("a coroutine that define moves on", { TOP = "local co = coroutine.wrap(function() for i = 1, 100 do "
  .. "coroutine.yield(i) end end)",
  DEFINE = "co() work { v = p.k }", AFTER = "print(co())" })
of_program("a file that define leaves at another place", { TOP = "local f = io.open 'k.txt'", DEFINE =
  "if f then f:read(1) end work { v = p.k }",
  AFTER = "print(f and f:read(1))" }, function(h) h:write("k.txt", "abcdefghijklmnop") end)
of_program("an iterator that define moves on", { TOP = "local it = ('a b c d e f g h'):gmatch '%a'", DEFINE =
  "it() work { v = p.k }",
  AFTER = "print(it())" })
of_program("a table that define clears", { TOP = "local l = { 1, 2, 3, 4, 5 }", DEFINE =
  "for k in pairs(l) do l[k] = nil break end work { v = p.k }",
  AFTER = "print(next(l))" })
of_program("a definition that replaces the next one's helper", {
  TOP = "local function one() return 1 end local function two() return 2 end local current = one",
  DEFINE = "local v = current() current = two work { v = v }", AFTER = "print(current())" })
of_program("a loaded module that define changes", { TOP = "local json = require 'rille.json'",
  DEFINE = "package.loaded.zork = (package.loaded.zork or 0) + 1 work { v = p.k }", AFTER =
    "print(package.loaded.zork)" })
of_program("an array that define changes", { TOP = "local a = require 'rille.array'.from { 1, 2, 3 }",
  DEFINE = "a:set(1, a:get(1) + 1) work { v = p.k }", AFTER = "print(a:get(1))" })
of_program("what a garbage collector's metamethod does", { TOP = "local n = 0",
  DEFINE = "setmetatable({}, { __gc = function() n = n + 1 end }) work { v = p.k }", AFTER =
    "collectgarbage() print(n)" })
of_program("what a closed variable does", { TOP = "local n = 0 local m = setmetatable({}, { __close = function() n "
  .. "= n + 1 end })",
  DEFINE = "local c <close> = m work { v = p.k }", AFTER = "print(n)" })
of_program("a loop whose iterator counts", { TOP = "local n = 0 local function it(_, i) n = n + 1 if i < 2 then "
  .. "return i + 1 end end",
  DEFINE = "for i in it, nil, 0 do work:with { id = 'w' .. i } { v = p.k } end", AFTER = "print(n)" })
of_program("a comparison that counts", { TOP = "local n = 0", DEFINE = "local l = { 3, 1, 2 } table.sort(l, "
  .. "function(a, b) n = n + 1 return a < b end) "
  .. "work { v = l[1] + p.k }", AFTER = "print(n > 0, n)" })
of_program("a replacement that counts", { TOP = "local n = 0", DEFINE = "local s = ('abc'):gsub('%a', function(c) n "
  .. "= n + 1 end) work { v = p.k }",
  AFTER = "print(n)" })
of_program("a replacement by a table that answers", { TOP = "local n = 0 local r = setmetatable({}, { __index = "
  .. "function() n = n + 1 end })",
  DEFINE = "local s = ('abc'):gsub('%a', r) work { v = p.k }", AFTER = "print(n)" })
of_program("a text made by a metamethod", { TOP = "local n = 0 local r = setmetatable({}, { __tostring = function() "
  .. "n = n + 1 return 'r' end, "
  .. "__name = 'R' })", DEFINE = "local s = tostring(r) .. ('%s'):format(r) work { v = s }", AFTER = "print(n)" })
of_program("a walk by a metamethod", { TOP = "local n = 0 local r = setmetatable({}, { __pairs = function(t) n = n "
  .. "+ 1 return next, { 1 } end })",
  DEFINE = "for k in pairs(r) do work { v = p.k } end", AFTER = "print(n)" })

print(string.format("%d histories, %d runs, %d hits, %d judged", memo_oracle.count.histories, memo_oracle.count.runs,
  memo_oracle.count.hits, memo_oracle.count.judged))
check.done()
