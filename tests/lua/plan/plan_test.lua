-- plan_test.lua -- hits, misses and waiting: rille.plan.
--
-- The world is made of tables: no disk, no database.  A "cache" maps keys to
-- { row, outs }; run_all plays an executor whose steps make what `make` says.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local graph = require "rille.graph"
local plan = require "rille.plan"
local step = require "rille.script.step"
local t = require "rille.script.types".t

local ID, STEP = graph.ID, graph.STEP
local NAMES = { waiting = "wait", ready = "ready", running = "running", cached = "hit", completed = "done",
  failed = "failed", skipped = "skipped" }

local function digest(text) return (text .. ("."):rep(32)):sub(1, 32) end

local source = step.define "source" { params = { v = 1 }, outputs = { t.number "x" }, run = function() return 1 end }
local pair = step.define "pair" { outputs = { t.number "a", t.number "b" }, run = function() return 1, 2 end }
local square = step.define "square" { inputs = { t.number "x" }, outputs = { t.number "y" },
  run = function(x) return x end }
local add = step.define "add" { inputs = { t.number "x", t.number "y" }, outputs = { t.number "z" },
  run = function(x) return x end }
local sum = step.define "sum" { inputs = { t.list(t.number) "xs" }, outputs = { t.number "total" },
  run = function() return 0 end }
local silent = step.define "silent" { inputs = { t.number "x" }, run = function() end }

local function build(define) return graph.build("here.lua:1", nil, define) end

-- A world over `cache`, which counts what it is asked.
local function world_of(cache, uncached)
  local world = { lookups = 0, specs = 0, literals = 0 }
  function world.lookup(key)
    world.lookups = world.lookups + 1
    local found = cache[key]
    if not found then return nil, "no record" end
    return found.row, found.outs
  end
  function world.spec(node)
    world.specs = world.specs + 1
    local name = node[STEP].name
    if uncached and uncached[name] then return { prefix = name, cacheable = false, why = uncached[name] } end
    return { prefix = name }
  end
  function world.literal(input)
    world.literals = world.literals + 1
    return digest("literal " .. tostring(input[1]))
  end
  return world
end

local function states(p)
  local list = {}
  for i, node in ipairs(p.graph.nodes) do list[i] = node[ID] .. " " .. NAMES[p:status(i)] end
  return table.concat(list, ", ")
end

-- What a step makes: by default bytes that name its id.
local function made(node)
  local outs = {}
  for i in ipairs(node[STEP].outputs) do outs[i] = digest(node[ID] .. ":" .. i) end
  return table.concat(outs)
end

