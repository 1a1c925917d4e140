-- nested_tables_test.lua -- a step returns a table that holds arrays, frames, models and files at any
-- depth, and another one takes it.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local LIBRARIES <const> = [[
local array, frame, svm = require "rille.array", require "rille.frame", require "rille.svm"
]]

-- Two runs of main.lua with an edit between them: what became of the steps.
local function after_edit(text, from, to)
  local p <close> = scratch.script(LIBRARIES .. text)
  p:ok "run main.lua -q"
  p:ok "run main.lua -q"
  check.ok(not p:statuses():find "completed", "the second run: " .. p:statuses())
  p:edit(from, to)
  p:ok "run main.lua -q"
  return p:statuses(), p:ok "artifact get main::use::n"
end

local POINT <const> = [[
local Point = {}
Point.__index = Point
rille.materializer "point" { class = Point, version = 1,
  save = function(v, art) art:write("p.txt", "" .. v.x) end,
  load = function(art) return setmetatable({ x = tonumber(art:read "p.txt") }, Point) end }
local make = step "make" { outputs = { t.table "r" }, run = function() return { p = { setmetatable({ x = 1 }, Point) } } end }
local use = step "use" { inputs = { t.table "r" }, outputs = { t.number "n" }, run = function(r) return r.p[1].x end }
return pipeline "main" { define = function() use(make()) end }
]]

