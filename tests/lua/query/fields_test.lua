-- fields_test.lua -- what is said of a text that is no field: by C, as base/suggest.lua would say it.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local fields = require "rille.query.fields"
local parser = require "rille.host.filter"
local suggest = require "rille.base.suggest"

check.test("the nearest of random names is the same in C and in Lua", function()
  math.randomseed(tonumber(os.getenv "RILLE_SEED") or 1)
  local function name()
    local letters = {}
    for i = 1, math.random(1, 7) do letters[i] = ("abAB_1"):sub(math.random(6)):sub(1, 1) end
    return table.concat(letters)
  end
  for _ = 1, 3000 do
    local names, text = {}, name()
    for i = 1, math.random(0, 6) do names[i] = name() end
    local near = not suggest.has(text, names) and suggest.nearest(text, names)
    local said = parser.hint("run", text, names, {})
    -- a field of ours may be nearer; those come before
    if near and not said:find "params%." then
      check.has(said, "did you mean")
      check.ok(not said:find("params." .. near, 1, true), text)
    elseif near then check.eq(said, string.format("; did you mean %q?", "params." .. near)) end
    if not near and not suggest.has(text, names) then check.ok(not said:find "params%.", text .. said) end
  end
end)

check.test("a parameter or metric of that name comes before a field that is near", function()
  check.eq(parser.hint("run", "statu", { "statu" }, {}), '; did you mean "params.statu"?')
  check.eq(parser.hint("run", "statu", {}, { "statu" }), '; did you mean "metric.statu"?')
  check.eq(parser.hint("run", "statu", { "stat" }, {}), '; did you mean "status"?')
end)

check.test("without a near name the help is named, or the fields where they are few", function()
  check.eq(fields.hint("run", "zzzzzz"), "; the fields are listed in rille help runs")
  check.eq(fields.hint("artifact", "zzzzzz"), "; available: created, metric.NAME, metric.STEP.NAME, name, params.NAME, "
    .. "pipeline, run, size, stack, tag, type, version")
end)

check.test("the field of names is the thing's own, a parameter or a metric", function()
  check.eq(parser.field("run", { "git", "sha" }), "git.sha")
  check.eq(parser.field("artifact", { "git", "sha" }), nil)
  check.eq(parser.field("run", { "metrics", "a", "b" }), { "metric", "a", "b" })
  check.eq(parser.field("run", { "params", "a", "b", "c", "d" }), { "params", "a", "b", "c", "d" })
  for _, names in ipairs { { "params" }, {}, { "metric", "a", "b", "c" } } do
    check.eq(parser.field("run", names), nil)
  end
end)

check.done()
