-- cachelib_test.lua -- looking results up: rille.host.meta's cache.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local fx = require "record_fixture"
local sha = fx.sha

-- A store with n steps "s1" ... whose outputs are their numbers.
local function store(n, dir)
  local m = fx.open(dir)
  local run, steps = fx.begin(m), {}
  for i = 1, n do steps[i] = fx.step("s" .. i, i, tostring(i)) end
  check.ok(m:commit(run.row, steps, fx.finish(steps)))
  return m, steps
end

check.test("many small values are read at once, others are not", function()
  local m <close> = fx.open()
  local run, large = fx.begin(m), fx.object("large", 1000)
  local noted = fx.value("noted", { metadata = "{}" })
  check.ok(m:commit(run.row, { fx.step("a", 1, "one"), fx.step("b", 2, large), fx.step("c", 3, noted) }))
  local one = fx.value "one"
  local list = m:inlines(one.digest .. large.digest .. noted.digest .. sha "nothing" .. one.digest)
  local member = one.members[1]
  local first = { one.digest, "string", "string", 1, false, "value", member.digest, "one" }
  check.eq(list, { first, false, false, false, first })
  check.eq(m:inlines "", {})
  check.raises(function() m:inlines "short" end, "expected digests")
  -- the view of many is given up: what others write is seen
  check.ok(m:commit(run.row, { fx.step("d", 4, "two") }))
  check.eq(m:inlines(fx.value("two").digest)[1][8], "two")
end)

for _, how in ipairs { { "loaded", 1000 }, { "queried", 1 } } do
  local name, n = how[1], how[2]

  check.test("every key is found, others are not, " .. name, function()
    local m <close>, steps = store(200)
    local c = check.ok(m:cache(n))
    check.eq(c:loaded(), n > 1 and 200 or 0)
    for i, s in ipairs(steps) do
      check.eq({ c:get(s.key) }, { i, s.outputs[1][2].digest, 0 })
    end
    check.eq({ c:get(sha "unknown") }, {})
    check.eq({ c:get(steps[1].key, 2) }, {})
    check.eq({ c:get(steps[1].key, 0) }, {})
  end)

  check.test("the newest record of a key comes first, older ones follow, " .. name, function()
    local m <close> = store(2)
    local run = fx.begin(m)
    check.ok(m:commit(run.row, { fx.step("s1", 1, "other"), fx.step("s1", 1, "third") }))
    local c = m:cache(n)
    local outs = {}
    for i = 1, 4 do outs[i] = select(2, c:get(sha "key s1", i)) end
    check.eq(outs, { fx.value("third").digest, fx.value("other").digest, fx.value("1").digest })
  end)

  check.test("records written after the cache was made are seen, " .. name, function()
    local m <close> = store(70)
    local c = m:cache(n)
    check.eq({ c:get(sha "key late") }, {})
    local run = fx.begin(m)
    local late = fx.step("late", 1, "late value")
    check.ok(m:commit(run.row, { late, fx.step("s1", 2, "newer") }))
    check.eq(c:get(sha "key late"), late.row)
    check.eq(select(2, c:get(sha "key s1")), fx.value("newer").digest)
    check.eq(select(2, c:get(sha "key s1", 2)), fx.value("1").digest)
  end)

  check.test("a failed commit leaves no hit behind, " .. name, function()
    local m <close> = store(70)
    local c = m:cache(n)
    local run = fx.begin(m)
    check.eq(m:commit(run.row, { fx.step("late", 1, "v"), fx.step("b", 2, "w", { inputs = { { "x", sha "none" } } }) }),
      nil)
    check.eq({ c:get(sha "key late") }, {})
    check.ok(c:get(sha "key s1"))
  end)

  check.test("reads come with the record, " .. name, function()
    local m <close> = fx.open()
    local run = fx.begin(m)
    m:commit(run.row, { fx.step("a", 1, "v", { reads = "what\0it read" }), fx.step("b", 2, "w", { reads = "" }) })
    local c = m:cache(n)
    check.eq(select(4, c:get(sha "key a")), "what\0it read")
    check.eq(select(4, c:get(sha "key b")), "")
  end)

  check.test("several outputs come in order, with their objects counted, " .. name, function()
    local m <close> = fx.open()
    local run = fx.begin(m)
    local big, small = fx.object("big", 1 << 20), fx.value "small"
    m:commit(run.row, { fx.step("a", 1, "", { outputs = { { "x", big }, { "y", small }, { "z", big } } }),
      fx.step("none", 2, "", { outputs = {} }) })
    local c = m:cache(n)
    check.eq({ c:get(sha "key a") }, { 1, big.digest .. small.digest .. big.digest, 2 })
    check.eq({ c:get(sha "key none") }, { 2, "", 0 })
  end)

  check.test("a damaged record is no hit, " .. name, function()
    for _, change in ipairs { "objects = 1", "step_run = step_run + 7", "observed = 1",
      "outs = zeroblob(32)", "outs = 'x'", "sum = sum + 1" } do
      local dir = fx.folder()
      store(3, dir):close()
      check.ok(os.execute(("sqlite3 %s/meta.db \"update record set %s where step_run = 2\""):format(dir, change)))
      local m <close> = fx.open(dir)
      local c = m:cache(n)
      check.eq({ c:get(sha "key s2") }, {}, change)
      check.ok(c:get(sha "key s1"))
      check.has(m:check()[1].message, change:find "step_run" and "refers to a row" or "is damaged")
    end
  end)