-- Runs what is to run; what it makes goes to the cache.  Returns the ids that ran.
local function run_all(p, cache, make, keep)
  local ran = {}
  while true do
    local i = p:take()
    if not i then return table.concat(ran, " ") end
    local node = p.graph.nodes[i]
    local outs = (make or made)(node) or made(node)
    ran[#ran + 1] = node[ID]
    local reusable = not keep or keep(node)
    if reusable then cache[p:key(i)] = { row = #ran * 100 + i, outs = outs } end
    p:finish(i, outs, reusable)
  end
end

local function chain() local s = source() local q = square(s) silent(q) end

check.test("on an empty cache what has no inputs is ready and the rest waits", function()
  local p = plan.new(build(chain), world_of {}, {})
  check.eq(states(p), "source ready, square wait, silent wait")
  check.eq(p:reason(1), "no record")
  check.eq(p.n_hits, 0)
end)

check.test("a plan is run in the order of its wires, and then all is done", function()
  local p = plan.new(build(chain), world_of {}, {})
  check.eq(run_all(p, {}), "source square silent")
  check.eq(states(p), "source done, square done, silent done")
end)

check.test("the second plan is all hits, without a step taken", function()
  local cache = {}
  run_all(plan.new(build(chain), world_of(cache), {}), cache)
  local world = world_of(cache)
  local p = plan.new(build(chain), world, {})
  check.eq(states(p), "source hit, square hit, silent hit")
  check.eq({ p.n_hits, p.n_cut_off, world.lookups }, { 3, 0, 3 })
  check.eq(p:take(), nil)
  check.eq(p:result_row(1), 101)
  check.eq(p:output_digests(3), "")
end)

check.test("a parameter that changed runs its step; equal bytes cut off what follows", function()
  local cache = {}
  local function define(v) return function() silent(square(source { v = v })) end end
  run_all(plan.new(build(define(1)), world_of(cache), {}), cache)
  local p = plan.new(build(define(2)), world_of(cache), {})
  check.eq(states(p), "source ready, square wait, silent wait")
  check.eq(run_all(p, cache), "source")
  check.eq(states(p), "source done, square hit, silent hit")
  check.eq({ p.n_hits, p.n_cut_off, p:is_cut_off(2), p:is_cut_off(3) }, { 2, 2, true, true })
end)

check.test("other bytes run what follows, until bytes are equal again", function()
  local cache = {}
  local function define(v) return function() silent(square(source { v = v })) end end
  run_all(plan.new(build(define(1)), world_of(cache), {}), cache)
  local p = plan.new(build(define(2)), world_of(cache), {})
  local ran = run_all(p, cache, function(node) return node[ID] == "source" and digest "another" end)
  check.eq(ran, "source square")
  check.eq(states(p), "source done, square done, silent hit")
end)

check.test("each output of a step counts by itself", function()
  local cache = {}
  local function define()
    local d = pair()
    square { x = d.a }
    square:with { id = "of_b" } { x = d.b }
  end
  run_all(plan.new(build(define), world_of(cache), {}), cache)
  -- the pair is made again with another b
  for key, found in pairs(cache) do if #found.outs == 64 then cache[key] = nil end end
  local p = plan.new(build(define), world_of(cache), {})
  check.eq(run_all(p, cache, function(node) return node[ID] == "pair" and digest "pair:1" .. digest "new" end),
    "pair of_b")
  check.eq(states(p), "pair done, square hit, of_b done")
end)

check.test("what a literal, a parameter, the step or the order of inputs is, is in the key", function()
  local function key(define, prefix)
    local world = world_of {}
    if prefix then world.spec = function() return { prefix = prefix } end end
    return plan.new(build(define), world, {}):key(1)
  end
  local first = key(function() add(1, 2) end)
  check.eq(#first, 32)
  check.eq(key(function() add(1, 2) end) == first, true)
  check.eq(key(function() add:with { id = "other" } (1, 2) end) == first, true, "the id is not")
  check.eq(key(function() add(2, 1) end) == first, false)
  check.eq(key(function() add(1, 3) end) == first, false)
  check.eq(key(function() add(1, 2) end, "other code") == first, false)
  check.eq(key(function() source { v = 1 } end) == key(function() source { v = 2 } end), false)
end)

check.test("a list is not its elements: its length and order count", function()
  local function key(list)
    local p = plan.new(build(function()
      local nodes = { a = source(), b = source:with { id = "b", v = 2 }() }
      local xs = {}
      for i, name in ipairs(list) do xs[i] = nodes[name] end
      sum { xs = xs }
    end), world_of {}, {})
    run_all(p, {})
    return p:key(#p.graph.nodes)
  end
  local first = key { "a", "b" }
  check.eq(key { "a", "b" } == first, true)
  check.eq(key { "b", "a" } == first, false)
  check.eq(key { "a" } == first, false)
  check.eq(key { "a", "a", "b" } == first, false)
end)

check.test("a literal in a list that waits is looked at in the first plan", function()
  local world = world_of {}
  plan.new(build(function() sum { xs = { source(), 5 } } end), world, {})
  check.eq(world.literals, 1)
  world.literal = function() error "cannot be saved" end
  check.raises(function() plan.new(build(function() sum { xs = { source(), 5 } } end), world, {}) end,
    "cannot be saved")
  check.raises(function() plan.new(build(function() add(source(), 5) end), world, {}) end, "cannot be saved")
end)

check.test("with the cache off nothing is looked up, and all runs", function()
  local cache = {}
  run_all(plan.new(build(chain), world_of(cache), {}), cache)
  local world = world_of(cache)
  local p = plan.new(build(chain), world, { cache = false })
  check.eq(run_all(p, cache), "source square silent")
  check.eq({ world.lookups, p:reason(1), p:reason(3) }, { 0, "the cache is off", "the cache is off" })
end)

check.test("a step that is not cached is never looked up, what follows it is", function()
  local cache = {}
  local uncached = { square = "it uses the clock" }
  run_all(plan.new(build(chain), world_of(cache, uncached), {}), cache)
  local world = world_of(cache, uncached)
  local p = plan.new(build(chain), world, {})
  check.eq(states(p), "source hit, square ready, silent wait")
  check.eq(p:reason(2), "it uses the clock")
  check.eq(run_all(p, cache), "square")
  check.eq(states(p), "source hit, square done, silent hit")
end)

check.test("of two nodes with one key the second takes the first's result", function()
  local cache = {}
  local p = plan.new(build(function()
    local a, b = source(), source:with { id = "twin" }()
    add(square(a), square:with { id = "square2" }(b))
  end), world_of(cache), {})
  check.eq(run_all(p, cache), "source square add")
  check.eq(states(p), "source done, twin hit, square done, square2 hit, add done")
  check.eq({ p:same_key_as(2), p:same_key_as(4), p:result_row(2) or false, p:output_digests(2) },
    { 1, 3, false, p:output_digests(1) })
end)

check.test("a result that others may not take is made again by its twin", function()
  local p = plan.new(build(function() source() source:with { id = "twin" }() end), world_of {}, {})
  check.eq(run_all(p, {}, nil, function() return false end), "source twin")
end)

check.test("a twin of a step that runs waits for it, and takes what it makes", function()
  local p = plan.new(build(function() source() source:with { id = "twin" }() square(1) end), world_of {}, {})
  check.eq({ p:take(), p:take(), p:take() }, { 1, 3 })
  p:finish(1, digest "made", true)
  check.eq({ p:take(), p:same_key_as(2), p:output_digests(2) }, { nil, 1, digest "made" })
end)

check.test("a step that met damage which another has had mended meanwhile runs again, once", function()
  local cache = {}
  local function define()
    local x = source()
    square { x = x }
    square:with { id = "other" } { x = x }
  end
  run_all(plan.new(build(function() source() end), world_of(cache), {}), cache)
  local p = plan.new(build(define), world_of(cache), { })
  p.use_cache = false       -- square and other are no twins here
  local lost = p:output_digests(1)
  check.eq({ p:take(), p:take() }, { 2, 3 })
  check.eq(p:recover(2, lost, "lost"), { 1 })
  check.eq(p:take(), 1)
  p:finish(1, lost, true)
  check.eq(p:recover(3, lost, "lost"), {})
  local function left() return { p:take(), p:take() } end
  check.eq(#left(), 2)
  check.eq(p:recover(3, lost, "lost"), nil)
end)

check.test("a twin of a step that failed, or that made what others may not take, runs itself", function()
  for _, how in ipairs { "fails", "is not for others" } do
    local p = plan.new(build(function() source() source:with { id = "twin" }() end), world_of {}, {})
    check.eq({ p:take(), p:take() }, { 1 })
    if how == "fails" then p:fail(1) else p:finish(1, digest "made", false) end
    check.eq({ p:take(), p:take() }, { 2 }, how)
  end
end)

check.test("with the cache off twins both run", function()
  local p = plan.new(build(function() source() source:with { id = "twin" }() end), world_of {}, { cache = false })
  check.eq(run_all(p, {}), "source twin")
end)

check.test("a failure skips what needs it, and nothing else", function()
  local p = plan.new(build(function()
    local s = source()
    local q = square(s)
    silent(q)
    silent:with { id = "two" } (s)
    add(q, source:with { id = "other", v = 2 }())
  end), world_of {}, {})
  check.eq(p:take(), 1)
  p:finish(1, digest "s", true)
  local skipped
  while true do
    local i = p:take()
    if not i then break end
    if p.graph.nodes[i][ID] == "square" then skipped = p:fail(i) else p:finish(i, made(p.graph.nodes[i]), true) end
  end
  local ids = {}
  for i, j in ipairs(skipped) do ids[i] = p.graph.nodes[j][ID] end
  table.sort(ids)
  check.eq(ids, { "add", "silent" })
  check.eq(states(p), "source done, square failed, silent skipped, two done, other done, add skipped")
end)

check.test("what two failed steps are needed for is skipped once", function()
  local p = plan.new(build(function() silent(add(source(), source:with { id = "b", v = 2 }())) end), world_of {}, {})
  check.eq(#p:fail(p:take()), 2)
  check.eq(#p:fail(p:take()), 0)
  check.eq(p:take(), nil)
end)

check.test("after makes a node wait without being in its key", function()
  local cache = {}
  local function define(after)
    return function()
      local s = source()
      square:with { after = after and s or nil } { x = 5 }
    end
  end
  local world = world_of(cache)
  local p = plan.new(build(define(true)), world, {})
  check.eq(states(p), "source ready, square wait")
  check.eq(run_all(p, cache), "source square")
  check.eq(states(plan.new(build(define(false)), world_of(cache), {})), "source hit, square hit")
end)

check.test("two nodes that need the same node are both told", function()
  local p = plan.new(build(function()
    local s = source()
    square(s)
    silent(s)
    add(s, s)
  end), world_of {}, {})
  check.eq(run_all(p, {}), "source square silent add")
end)

-- Instructions of the Lua machine that f takes: the same on every machine.
local function instructions(f)
  local n = 0
  debug.sethook(function() n = n + 1 end, "", 100)
  f()
  debug.sethook()
  return n
end

local function collector(n)
  return function()
    local xs = {}
    for i = 1, n do xs[i] = source:with { id = "n" .. i, v = i }() end
    sum { xs = xs }
  end
end

check.test("a hit whose bytes are lost runs again, and then what wanted them", function()
  local g = build(function() square(source()) end)
  local world = world_of {}
  world.lookup = function(_, node) if node[graph.ID] == "source" then return 1, digest "made" end end
  local p = plan.new(g, world, {})
  check.eq({ p.n_hits, p:take() }, { 1, 2 })
  check.eq(p:recover(2, digest "other", "lost"), nil)
  check.eq(p:recover(2, digest "made", "lost"), { 1 })
  check.eq({ p.n_hits, p:reason(1), p:status(2) }, { 0, "lost", "waiting" })
  check.eq(p:take(), 1)
  p:finish(1, digest "made", true)
  check.eq(p:take(), 2)
  check.eq(p:recover(2, digest "made", "lost"), nil)
end)

local function growth(measure) return measure(10000) / measure(2000) end

check.test("a collector of 10,000 nodes is planned and run in linear time", function()
  local function measure(n)
    local g = build(collector(n))
    return instructions(function()
      local p = plan.new(g, world_of {}, {})
      local i = p:take()
      while i do
        p:finish(i, digest(tostring(i)), true)
        i = p:take()
      end
      check.eq(p:status(n + 1), "completed")
    end)
  end
  local ratio = growth(measure)
  check.ok(ratio < 6, "five times the nodes took " .. ratio .. " times the instructions")
end)

check.test("10,000 readers of one node are planned and run in linear time", function()
  local function measure(n)
    local g = build(function()
      local s = source()
      for i = 1, n do square:with { id = "n" .. i }(s) end
    end)
    return instructions(function()
      local p = plan.new(g, world_of {}, { cache = false })
      local i = p:take()
      while i do
        p:finish(i, digest(tostring(i)), true)
        i = p:take()
      end
    end)
  end
  local ratio = growth(measure)
  check.ok(ratio < 6, "five times the nodes took " .. ratio .. " times the instructions")
end)

check.test("a chain of 10,000 hits is no deep recursion, and linear", function()
  local function measure(n)
    local g = build(function()
      local last = source()
      for i = 1, n do last = square:with { id = "n" .. i }(last) end
    end)
    local world = world_of {}
    world.lookup = function() return 1, digest "same" end
    return instructions(function() check.eq(plan.new(g, world, {}).n_hits, n + 1) end)
  end
  local ratio = growth(measure)
  check.ok(ratio < 6, "five times the nodes took " .. ratio .. " times the instructions")
end)

check.test("defining 10,000 nodes is linear", function()
  local function measure(n) return instructions(function() build(collector(n)) end) end
  local ratio = growth(measure)
  check.ok(ratio < 6, "five times the nodes took " .. ratio .. " times the instructions")
end)

-- ---- maps and branches: lists and truths are given by what the digests say ----

local numbers = step.define "numbers" { outputs = { t.list(t.number) "xs" }, run = function() return {} end }
local asks = step.define "asks" { outputs = { t.boolean "yes" }, run = function() return true end }
local dynamic = require "rille.script.map_when"

-- Items of the list whose digest begins with "list N" are N artifacts; a condition
-- is true whose digest begins with "true".
local function data_world(cache, uncached)
  local world = world_of(cache, uncached)
  function world.items(d)
    local made = {}
    local n = d:match "^list (%d+)"
    if not n then return nil, "expected a list, found something else" end
    for i = 1, math.tointeger(n) do made[i] = { digest = digest("item " .. i) } end
    return made
  end
  local literal = world.literal
  function world.literal(input) return input[2] and input[2].digest or literal(input) end
  function world.truth(d) return d:find "^true" ~= nil end
  return world
end

local function makes(list, truth)
  return function(node)
    if node[ID] == "numbers" then return digest(list) end
    if node[ID] == "asks" then return digest(truth) end
  end
end

check.test("a map waits for its list, and then its items are ready", function()
  local g = build(function() sum { xs = square:map { x = numbers() } } end)
  local p = plan.new(g, data_world {}, {})
  check.eq(states(p), "numbers ready, square wait, sum wait")
  p:take()
  p:finish(1, digest "list 2", true)
  check.eq(states(p), "numbers done, square wait, sum wait, square[1] ready, square[2] ready")
  check.eq(run_all(p, {}), "square[1] square[2] sum")
  check.eq(states(p), "numbers done, square done, sum done, square[1] done, square[2] done")
  check.eq(#g.nodes, 3, "the graph of the script stays as it is")
  check.eq({ p:count(), p:all_cached(), p:order() }, { 4, false, { 1, 4, 5, 2, 3 } })
end)

check.test("a second plan knows the items at once, and all are hits", function()
  local cache = {}
  local function define() sum { xs = square:map { x = numbers() } } end
  run_all(plan.new(build(define), data_world(cache), {}), cache, makes "list 3")
  local p = plan.new(build(define), data_world(cache), {})
  check.eq(states(p), "numbers hit, square hit, sum hit, square[1] hit, square[2] hit, square[3] hit")
  check.eq({ p:all_cached(), p:count(), p.n_hits }, { true, 5, 5 })
end)

check.test("an item of a map over a map begins when its own item is there", function()
  local p = plan.new(build(function() square:with { id = "second" }:map { x = square:map { x = numbers() } } end),
    data_world {}, {})
  p:take()
  p:finish(1, digest "list 2", true)
  check.eq(states(p),
    "numbers done, square wait, second wait, square[1] ready, square[2] ready, second[1] wait, second[2] wait")
  p:finish(p:take(), digest "a", true)
  check.eq(states(p),
    "numbers done, square wait, second wait, square[1] done, square[2] ready, second[1] ready, second[2] wait")
end)

check.test("the list of a map is that of a fan-in of its items", function()
  local function key(define)
    local p = plan.new(build(define), data_world {}, {})
    run_all(p, {},
      function(node) if node[ID] == "numbers" then return digest "list 2" end return digest(node[STEP].name) end)
    return p:key(p.graph.by_id.sum[graph.POSITION])
  end
  check.eq(key(function() sum { xs = square:map { x = numbers() } } end) ==
    key(function() sum { xs = { square { x = 1 }, square:with { id = "b" } { x = 2 } } } end), true)
end)

check.test("an item that fails fails the map and skips what takes it whole", function()
  local p = plan.new(build(function() sum { xs = square:map { x = numbers() } } end), data_world {}, {})
  p:take()
  p:finish(1, digest "list 2", true)
  local skipped = p:fail(p:take())
  check.eq(states(p), "numbers done, square failed, sum skipped, square[1] failed, square[2] ready")
  check.eq(skipped, { 3 })
end)

check.test("what is no list fails the map with the reason", function()
  local p = plan.new(build(function() sum { xs = square:map { x = numbers() } } end), data_world {}, {})
  p:take()
  p:finish(1, digest "other", true)
  check.eq(states(p), "numbers done, square ready, sum wait")
  check.eq(p:known_error(p:take()), 'map: input "x": expected a list, found something else')
end)

local function branches()
  local value = dynamic.when(asks(),
    { function() return square { x = 1 } end, otherwise = function() return source() end })
  square:with { id = "last" } { x = value }
end

check.test("a condition skips one branch, and what takes the result takes the other's", function()
  local p = plan.new(build(branches), data_world {}, {})
  check.eq(states(p), "asks ready, square wait, source wait, when_asks wait, last wait")
  check.eq(run_all(p, {}, makes("", "true")), "asks square last")
  check.eq(states(p), "asks done, square done, source skipped, when_asks done, last done")
  check.eq({ p:skip_reason(3), p:count_skipped(), p:next_skipped(), p:next_skipped() },
    { "condition was true (asks)", 1, 3 })
  check.eq(p:output_digests(4), p:output_digests(2))
  p = plan.new(build(branches), data_world {}, {})
  check.eq(run_all(p, {}, makes("", "false")), "asks source last")
  check.eq(p:skip_reason(2), "condition was false (asks)")
end)

check.test("with its condition known a plan of hits is all cached, less what is skipped", function()
  local cache = {}
  run_all(plan.new(build(branches), data_world(cache), {}), cache, makes("", "true"))
  local p = plan.new(build(branches), data_world(cache), {})
  check.eq(states(p), "asks hit, square hit, source skipped, when_asks hit, last hit")
  check.eq({ p:all_cached(), p:count_skipped(), p:count() }, { true, 1, 4 })
end)

check.test("a lost output of an item is made again, and the list is another if it is", function()
  local cache = {}
  local function define() sum { xs = square:map { x = numbers() } } end
  run_all(plan.new(build(define), data_world(cache), {}), cache, makes "list 2")
  for key, found in pairs(cache) do if found.outs == digest "sum:1" then cache[key] = nil end end
  local p = plan.new(build(define), data_world(cache), {})
  local at = p:take()
  local key = p:key(at)
  check.eq(p:recover(at, digest "square[1]:1", "lost"), { 4 })
  check.eq(states(p), "numbers hit, square wait, sum wait, square[1] ready, square[2] hit")
  check.eq(run_all(p, {}, function(node) return node[ID] == "square[1]" and digest "other" end), "square[1] sum")
  check.eq(p:key(at) == key, false, "the key is over the list as it is")
  check.eq(states(p), "numbers hit, square done, sum done, square[1] done, square[2] hit")
end)

-- ---- single flight ----

check.test("a key that another process has is asked for until it is ours, or a hit", function()
  local answers = { source = { "wait", "wait", "mine" }, square = { "wait", "hit" }, silent = { "mine" } }
  local world = world_of {}
  function world.claim(_, _, node)
    local answer = table.remove(answers[node[ID]], 1)
    if answer == "hit" then return "hit", 77, digest "theirs" end
    return answer
  end
  local p = plan.new(build(chain), world, {})
  check.eq({ p:take(), p.elsewhere }, { nil, { 1 } })
  p:poll_elsewhere()
  check.eq({ p:take(), p.elsewhere }, { nil, { 1 } })
  p:poll_elsewhere()
  check.eq(p:take(), 1)
  p:finish(1, digest "s", true)
  check.eq(p:take(), nil)
  p:poll_elsewhere()
  check.eq(states(p), "source done, square hit, silent ready")
  check.eq({ p:result_row(2), p:output_digests(2) }, { 77, digest "theirs" })
  check.eq(p:take(), 3)
end)

check.test("what is not cached is nobody else's business", function()
  local world = world_of({}, { source = "it uses the clock" })
  world.claim = function() error "asked" end
  check.eq(plan.new(build(function() source() end), world, {}):take(), 1)
  world = world_of {}
  world.claim = function() error "asked" end
  check.eq(plan.new(build(function() source() end), world, { cache = false }):take(), 1)
end)

check.test("a plan of a wiring alone knows nothing, and every node waits", function()
  local p = plan.of_wiring(build(chain))
  check.eq(states(p), "source wait, square wait, silent wait")
  check.eq({ p:count(), p:is_ready(), p:is_cached(1), p:output_digests(1) or "unknown" },
    { 3, false, false, "unknown" })
end)

check.done()
