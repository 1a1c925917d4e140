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


-- rille's own values as define sees them -------------------------------------------------------------------------

-- define takes EXPRESSION; the text FROM of the script becomes TO.
local function sees(name, expression, from, to, middle)
  case("define sees " .. name, { MIDDLE = middle or "", DEFINE = "after(work { v = " .. expression .. " })" },
    function(h)
      h:edit(from, to)
      h:runs(2, { any_code = true })
      h:judge()
    end, { run = { any_code = true } })
end

sees("the doc of a step", "work.doc or ''", "params = { v", "doc = 'about', params = { v")
sees("the name of a step", "work.name", 'rille.step "work"', 'rille.step "labour"')
sees("the place of a step", "tostring(work.at)", 'rille.step "work"', '\n\nrille.step "work"')
sees("the options of a step", "tostring(work.options.timeout)", "params = { v", "timeout = 50, params = { v")
sees("the kind of an output", "tostring(work.outputs[1].options.kind)", 't.any "x"', 't.any "x" { kind = "model" }')
sees("whether an output overwrites", "tostring(work.outputs[1].options.overwrite)", 't.any "x"',
  't.any "x" { overwrite = false }')
sees("the doc of an output", "tostring(work.outputs[1].options.doc)", 't.any "x"', 't.any "x" { doc = "about" }')
sees("the name of an artifact", "tostring(work.outputs[1].options.name)", 't.any "x"', 't.any "x" { name = "own" }')
sees("the default of a parameter", "work.params[1].default", "default = 1", "default = 2")
sees("the type of a parameter", "work.params[1].type.name", "t.any { default = 1 }", "t.integer { default = 1 }")
sees("the bounds of a parameter", "tostring(work.params[1].type.options.max)", "t.any { default = 1 }",
  "t.integer { default = 1, max = 9 }")
sees("the body of a step", "work.run { v = 4 }", "return p.v", "return p.v + 1")
sees("a helper of a step's body", "work.run { v = 4 }", "local function help() return 1 end",
  "local function help() return 2 end", "local function help() return 1 end\nlocal work = rille.step 'helped' { "
  .. "params = { v = 1 }, outputs = { t.any 'x' }, run = function(p) return p.v + help() end }")
sees("whether a name is a step's", "tostring(rawget(work, 'zork'))", "local after",
  "rawset(work, 'zork', 3)\nlocal after")
sees("the fields of a step", "#(function() local l = {} for k in pairs(work) do l[#l + 1] = k end return l end)()",
  "params = { v", "timeout = 50, params = { v")
sees("the text of a node", "#tostring(work:with { id = 'other' } {})", "return p.v", "return p.v, nil")
sees("a field of a node", "work:with { id = 'other' } {}.id", "'other'", "'another'")
sees("a raw field of a node", "type(rawget(work:with { id = 'other' } {}, 1))", "'other'", "'another'")
sees("the length of a node", "rawlen(work:with { id = 'other' } {})", "'other'", "'another'")
case("a step's body that define calls prints", { RUN = "print 'working'", DEFINE = "work.run { v = 4 } after(work())" })
case("a step's body that define calls reads a file", { RUN = "do return io.open 'k.txt':read 'a' end",
  DEFINE = "after(work { v = work.run {} })" }, function(h) h:write("k.txt", "two") h:run() h:judge() end,
  { files = { ["k.txt"] = "one" } })
for _, one in ipairs {
  { "writes to its output", "io.write 'x\\n'" }, { "writes to the error output", "io.stderr:write 'x\\n'" },
  { "warns", "warn '@on' warn 'x'" }, { "asks for the time", "local n = os.time()" }, { "draws",
    "local n = math.random()" },
  { "writes a file", "local f <close> = io.open('made.txt', 'a') f:write 'x'" },
  { "runs a program", "os.execute 'echo x >>made.txt'" }, { "requires a module that prints", "require 'm'" },
  { "asks for a variable", "if os.getenv 'MODE' then return 7 end" },
} do
  case("a step's body that define calls " .. one[1], { RUN = one[2],
    DEFINE = "local v = work.run { v = 4 } after:with { id = 'a' } { x = v }" }, function(h)
    h:sh "cat made.txt"
    h:run { any_code = true, env = { MODE = "a" } }
    h:run { any_code = true, env = { MODE = "a" } }
  end, { run = { any_code = true }, effects = true, files = { ["m.lua"] = "print 'loading' return 1" } })
