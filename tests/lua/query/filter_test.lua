-- filter_test.lua -- conditions on runs as people write them: the trees they become.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local filter = require "rille.query.filter"

-- The tree that the text becomes, the fields with names inside, and how they were written.
local function read(text)
  local query = filter.new()
  filter.where(query, text)
  return query:condition(), query.shown, query.names
end

local function refused(text, message)
  local ok, problem = pcall(read, text)
  check.ok(not ok, text)
  check.has(problem.usage, message)
end

local function is(field, cmp, value) return { field = field, cmp = cmp, value = value } end

check.test("a comparison is a field, an operator and a value", function()
  check.eq({ read "status = completed" }, { is("status", "=", "completed"), {}, {} })
  check.eq((read "seconds >= 1.5"), is("seconds", ">=", 1.5))
  check.eq((read "number == 3"), is("number", "=", 3))
  check.eq((read 'script ~= "a b.lua"'), is("script", "<>", "a b.lua"))
end)

check.test("words are numbers, truth, null, or texts", function()
  check.eq({ (read "ran = true").value, (read "ran = false").value, (read "ran = inf").value,
    (read "ran = -inf").value },
    { 1, 0, math.huge, -math.huge })
  check.eq((read "reason = null"), is("reason", "=", nil))
  check.eq({ (read "name = 'null'").value, (read "name = 'inf'").value, (read "name = '7'").value },
    { "null", "inf", "7" })
  local nan = (read "ran = nan").value
  check.ok(nan ~= nan)
end)

check.test("parameters and metrics are paths, and are met once", function()
  local tree, shown, names =
    read('params.opt.rate > 1 and params."a b".c = x and metrics.acc.top > 0 and metric."a.b" = 1 '
      .. "and params.opt.rate < 2")
  check.eq(tree[1].field, { "params", "opt", "rate" })
  check.eq(tree[2].field, { "params", "a b", "c" })
  check.eq({ tree[3].field, tree[4].field }, { { "metric", "acc", "top" }, { "metric", "a.b" } })
  check.eq(tree[5].field, { "params", "opt", "rate" })
  check.eq({ #shown, names }, { 4, { "params.opt.rate", "params.a b.c", "metric.acc.top", 'metric."a.b"' } })
  refused("metric.a.b.c > 1", 'unknown field "metric.a.b.c"; put a name with a dot in it in quotes, as in '
    .. 'metric.a."b.c"')
end)

check.test("and binds more than or, not more than and, and brackets most", function()
  local a, b, c = is("ran", "=", 1), is("cached", "=", 2), is("failed", "=", 3)
  check.eq((read "ran = 1 or cached = 2 and failed = 3"), { op = "or", a, { op = "and", b, c } })
  check.eq((read "(ran = 1 or cached = 2) and failed = 3"), { op = "and", { op = "or", a, b }, c })
  check.eq((read "not ran = 1 and cached = 2"), { op = "and", { op = "not", a }, b })
  check.eq((read "not (ran = 1 and cached = 2)"), { op = "not", { op = "and", a, b } })
  check.eq((read "ran = 1 and cached = 2 and failed = 3"), { op = "and", a, b, c })
  check.eq((read "((ran = 1))"), a)
end)

check.test("conditions that are added all have to hold", function()
  local query = filter.new()
  check.eq(query:condition(), nil)
  query:add { field = "tag", cmp = "=", value = "best" }
  filter.where(query, "ran = 1 or ran = 2")
  check.eq(query:condition(),
    { op = "and", is("tag", "=", "best"), { op = "or", is("ran", "=", 1), is("ran", "=", 2) } })
end)

check.test("a tag is there or not", function()
  check.eq((read "tag = best"), is("tag", "=", "best"))
  check.eq((read "tag != 7"), is("tag", "<>", "7"))
  refused("tag < best", "a tag has no order and no value")
  refused("tag = null", "a tag has no order and no value")
end)

check.test("a value that a field never has is refused, as nothing would match", function()
  refused("metric.acc > high", "metric.acc: expected a number, found high\n  metric.acc > high\n               ^")
  refused("seconds > 1s", "seconds: expected a number, found 1s")
  refused("status = complet", 'status is never "complet"; did you mean "completed"?')
  refused("git.dirty = yes", 'git.dirty is never "yes"; available: false, true')
  check.eq((read 'metric.acc > "0.5"'), is({ "metric", "acc" }, ">", 0.5))
  check.eq((read "metric.acc = null").value, nil)
  check.eq((read "metric.acc = inf").value, math.huge)
  check.eq((read "status != failed"), is("status", "<>", "failed"))
  check.eq((read "git.dirty = true").value, 1)
end)

check.test("a mistake is shown at its place", function()
  refused("statu = x", 'unknown field "statu"')
  refused("statu = x", "\n  statu = x\n  ^")
  refused("ran 3", "expected = != < <= > or >=, found 3\n  ran 3\n      ^")
  refused("ran =", "expected a value, found the end")
  refused("ran = 1 cached = 2", 'expected "and" or "or", found cached')
  refused("(ran = 1", 'expected ")", "and" or "or", found the end')
  refused("ran =< 1", 'unknown operator "=<"')
  refused("started > soon", "expected a time")
  refused("params = 1", 'unknown field "params"')
  refused("ran = ;", 'unexpected ";"')
  refused("", "expected a field, found the end")
  refused(("("):rep(101) .. "ran = 1", "more than 100 nested conditions")
  refused(("not "):rep(101) .. "ran = 1", "more than 100 nested conditions")
end)

check.test("an order is a field and a direction", function()
  local query = filter.new()
  check.eq({ filter.sort(query, "seconds") }, { "seconds", false })
  check.eq({ filter.sort(query, "seconds:asc") }, { "seconds", true })
  check.eq({ filter.sort(query, "metric.acc:desc") }, { { "metric", "acc" }, false })
  check.eq({ query.shown, query.names }, { { { "metric", "acc" } }, { "metric.acc" } })
  for text, message in pairs { ["seconds:up"] = "expected FIELD, FIELD:asc or FIELD:desc",
    second = 'unknown field "second"', [""] = 'unknown field ""', tag = "tags have no order; find them with --tag" } do
    local ok, problem = pcall(filter.sort, query, text)
    check.ok(not ok, text)
    check.has(problem.usage, message)
  end
end)

check.done()
