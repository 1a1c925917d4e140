-- suggest_test.lua -- "did you mean": rille.suggest.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local suggest = require "rille.base.suggest"

local NAMES = { "inputs", "outputs", "params", "run", "cache", "version" }

check.test("a name with one slip is near", function()
  check.eq(suggest.nearest("ouputs", NAMES), "outputs")       -- one left out
  check.eq(suggest.nearest("outtputs", NAMES), "outputs")     -- one too many
  check.eq(suggest.nearest("cachr", NAMES), "cache")          -- another one
  check.eq(suggest.nearest("prams", NAMES), "params")
  check.eq(suggest.nearest("rnu", NAMES), "run")              -- two swapped
end)

check.test("capitals are near", function()
  check.eq(suggest.nearest("Inputs", NAMES), "inputs")
  check.eq(suggest.nearest("x", { "X", "y" }), "X")
end)

check.test("a long name may have several slips, a short one a single", function()
  check.eq(suggest.nearest("verzionn", NAMES), "version")
  check.eq(suggest.nearest("ron", NAMES), "run")
  check.eq(suggest.nearest("rxx", NAMES), nil)
end)

check.test("a name of one letter is near to no other letter", function()
  check.eq(suggest.nearest("y", { "x" }), nil)
  check.eq(suggest.nearest("", { "x" }), nil)
end)

check.test("the beginning of a name is near when nothing else is", function()
  check.eq(suggest.nearest("stat", { "status", "steps" }), "status")
  check.eq(suggest.nearest("ver", NAMES), "version")
  check.eq(suggest.nearest("ve", NAMES), nil)
end)

check.test("of names equally near the first by the alphabet is told, in any order", function()
  check.eq(suggest.nearest("abx", { "abz", "aby" }), "aby")
  check.eq(suggest.nearest("abx", { "aby", "abz" }), "aby")
end)

check.test("what is no string is passed over", function()
  check.eq(suggest.nearest("abc", { 5, true, "abd" }), "abd")
  check.eq(suggest.hint(5, { "a" }), "; available: a")
end)

check.test("a hint is the near name, or all when they are few, or nothing", function()
  check.eq(suggest.hint("ouputs", NAMES), '; did you mean "outputs"?')
  check.eq(suggest.hint("zzzzzz", { "b", "a" }), "; available: a, b")
  check.eq(suggest.hint("zzzzzz", {}), "")
  local many = {}
  for i = 1, 13 do many[i] = "name" .. i end
  check.eq(suggest.hint("zzzzzz", many), "")
end)

check.test("a hint leaves the names as they were", function()
  local names = { "b", "a" }
  suggest.hint("zzzzzz", names)
  check.eq(names, { "b", "a" })
end)

check.test("a misspelling is of every word of a name", function()
  for name, other in pairs { gama = "gamma", Gamma = "gamma", min_dept = "min_depth", test_siz = "test_size",
    tests = "test", c = "C" } do
    check.eq(suggest.misspelt(name, { "zebra", other }), other, name)
  end
  for name, other in pairs { max_depth = "min_depth", x2 = "x1", alpha2 = "alpha", dx = "dy", l2 = "lr",
    train_size = "test_size", lat = "lon" } do
    check.eq(suggest.misspelt(name, { other }), nil, name)
  end
end)

check.test("names that are listed are shortened", function()
  check.eq(suggest.hint("x", { ("é"):rep(5000) }), "; available: " .. ("é"):rep(28) .. "...")
end)

check.test("has", function()
  check.eq({ suggest.has("run", NAMES), suggest.has("rn", NAMES) }, { true, false })
end)

check.done()