end
case("a hook of a step that define calls", { FIELDS = "on_success = function() print 'hook' end,",
  DEFINE = "work.options.on_success() after(work())" }, nil, { run = { any_code = true }, unjudged = true })
case("the types of parameters: what becomes of an integer", { MIDDLE = "local num = rille.step 'num' { params = { n = "
  .. "t.integer { default = 1 } }, outputs = { t.any 'x' }, run = function(p) return p.n end }",
  DEFINE = "after(num { n = 1 })" }, function(h) h:edit("t.integer { default", "t.number { default") h:run() h:judge()
    end)
case("the types of the pipeline's parameters", { DEFINE = "after(work { v = p.k })" }, function(h)
  h:edit("params = { k = 1 }", "params = { k = t.number { default = 1 } }") h:runs(2) h:judge()
  h:edit("t.number { default = 1 }", "t.any { default = 1 }") h:runs(2) h:judge()
  h:edit("t.any { default = 1 } }, define", "t.string { default = '1' } }, define") h:runs(2) h:judge()
end)
case("a type of the script's own with a check", { TOP = "local limit = 5",
  MIDDLE = "local checked = rille.step 'checked' { params = { n = t.integer { check = function(v) return v < limit "
    .. "end, "
    .. "default = 1 } }, outputs = { t.any 'x' }, run = function(p) return p.n end }", DEFINE =
      "after(checked { n = 3 })" },
  function(h) h:edit("limit = 5", "limit = 2") h:run { any_code = true } h:edit("limit = 2", "limit = 4") end,
  { run = { any_code = true }, unjudged = true })
for _, one in ipairs {
  { "an index of nil", "nil", "__index = function() return 3 end", "local n after(work { v = n.zork })" },
  { "a call of a number", "0", "__call = function() return 3 end", "after(work { v = (5)() })" },
  { "a joined boolean", "true", "__concat = function() return 3 end", "after(work { v = true .. 'x' })" },
  { "a sum of texts", "'x'", "__index = string, __add = function() return 3 end", "after(work { v = 'x' + 'y' })" },
  { "the text of a boolean", "true", "__tostring = function() return 3 .. 'x' end",
    "after(work { v = tostring(true) })" },
  { "the length of a function", "print", "__len = function() return 3 end", "after(work { v = #(function() end) })" },
  { "an order of booleans", "true", "__lt = function() return 3 > 2 end", "after(work { v = true < false })" },
  { "a negated nil", "nil", "__unm = function() return 3 end", "local n after(work { v = -n })" },
  { "a sum of functions", "print", "__add = function() return 3 end", "after(work { v = work.run + 1 })" },
} do
  case("a metatable of a basic type: " .. one[1], {
    TOP = string.format("debug.setmetatable(%s, { %s })", one[2], one[3]), DEFINE = one[4] },
    function(h) h:edit("return 3", "return 4")
      h:run { any_code = true } h:judge() end, { run = { any_code = true } })
end
case("a long literal, its object gone", { DEFINE = "after { x = ('z'):rep(100000) }" }, function(h)
  h:sh "find .rille/objects -type f | xargs ls -l | wc -l; rm -rf .rille/objects/*" h:runs(2)
  h:sh "find .rille/objects -type f | wc -l" h:judge() h:rille "fsck"
end)
case("a literal, its row gone", { DEFINE = "after { x = 'literal' }" }, function(h)
  h:sh "sqlite3 .rille/meta.db \"delete from artifact where id = 1\"" h:runs(2) h:rille "fsck"
end, { unjudged = true })
case("define asks what a folder has", { DEFINE = "local d = rille.dir 'sub' after(work { v = { d:files() } })" },
  function(h)
    for _, c in ipairs { "echo >sub/b", "rm sub/a", "mv sub/b sub/c", "echo >sub/.h" } do
      h:sh(c)
      h:run { any_code = true }
      h:run { any_code = true }
      h:judge()
    end
  end, { files = { ["sub/a"] = "a" }, run = { any_code = true } })