end

check.test("a small plan beside a long history asks for each key", function()
  local m <close> = store(600)
  check.eq(m:cache(64):loaded(), 0)
  check.eq(m:cache(63):loaded(), 0)
  check.eq(m:cache(100):loaded(), 600)
end)

check.test("while a view is held, queries see what was there", function()
  local dir = fx.folder()
  local m <close> = store(3, dir)
  local other <close> = fx.open(dir)
  check.ok(other:hold())
  check.eq(#other:runs(), 1)
  local run = fx.begin(m)
  m:commit(run.row, { fx.step("late", 1, "v") })
  local c = other:cache(1)
  check.eq({ c:get(sha "key late") }, {})
  other:release()
  check.ok(c:get(sha "key late"))
  other:hold()
  check.ok(fx.begin(other), "writing ends the view")
end)

check.test("only artifacts of one inline member are given at once", function()
  local m <close> = fx.open()
  local run = fx.begin(m)
  local two = { type = "table", materializer = "table", version = 3, size = 3,
    members = { { name = "a", digest = sha "a", size = 1, bytes = "a" },
      { name = "b", digest = sha "bc", size = 2, bytes = "bc" } },
    metadata = '{"n":2}', preview = "two of them" }
  two.digest = fx.digest_of(two)
  local object = fx.object("big", 99)
  m:commit(run.row,
    { fx.step("x", 1, "bytes\0here"), fx.step("e", 2, ""), fx.step("t", 3, two), fx.step("o", 4, object) })
  check.eq({ m:inline(fx.value("bytes\0here").digest) }, { "string", "string", 1, "bytes\0here", "value" })
  check.eq({ m:inline(fx.value("").digest) }, { "string", "string", 1, "", "value" })
  check.eq({ m:inline(two.digest) }, {})
  check.eq({ m:inline(object.digest) }, {})
  check.eq({ m:inline(sha "unknown") }, {})
  local a = m:artifact(two.digest)
  a.id = nil
  check.eq(a, two)
  a = m:artifact(object.digest)
  a.id = nil
  check.eq(a, object)
  check.eq(m:artifact(sha "unknown"), nil)
end)

check.test("misuse raises: a short key, a closed cache, a closed store", function()
  local m = store(1)
  local c, d = m:cache(1), m:cache(1)
  check.raises(function() c:get "short" end, "32 bytes")
  d:close()
  d:close()
  check.raises(function() d:get(sha "k") end, "closed")
  m:close()
  check.raises(function() c:get(sha "k") end, "closed")
end)

fx.clean()
check.done()
