-- test_test.lua -- rille.testing and `rille test`, as a user has them.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local HEAD <const> = [[
local rille, testing, array = require "rille", require "rille.testing", require "rille.array"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
]]

-- Runs one test file; its result.
local function run(body, arguments)
  local p <close> = scratch.new()
  p:write("one_test.lua", HEAD .. body)
  return p:rille("test " .. (arguments or ""))
end

-- A test whose body fails with this text, at line n of the body.
local function fails(body, text, line)
  local r = run('testing.test("it holds", function()\n' .. body .. "\nend)")
  check.eq(r.code, 1, r.out .. r.err)
  check.has(r.out, "0 passed, 1 failed")
  check.has(r.out, line and "one_test.lua:" .. line + 4 .. ": " .. text or text)
  check.ok(not r.out:find("rille:lua", 1, true), "a position of rille's own: " .. r.out)
end

local function passes(body)
  local r = run('testing.test("it holds", function()\n' .. body .. "\nend)")
  check.eq(r.code, 0, r.out .. r.err)
  check.has(r.out, "1 passed, 0 failed in ")
end

-- ---- assertions ----

check.test("equal holds for what is equal at any depth, arrays and frames too", function()
  passes [[
    local frame, tree = require "rille.frame", require "rille.tree"
    testing.equal({ 1, { a = "x", nan = 0 / 0 } }, { 1.0, { a = "x", nan = 0 / 0 } })
    testing.equal(array.from { { 1, 2 }, { 3, 4 } }, array.from { { 1, 2 }, { 3, 4 } })
    testing.equal(frame.new { { "x", { 1, 2 } }, { "s", { "a", "b" } } }, frame.new { { "x", { 1, 2 } }, { "s", { "a", "b" } } })
    testing.equal(tree.fit({ { 0 }, { 1 } }, { 0, 1 }), tree.fit({ { 0 }, { 1 } }, { 0, 1 }))
    testing.near({ 1.0, array.from { 1.0, 2.0 } }, { 1.0 + 1e-12, array.from { 1.0, 2.0 - 1e-12 } })
    testing.near(array.from { 1, 2 }, array.from { 1.1, 2.1 }, 0.2)
    testing.ok(1)
    testing.equal(testing.raises(function() error("no way", 0) end, "way"), "no way")
  ]]
end)

check.test("equal tells the first difference, at the line of the test", function()
  fails("testing.equal(1, 2)", "got 1, want 2", 0)
  fails("testing.equal('a', 'b', 'the name')", 'the name: got "a", want "b"', 0)
  fails("local a = 1\ntesting.equal({ x = { 1, 2 } }, { x = { 1, 3 } })", "at .x[2]: got 2, want 3", 1)
  fails("testing.equal({ 1 }, { 1, 2 })", "at [2]: is missing, want 2", 0)
  fails("testing.equal({ 1, k = 2 }, { 1 })", "at .k: got 2, want nothing", 0)
  fails("testing.equal(1, '1')", 'got 1, want "1"', 0)
  fails("testing.equal('a\\nb\\nc', 'a\\nx\\nc')", 'line 2: got "b", want "x"', 0)
  fails("testing.equal(array.from { { 1, 2 }, { 3, 4 } }, array.from { { 1, 2 }, { 9, 4 } })",
    "at [2, 1]: got 3, want 9 (1 of 4 elements differ, by 6 at most)", 0)
  fails("testing.equal(array.zeros(2), array.zeros(3))", "got an f64 array of 2, want an f64 array of 3", 0)
  fails("testing.near(1.0, 1.5, 0.1)", "got 1, want 1.5 (0.5 apart)", 0)
  fails("testing.ok(false, 'the sky is blue')", "the sky is blue", 0)
  fails("testing.raises(function() end)", "no error was raised", 0)
  fails("testing.raises(function() error 'this' end, 'that')",
    'the error says "one_test.lua:4: this", want one with "that"', 0)
  fails("local x = nil\nreturn x.y", "attempt to index a nil value (local 'x')", 1)
end)