case("define reads a file of rille's", { DEFINE = "local f = rille.file 'k.txt' local o <close> = f:open() "
  .. "after(work { v = o:read 'a' })" }, function(h)
  for _, text in ipairs { "two", "three", "one" } do h:write("k.txt", text) h:run { any_code = true } h:run { any_code
    = true } end
end, { files = { ["k.txt"] = "one" }, run = { any_code = true }, unjudged = true })
case("define reads a file whose name a variable has", { DEFINE =
  "after { x = rille.file(os.getenv 'NAME' or 'k.txt') }" },
  function(h)
    for _, name in ipairs { "l.txt", "k.txt", "l.txt" } do
      h:run { env = { NAME = name }, any_code = true }
      h:run { env = { NAME = name }, any_code = true }
    end
    h:write("l.txt", "three")
    h:run { env = { NAME = "l.txt" }, any_code = true }
    h:run { env = { NAME = "l.txt" }, any_code = true }
  end, { files = { ["k.txt"] = "one", ["l.txt"] = "two" }, run = { any_code = true }, unjudged = true })
case("define calls a step's body by a computed name", { RUN = "print 'working'",
  DEFINE = "local n = 'r' .. ({ 'un' })[1] local v = work[n] { v = 4 } after:with { id = 'a' } { x = v }" }, nil,
  { run = { any_code = true }, unjudged = true })
case("define reads a variable that a step reads, too", { RUN = "if os.getenv 'MODE' then return os.getenv 'MODE' end",
  DEFINE = "after(work { v = os.getenv 'MODE' or 1 })" }, function(h)
  for _, mode in ipairs { "a", "b", "a" } do h:run { env = { MODE = mode } } h:run { env = { MODE = mode } } h:judge()
    end
end)
case("a captured list of steps", { MIDDLE = "local l = { work, after }", DEFINE = "l[2](l[1] { v = p.k })" },
  function(h) h:edit("return p.v", "return { p.v }") h:run() h:judge() end)
case("a step behind a metatable's function", { MIDDLE = "local l = setmetatable({}, { __index = function(_, n) "
  .. "return work end })",
  DEFINE = "after(l.zork { v = p.k })" }, function(h) h:edit("return p.v", "return { p.v }") h:run() h:judge() end)
case("a step that a factory holds", { MIDDLE = "local function factory(s) return function(v) return s { v = v } end "
  .. "end "
  .. "local call = factory(work)", DEFINE = "after(call(p.k))" },
  function(h) h:edit("return p.v", "return { p.v }") h:run() h:judge() end)
case("a step as a vararg", { MIDDLE = "local function first(...) return (select(1, ...)) end",
  DEFINE = "after(first(work, after) { v = p.k })" }, function(h) h:edit("return p.v", "return { p.v }") h:run()
    h:judge() end)
case("a step in a global", { MIDDLE = "WORK = work", DEFINE = "after(WORK { v = p.k })" },
  function(h) h:edit("return p.v", "return { p.v }") h:run() h:judge() end)
case("a file loaded above, with a comment more", { TOP = "local m = dofile 'm.lua'", DEFINE =
  "after(work { v = m.f(p.k) })" },
  function(h)
    h:write("m.lua", "-- more\nreturn { f = function(x) return x end }")
    h:runs(2)
    h:sh [[sqlite3 .rille/meta.db "select sources from run"]]
  end, { files = { ["m.lua"] = "return { f = function(x) return x end }" } })
case("a module loaded above, with a comment more", { TOP = "local m = require 'm'", DEFINE =
  "after(work { v = m.f(p.k) })" },
  function(h)
    h:write("m.lua", "-- more\nreturn { f = function(x) return x end }")
    h:runs(2)
    h:write("m.lua", "-- more\n-- and more\nreturn { f = function(y) return y end, g = 1 }")
  end, { files = { ["m.lua"] = "return { f = function(x) return x end }" } })
case("two captured tables that are one", { TOP = "local a = { 1 } local b = { 1 }",
  DEFINE = "table.insert(a, 2) local n = #b table.remove(a) after(work { v = n })" },
  function(h) h:edit("local b = { 1 }", "local b = a") h:run() h:judge() end)

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
for i = 1, math.tointeger(tonumber(arg[1] or 3)) do
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
    for _ = 1, 2 do h:rille("main.lua", { code = 0 }) end
    -- a pipeline keeps few memos: one run each finds that of the one before
    for _ = 1, 3 do h:rille("main.lua 1", { code = 0 }) end
    if play then play(h) end
    for _ = 1, 2 do h:rille("main.lua", { code = 0 }) end
    for _ = 1, 2 do h:rille("main.lua 1", { code = 0 }) end
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

of_program("a list of an object, filled by its method", { TOP = "local o = { items = {} } function o:add(v) "
  .. "table.insert(self.items, v) end", DEFINE = "o:add(1) work { v = p.k }", AFTER = "print(#o.items)" })