check.test("a table with arrays, frames, models and files goes from step to step", function()
  local p <close> = scratch.script(LIBRARIES .. [[
    local make = step "make" { outputs = { t.table "r" }, run = function(_, ctx)
      local f = io.open(ctx.tmpdir .. "/report.txt", "w")
      f:write "done" f:close()
      return { n = 1, big = array.ones { 200, 200 }, list = { array.from { 1, 2 }, { f = frame.new { { "a", { 5, 6 } } } } },
        model = svm.SVC.fit(array.from { { 0.0 }, { 1.0 } }, array.from { 0, 1 }),
        file = rille.file(ctx.tmpdir .. "/report.txt") }
    end }
    local use = step "use" { inputs = { t.table "r" }, outputs = { t.number "n" }, run = function(r)
      local f = io.open(r.file.path)
      local text = f:read "a"
      f:close()
      return r.big:sum() + r.list[1]:sum() + r.list[2].f:column("a"):sum() + r.model.n_support + #text
    end }
    return pipeline "main" { define = function() use(make()) end }]])
  p:ok "run main.lua -q"
  check.eq(p:ok "artifact get main::use::n", "40020.0")
  p:ok "run main.lua -q -j 2 --no-cache"
  check.eq(p:statuses(), "make=completed use=completed")
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "make=cached use=cached")
  check.eq(p:ok([[-e 'local r = require("rille").pipelines.main.runs[-1].steps.make.output:load()
    print(r.big.shape[1], r.list[2].f.n_rows, r.n)']]), "200\t2\t1\n")
  check.has(p:ok "show main@-1/make", "big = f64 array of 200 x 200")
end)

check.test("a table with arrays in the script is an input, known by its content", function()
  local p <close> = scratch.script(LIBRARIES .. [[
    local use = step "use" { inputs = { t.table "r" }, outputs = { t.number "n" }, run = function(r) return r.x.y:sum() end }
    return pipeline "main" { define = function() use { r = { x = { y = array.from { 1, 2 } } } } end }]])
  p:ok "run main.lua -q"
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "use=cached")
  p:edit("{ 1, 2 }", "{ 1, 3 }")
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "use=completed")
  check.eq(p:ok "artifact get main::use::n", "4.0")
end)

check.test("a value of the script's class in a table: its save is seen by the step that has it", function()
  local statuses, n = after_edit(POINT, '"" .. v.x', '"" .. v.x + 1')
  check.eq({ statuses, n }, { "make=completed use=completed", "2.0" })
end)

check.test("its load is seen by the step that takes it", function()
  local statuses, n = after_edit(POINT, 'tonumber(art:read "p.txt")', '10 + tonumber(art:read "p.txt")')
  check.eq({ statuses, n }, { "make=cached use=completed", "11.0" })
end)

check.test("a new materializer for a class of rille's own is seen where a table had such a value", function()
  local statuses, n = after_edit([[
    --more
    local make = step "make" { outputs = { t.table "r" }, run = function()
      return { m = { svm.SVC.fit(array.from { { 0.0 }, { 1.0 } }, array.from { 0, 1 }) } }
    end }
    local use = step "use" { inputs = { t.table "r" }, outputs = { t.number "n" }, run = function(r) return r.m[1].n_support end }
    return pipeline "main" { define = function() use(make()) end }]], "--more", [[
    rille.materializer "svc" { class = svm.SVC, version = 1,
      save = function(v, art) art:write("m", v:dump()) end,
      load = function(art) return svm.load(art:read "m") end }]])
  check.eq({ statuses, n }, { "make=completed use=completed", "2.0" })
end)

check.test("a new materializer for tables' values leaves steps with plain tables as they are", function()
  local statuses = after_edit([[
    --more
    local make = step "make" { outputs = { t.table "r" }, run = function() return { m = 1 } end }
    local use = step "use" { inputs = { t.table "r" }, outputs = { t.number "n" }, run = function(r) return r.m end }
    return pipeline "main" { define = function() use(make()) end }]], "--more", [[
    rille.materializer "svc" { class = svm.SVC, version = 1,
      save = function(v, art) art:write("m", v:dump()) end,
      load = function(art) return svm.load(art:read "m") end }]])
  check.eq(statuses, "make=cached use=cached")
end)

-- What diff says of two runs with another parameter k.
local function diff_of(value)
  local p <close> = scratch.script(LIBRARIES .. [[
    local make = step "make" { params = { k = 1 }, outputs = { t.table "r" }, run = function(p) return ]] .. value .. [[ end }
    return pipeline "main" { params = { k = 1 }, define = function(p) make { k = p.k } end }]])
  p:ok "run main.lua -q"
  p:ok "run main.lua -q --set k=2"
  return (p:ok "diff main@-2 main@-1":match "    output r  (.-)\n%d step")
end

check.test("diff names the part of a table that differs", function()
  check.eq(diff_of "{ a = array.ones { 1 }, b = { array.ones { 2 } * p.k }, same = 1 }",
    '1 cell differs\n      b[1]  "a vector of 2" -> "a vector of 2, 2 of 2 elements differ"')
  check.eq(diff_of "{ f = frame.new { { 'x', { p.k } }, { 'y', { 1 } } } }",
    '1 cell differs\n      f  "a frame" -> "a frame, column x differs"')
  check.has(diff_of [[
{ deep = { m = svm.SVC.fit(array.from { { 0.0 }, { 1.0 * p.k } }, array.from { 0, 1 }) }, n = 1 }]],
    "\n      deep.m: model.svm changed")
end)

check.test("a map runs a step for each table of a list", function()
  local p <close> = scratch.script(LIBRARIES .. [[
    local items = step "items" { outputs = { t.list(t.table) "l" }, run = function()
      local l = {}
      for i = 1, 3 do l[i] = { a = array.from { i }, n = i } end
      return l
    end }
    local each = step "each" { inputs = { t.table "v" }, outputs = { t.table "o" },
      run = function(v) return { a = v.a * 2, n = { v.n } } end }
    local use = step "use" { inputs = { t.list(t.table) "l" }, outputs = { t.number "n" }, run = function(l)
      local sum = 0
      for _, v in ipairs(l) do sum = sum + v.a:sum() + v.n[1] end
      return sum
    end }
    return pipeline "main" { define = function() use(each:map { v = items() }) end }]])
  p:ok "run main.lua -q"
  check.eq((p:ok "artifact get main::use::n"), "18.0")
  p:ok "run main.lua -q"
  check.ok(not p:statuses():find "completed", p:statuses())
end)

check.test("a command takes no table with an array in it, and says what to do", function()
  local p <close> = scratch.script(LIBRARIES .. [[
    local make = step "make" { outputs = { t.table "r" }, run = function() return { x = { array.ones { 1 } } } end }
    local show = step "show" { inputs = { t.table "r" }, outputs = { t.string "o" }, command = "cat {inputs.r} > {outputs.o}" }
    return pipeline "main" { define = function() show(make()) end }]])
  local r = p:rille "run main.lua"
  check.has(r.err, 'input "r": value.x[1] is a vector of 1, which a .json file does not hold; give it to the command '
    .. "by an input of its own")
end)

check.test("a table that a JSON library marked is kept as a plain one, at any depth", function()
  local p <close> = scratch.script(LIBRARIES .. [[
    local function marked(v, kind) return setmetatable(v, { __jsontype = kind }) end
    local make = step "make" { outputs = { t.table "r", t.list(t.table) "l", t.any "a" }, run = function()
      local r = marked({ b = marked({ 1, 2 }, "array"), c = marked({}, "object") }, "object")
      return r, { r }, { r, array.ones { 1 } }
    end }
    local show = step "show" { inputs = { t.table "r", t.list(t.table) "l", t.any "a" }, outputs = { t.string "s" },
      run = function(r, l, a)
        local function of(v) return tostring(getmetatable(v)) .. tostring(getmetatable(v.b)) .. #v.b end
        return of(r) .. of(l[1]) .. of(a[1])
      end }
    return pipeline "main" { define = function() show { make() } end }]])
  p:ok "run main.lua -q"
  check.has(p:ok "artifact get main::show::s", ("nilnil2"):rep(3))
end)

check.test("a class without a materializer is named, and how its values become plain", function()
  for what, message in pairs {
    ["List { 1 }"] = "found a value of class m.List; return a plain list: { table.unpack(v) }",
    ["{ x = List { 1 } }"] =
      "value.x: a value of class m.List cannot be stored as data; return a plain list: { table.unpack(v) }",
    ["List { a = 1 }"] = "found a value of class m.List; return a plain table: setmetatable(v, nil)",
  } do
    local p <close> = scratch.script(LIBRARIES .. 'local List = require("m").List local make = step "make" '
      .. '{ outputs = { t.table "r" }, run = function() return ' .. what .. ' end }\n'
      .. 'return pipeline "main" { define = function() make() end }')
    p:write("m.lua", "local List = setmetatable({}, { __call = function(c, v) return setmetatable(v, c) end })\n"
      .. "List.__index = List\nreturn { List = List }")
    local r = p:rille "run main.lua"
    check.eq(r.code, 1, r.err)
    check.has(r.out .. r.err, message)
  end
end)

check.test("what cannot be saved in a table is named by its place", function()
  for what, message in pairs {
    ["{ x = array.ones { 1 }, f = { print } }"] = 'output "r": value.f[1]: a function cannot be stored as data',
    ["{ x = array.ones { 1 }, f = setmetatable({}, {}) }"] =
      'output "r": value.f: a table with a metatable cannot be stored as data',
    ["(function() local c = { array.ones { 1 } } c[2] = c return c end)()"] = "a table that contains itself",
  } do
    local p <close> = scratch.script(LIBRARIES .. 'local make = step "make" { outputs = { t.table "r" }, '
      .. "run = function() return " .. what .. ' end }\nreturn pipeline "main" { define = function() make() end }')
    local r = p:rille "run main.lua"
    check.ok(r.code ~= 0)
    check.has(r.err, message)
  end
end)

check.done()