check.test("a failure in a function that tests share tells who called it", function()
  local r = run [[
local function shared() testing.equal(1, 2) end
testing.test("it holds", function()
  shared()
end)]]
  check.has(r.out, "one_test.lua:3: got 1, want 2")
  check.has(r.out, "called from one_test.lua:5")
end)

-- ---- steps ----

local STEP <const> = [[
local scale = step "scale" {
  inputs = { t.vector "X" }, params = { by = t.number { default = 2.0, gt = 0 } }, outputs = { t.vector "Y", t.number "sum" },
  run = function(X, p, ctx)
    ctx:log("scaled by %g", p.by)
    ctx:log_metric { rows = #X }
    return X * p.by, (X * p.by):sum()
  end,
}
]]

local function step_test(body) return run(STEP .. 'testing.test("it holds", function()\n' .. body .. "\nend)") end

check.test("step:test gives the outputs in order, then log and metrics", function()
  local r = step_test [[
    local Y, sum, more = scale:test { inputs = { X = array.from { 1.0, 2.0 } }, params = { by = 3 } }
    testing.equal({ Y, sum }, { array.from { 3.0, 6.0 }, 9.0 })
    testing.equal({ more.log, more.metrics.rows }, { "scaled by 3\n", 2 })
    testing.equal((scale:test { inputs = { X = array.from { 1.0 } } }), array.from { 2.0 })]]
  check.eq(r.code, 0, r.out)
end)

check.test("step:test checks inputs, parameters and outputs against their types", function()
  for body, text in pairs {
    ["scale:test { inputs = { X = 5 } }"] =
      'step "scale": input "X": expected a vector (an array of one dimension), found 5',
    ["scale:test { inputs = {} }"] = 'step "scale": input "X" (vector) is missing',
    ["scale:test { inputs = { X = array.zeros(1) }, params = { by = -1 } }"] =
      'parameter "by": expected a number greater than 0',
    ["scale:test { inputs = { Z = 1 } }"] = 'step "scale": test: there is no input "Z"',
    ["scale:test { inputs = { by = 1 } }"] = 'step "scale": test: there is no input "by"',
    ["scale:test { input = {} }"] = 'step "scale": test: unknown field "input"; did you mean "inputs"?',
    ["scale:test(5)"] = 'step "scale": test takes a table { inputs =, params = }, found 5',
    ['step "wrong" { outputs = { t.number "n" }, run = function() return "x" end }:test()'] =
      'step "wrong" failed: output "n": expected a number, found "x"',
    ['step "broken" { run = function() error "no luck" end }:test()'] =
      'step "broken" failed: one_test.lua:12: no luck',
  } do
    local r = step_test(body)
    check.eq(r.code, 1, body)
    check.has(r.out, "one_test.lua:12: ")
    check.has(r.out, text)
  end
end)

check.test("step:test fails for a step that is not pure, and says what it uses and where", function()
  fails('step "clock" { outputs = { t.integer "now" }, run = function()\nreturn os.time()\nend }:test()',
    'step "clock" is not pure: it uses os.time at one_test.lua:5')
  local counts = 'local c = { n = 0 }\nstep "counts" { outputs = { t.integer "n" }, run = function() c.n = c.n + '
    .. '1 return c.n end }:test()'
  fails(counts, 'step "counts" is not pure: ', 1)
  fails(counts, 'output "n" differs in the second run: got 2, 1 in the first')
  passes 'step "clock" { cache = false, outputs = { t.integer "now" }, run = function() return os.time() end }:test()'
  passes 'step "clock" { outputs = { t.integer "now" }, run = function() return os.time() end }:test { pure = false }'
  passes('testing.ok(step("draw") { outputs = { t.number "x" }, run = function() return math.random() end '
    .. '}:test() >= 0)')
end)

check.test("step:test works outside of a test too, and leaves no store", function()
  local p <close> = scratch.new()
  p:write("main.lua", HEAD .. STEP .. 'local Y = scale:test { inputs = { X = array.from { 1.0 } } }\nprint(Y:get(1))')
  local r = p:rille "main.lua"
  check.eq({ r.code, r.out, r.err }, { 0, "2.0\n", "" })
  check.eq(p:sh("ls -A").out, "main.lua\n")
end)

-- ---- pipelines, stores ----

local PIPELINE <const> = STEP .. [[
local doubled = pipeline "doubled" { params = { n = 3 }, define = function(p)
  local m = step "make" { params = { n = 1 }, outputs = { t.vector "X" }, run = function(p) return array.ones(p.n) end } { n = p.n }
  scale { X = m }
end }
]]

check.test("each test has a store of its own: nothing of one is in the next, none in the project", function()
  local p <close> = scratch.new()
  p:write("one_test.lua", HEAD .. PIPELINE .. [[
for _, n in ipairs { 3, 4 } do
  testing.test("a run with " .. n, function()
    local run = testing.run(doubled, { params = { n = n } })
    testing.equal({ run.status, run.steps.scale.outputs.sum:load(), run.number }, { "completed", 2.0 * n, 1 })
    testing.equal(testing.run(doubled, { params = { n = n } }).steps.make.status, "cached")
    testing.equal(#rille.pipelines.doubled.runs, 2)
  end)
end
local ok, err = pcall(testing.run, doubled)
print(err)
]])
  local before = p:sh("ls -A /dev/shm /tmp | grep -c rille-test-").out
  local r = p:rille "test -v"
  check.eq(r.code, 0, r.out .. r.err)
  check.has(r.out, "2 passed, 0 failed in ")
  check.has(r.out, "testing.run: use it inside testing.test")
  check.has(r.out, "ok      a run with 4")
  check.eq(p:sh("ls -A").out, "one_test.lua\n")
  check.eq(p:sh("ls -A /dev/shm /tmp | grep -c rille-test-").out, before)
end)

check.test("a run that fails raises in the test, with the step and its error", function()
  local r = run [[
local bad = pipeline "bad" { define = function() step "breaks" { run = function() error "no luck" end } {} end }
testing.test("it raises", function() testing.run(bad) end)
testing.test("it is told", function() testing.equal(testing.run(bad, { raise = false }).status, "failed") end)
testing.test("it is none", function() testing.run(5) end)]]
  check.eq(r.code, 1)
  check.has(r.out, "1 passed, 2 failed")
  check.has(r.out, "failed in step breaks: one_test.lua:3: no luck")
  check.has(r.out, "testing.run: expected a pipeline, found 5")
end)

-- ---- golden values ----

check.test("a golden value is asked for, kept by --update, compared from then on", function()
  local p <close> = scratch.new()
  local function write(text, last)
    p:write("one_test.lua", HEAD .. string.format([[
testing.test("golden", function()
  testing.golden("text", %q)
  testing.golden("table", { list = { 1, 2, %s } })
  testing.golden("array", array.from { 1.5, 2.5, %s })
end)]], text, last, last))
  end
  write("one\ntwo\n", "3")
  local r = p:rille "test"
  check.eq(r.code, 1)
  check.has(r.out, 'golden "text": golden/text.txt is not there; if the new value is right, run rille test --update')
  r = p:rille "test --update"
  check.eq(r.code, 0, r.out)
  check.has(r.out, "3 golden values written")
  check.eq(p:read "golden/text.txt", "one\ntwo\n")
  check.has(p:read "golden/table/value.json", '"list":[1,2,3]')
  check.eq(p:read("golden/array/value.npy"):sub(2, 6), "NUMPY")
  check.eq(p:rille("test").code, 0)
  write("one\ntoo\n", "3")
  r = p:rille "test"
  check.has(r.out, 'golden "text": golden/text.txt differs: line 2: got "too", want "two"')
  write("one\ntwo\n", "4")
  check.has(p:rille("test").out, 'golden "table": golden/table differs: at .list[3] got 4, want 3')
  p:sh "sed -i '/golden(\"table\"/d' one_test.lua"
  check.has(p:rille("test").out,
    "golden/array differs: at [3] got 4, want 3 (1 of 3 elements differ, by 1 at most)")
  check.eq(p:sh("RILLE_UPDATE=1 \"$RILLE\" test").code, 0)
  check.eq(p:rille("test").code, 0)
  write("one\ntwo\n", "print")
  check.has(p:rille("test").out, 'golden "table": ')
  p:write("one_test.lua", HEAD
    .. 'testing.test("a path", function() testing.golden("../x", "") end)\nprint(pcall(testing.golden, "x", ""))')
  r = p:rille "test --update"
  check.has(r.out, 'golden: a name must consist of letters, digits, _, - and ., found "../x"')
  check.has(r.out, "testing.golden: use it inside testing.test")
end)

-- ---- the command ----

check.test("files are found below a folder, each runs alone, and what fails is told", function()
  local p <close> = scratch.new()
  p:sh "mkdir -p sub/.hidden"
  p:write("a_test.lua", HEAD
    .. 'shared = 1\ntesting.test("one", function() end)\ntesting.test("two", function() testing.equal(1, 2) end)')
  p:write("sub/b_test.lua", HEAD
    .. 'testing.test("alone", function() testing.equal(rawget(_G, "shared"), nil) end)\ntesting.skip("three", "no '
      .. 'reason")')
  p:write("sub/.hidden/c_test.lua", "error()")
  p:write("sub/d_test.lua", "return 1 +")
  p:write("sub/e_test.lua", "os.exit(0)")
  p:write("sub/f_test.lua", "return 1")
  p:write("helper.lua", "error()")
  local r = p:rille "test"
  check.eq(r.code, 1, r.out .. r.err)
  check.has(r.out, "2 passed, 4 failed, 1 skipped in ")
  check.has(r.out, "a_test.lua:5: got 1, want 2")
  check.has(r.out, "skipped three")
  check.has(r.out, "d_test.lua:1: unexpected symbol near <eof>")
  check.has(r.out, "its process ended early")
  check.has(r.out, "it never called testing.test")
  check.eq(p:rille("test sub/b_test.lua").code, 0)
  local items = json.decode(p:rille("test a_test.lua --json").out).items
  check.eq({ items[1].status, items[2].test, items[2].status, items[2].message },
    { "passed", "two", "failed", "a_test.lua:5: got 1, want 2" })
  check.eq(p:rille("-q test sub/b_test.lua").out:match "^1 passed, 0 failed, 1 skipped in" ~= nil, true)
end)

check.test("a test file that runs as a program counts its tests, and fails when one does", function()
  local p <close> = scratch.new()
  p:write("one_test.lua", HEAD
    .. 'testing.test("one", function() end)\ntesting.test("two", function() testing.equal(1, 2) end)')
  local r = p:rille "one_test.lua"
  check.eq(r.code, 1)
  check.has(r.out, "1 passed, 1 failed\n")
  check.has(r.out, "    one_test.lua:4: got 1, want 2")
end)

check.test("wrong use is told: no files, a file that is not there, no sentence, a test in a test", function()
  local p <close> = scratch.new()
  local r = p:rille "test"
  check.eq(r.code, 2)
  check.has(r.err, "there is no file *_test.lua here")
  r = p:rille "test nothing_test.lua"
  check.eq(r.code, 2)
  check.has(r.err, "there is no nothing_test.lua")
  for body, text in pairs {
    ["testing.test(5, print)"] = "testing.test: expected a sentence, found 5",
    ['testing.test("x")'] = "testing.test: expected a function after the sentence, found nil",
  } do check.has(run(body).out, text) end
  fails('testing.test("inner", function() end)', 'testing.test: the test "inner" is inside another one', 0)
end)

check.done()