of_program("a list of an object, filled by a function of it", { TOP = "local o = { items = {} } function o.add(v) "
  .. "table.insert(o.items, v) end", DEFINE = "o.add(1) work { v = p.k }", AFTER = "print(#o.items)" })
of_program("a list of an object, filled by a method of a class", { TOP = "local C = {} C.__index = C function C:add(v) "
  .. "self.n = (self.n or 0) + v end local o = setmetatable({}, C)", DEFINE = "o:add(1) work { v = p.k }",
  AFTER = "print(o.n)" })
of_program("a list that is given to a helper", { TOP = "local o = { l = {} } local function add(t, v) t[#t + 1] = v "
  .. "end",
  DEFINE = "add(o.l, 1) work { v = p.k }", AFTER = "print(#o.l)" })
of_program("a list that is given to a helper in a vararg", { TOP =
  "local o = { l = {} } local function add(...) local t = ... "
  .. "t[#t + 1] = 1 end", DEFINE = "add(o.l, 1) work { v = p.k }", AFTER = "print(#o.l)" })
of_program("a list in a table, reached by ipairs", { TOP = "local o = { {}, {} }",
  DEFINE = "for _, t in ipairs(o) do t[#t + 1] = 1 end work { v = p.k }", AFTER = "print(#o[1])" })
of_program("a list in a table, reached by table.unpack", { TOP = "local o = { {}, {} }",
  DEFINE = "local t = table.unpack(o) t[#t + 1] = 1 work { v = p.k }", AFTER = "print(#o[1])" })
of_program("a list in a table, reached by rawget", { TOP = "local o = { a = {} }",
  DEFINE = "local t = rawget(o, 'a') t[#t + 1] = 1 work { v = p.k }", AFTER = "print(#o.a)" })
of_program("a list that a metatable's table has", { TOP =
  "local l = {} local o = setmetatable({}, { __index = { l = l } })",
  DEFINE = "local t = o.l t[#t + 1] = 1 work { v = p.k }", AFTER = "print(#l)" })
of_program("a list that a metatable's function gives", { TOP =
  "local l = {} local o = setmetatable({}, { __index = function() "
  .. "return l end })", DEFINE = "local t = o.l t[#t + 1] = 1 work { v = p.k }", AFTER = "print(#l)" })
of_program("a list that a parameter has", { TOP = "local given = { 1 }", DEFINE = "work { v = p.k }",
  AFTER = "given[1] = given[1] + 1 print(given[1])" })
of_program("a table that is filled and emptied", { TOP = "local l = {} local seen = 0",
  DEFINE = "l[1] = 1 work { v = #l + p.k } l[1] = nil", AFTER = "print(#l)" })
of_program("a field that is set to what it was", { TOP = "local o = setmetatable({}, { __newindex = function(t, k, v) "
  .. "print('set', k) end })", DEFINE = "o.a = nil work { v = p.k }" })
of_program("a node that is kept in a table and taken out", { TOP = "local l = {} KEPT = {}",
  DEFINE = "l[1] = work { v = p.k } table.insert(KEPT, 1) table.remove(KEPT) l[1] = nil", AFTER = "print(#l, #KEPT)" })
of_program("a table's capacity that changes the order of pairs", { TOP = "local o = { a = 1 }",
  DEFINE = "for i = 1, 50 do o['k' .. i] = i end for i = 1, 50 do o['k' .. i] = nil end work { v = p.k }",
  AFTER = "o.b, o.c, o.d = 1, 2, 3 local l = {} for k in next, o do l[#l + 1] = k end table.sort(l) "
    .. "print(table.concat(l))" })
of_program("a step's table that define counts in", { DEFINE = "rawset(work, 'zork', (rawget(work, 'zork') or 0) + 1) "
  .. "work { v = p.k }", AFTER = "print(rawget(work, 'zork'))" })
of_program("the options of a step that define changes", { DEFINE = "work.options.zork = (work.options.zork or 0) + 1 "
  .. "work { v = p.k }", AFTER = "print(work.options.zork)" })
of_program("a list of parameters that define changes", { TOP = "local n = 0", DEFINE =
  "table.insert(p, 1) work { v = p.k + #p }" })


print(string.format("%d histories, %d runs, %d hits, %d judged", memo_oracle.count.histories, memo_oracle.count.runs,
  memo_oracle.count.hits, memo_oracle.count.judged))
check.done()
