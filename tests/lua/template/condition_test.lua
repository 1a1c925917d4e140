-- condition_test.lua -- the conditions of templates: what they mean, and what is refused.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local condition = require "rille.template.condition"

local SCOPE <const> = { tuning = { type = "boolean" }, checks = { type = "boolean" }, url = { type = "text" },
  license = { type = "choice", choices = { "apache", "mit", "none" } }, folds = { type = "integer" } }
local VALUES <const> = { tuning = true, checks = false, url = "", license = "mit", folds = 3 }

local function fail(fmt, ...) error(string.format(fmt, ...), 0) end

local function value(text, values) return condition.parse(text, SCOPE, fail)(values or VALUES) end

local function refused(text)
  local ok, message = pcall(condition.parse, text, SCOPE, fail)
  check.ok(not ok, text .. " was taken")
  return message
end

check.test("names, texts and numbers are compared", function()
  check.eq(value "tuning", true)
  check.eq(value "not tuning", false)
  check.eq(value "license == 'mit'", true)
  check.eq(value '"mit" ~= license', false)
  check.eq(value 'url == ""', true)
  check.eq(value "folds == 3", true)
  check.eq(value "folds ~= 3.0", false)
  check.eq(value "tuning == checks", false)
  check.eq(value 'url == "a\\"b"', false)
end)

check.test("operators bind as in Lua", function()
  local names = { "a", "b", "c" }
  local scope = { a = { type = "boolean" }, b = { type = "boolean" }, c = { type = "boolean" } }
  for _, text in ipairs { "a or b and c", "a and b or c", "not a and b", "not a == b", "a == b or c",
    "a ~= b and not c", "(a or b) and c", "not (a or b)", "not not a", "a == (b or c)", "true and a or false" } do
    local ours = condition.parse(text, scope, fail)
    for bits = 0, 7 do
      local values = {}
      for i, name in ipairs(names) do values[name] = bits >> (i - 1) & 1 == 1 end
      check.eq(ours(values), load("return " .. text, "=x", "t", values)(), text)
    end
  end
end)

check.test("what is no condition is refused, with what to do", function()
  check.eq(refused "tunning", 'there is no parameter tunning; did you mean "tuning"?')
  check.eq(refused "url", 'url is a text; compare it, as in url == ""')
  check.eq(refused "license", 'license is a choice; compare it, as in license == "apache"')
  check.eq(refused "license == 'mitt'", '"mitt" is not a choice of license; did you mean "mit"?')
  check.eq(refused "folds == 'three'", "folds is an integer and cannot equal three, a text")
  check.eq(refused "tuning and", "the condition has no end: a name or a value is missing")
  check.eq(refused "(tuning", "a ( has no )")
  check.eq(refused "", "the condition is empty")
  check.eq(refused "tuning checks", "checks is not expected here")
  check.eq(refused "url == 'a", "the text that begins with 'a has no end")
  check.eq(refused "'yes'", "yes is a text, and neither true nor false")
  check.eq(refused "and tuning", "a name or a value is expected before and")
  check.eq(refused "folds == 3 == 3", "== is not expected here")
  check.has(refused "folds > 3", "> is not understood; a condition has names")
  check.has(refused "os.exit()", ".exit() is not understood")
end)

-- Words in any order are a condition for us where they are one for Lua, and then mean the same.  Left out is what Lua
-- has and we have not: calls, and a comparison of a comparison.
check.test("random words are a condition where Lua says so, and mean the same", function()
  local words = { "a", "b", "not", "and", "or", "==", "~=", "(", ")", "true", "false" }
  local scope = { a = { type = "boolean" }, b = { type = "boolean" } }
  local seed, taken = math.tointeger(tonumber(os.getenv "RILLE_SEED")) or 1, 0
  for round = 1, 4000 do
    math.randomseed(seed, round)
    local list = {}
    for i = 1, math.random(1, 9) do list[i] = words[math.random(#words)] end
    local text = table.concat(list, " ")
    local compared = select(2, text:gsub("[=~]=", ""))
    if compared < 2 and not text:find "[abe%)] %(" then
      local ok, ours = pcall(condition.parse, text, scope, fail)
      local lua = load("return " .. text)
      check.eq(ok, lua ~= nil, text .. ": " .. tostring(ours))
      for bits = 0, ok and 3 or -1 do
        local values = { a = bits & 1 == 1, b = bits & 2 == 2 }
        check.eq(ours(values), load("return " .. text, "=x", "t", values)(), text)
        taken = taken + 1
      end
    end
  end
  check.ok(taken > 500, taken .. " values")
end)

check.done()
