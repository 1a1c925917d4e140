-- surplus: messages for arguments that a function does not take.
--
--   f:select("a", "b")    found 2 arguments, expected f:select(names); write f:select { "a", "b" }
--
-- Functions check that there are none, as nobody would read them (errors.check_self and errors.no_more, in C
-- bind_most), and load this file when there are.

local errors = require "rille.base.errors"
local origin = require "rille.host.origin"

local surplus = {}

-- What to write where several values are meant, by the call.
local INSTEAD <const> = {
  ["f:select"] = 'f:select { "a", "b" }', ["f:drop"] = 'f:drop { "a", "b" }',
  ["f:drop_missing"] = 'f:drop_missing { "a", "b" }', ["f:to_matrix"] = 'f:to_matrix { "a", "b" }',
  ["f:sort"] = 'f:sort { "a", "b" }',
  ["f:group_by"] = 'f:group_by({ "a", "b" }, { x = "mean" })',
  ["f:append"] = "frame.concat { f, g, h }", ["frame.concat"] = "frame.concat { f, g }",
  ["frame.new"] = 'frame.new { { "a", values }, { "b", values } }',
  ["frame.from_records"] = "frame.from_records { { x = 1 }, { x = 2 } }",
  ["frame.dates"] = 'frame.dates { "2026-11-22", "2026-11-23" }',
  ["a:take"] = "a:take { 1, 2 }", ["f:take"] = "f:take { 1, 2 }",
  ["array.from"] = "array.from { 1, 2, 3 }", ["array.concat"] = "array.concat { a, b }",
  ["array.zeros"] = "array.zeros { 2, 3 }", ["array.ones"] = "array.ones { 2, 3 }",
  ["preprocess.drop"] = 'preprocess.drop { "a", "b" }', ["preprocess.select"] = 'preprocess.select { "a", "b" }',
  ["preprocess.chain"] = "preprocess.chain { a, b }", ["c:fit"] = "preprocess.chain { c, MODEL }:fit(X, y)",
  ["csv.read"] = 'csv.read(path, { separator = ";", decimal = "," })',
}

local function plural(n, what) return string.format("%d %s%s", n, what, n == 1 and "" or "s") end

local function hint(call) return INSTEAD[call] and "; write " .. INSTEAD[call] or "" end

-- The parameters of a function of rille's from the first on; the baked code has no names of locals, its text has.
local function parameters(f, first)
  local info, names, n = debug.getinfo(f, "Su"), {}, 0
  local text = origin.text(info.source:match "[^:]*$")
  for line in text:gmatch "([^\n]*)\n" do
    n = n + 1
    if n == info.linedefined then
      for name in line:match("function%s*[%w_.:]*%((.-)%)"):gmatch "[%w_]+" do names[#names + 1] = name end
      break
    end
  end
  if info.nparams > #names then table.insert(names, 1, "self") end
  return table.move(names, first, #names, 1, {})
end

-- The number of arguments; nils at the end do not count.
local function count(...)
  local n = select("#", ...)
  while n > 0 and (select(n, ...)) == nil do n = n - 1 end
  return n
end

local function say(call, name, names, more)
  if more == 0 then return end
  errors.raise("%s: found %s, expected %s(%s)%s", name, plural(#names + more, "argument"), call,
    table.concat(names, ", "), hint(call))
end

-- A method got the arguments ... beyond its own.
---@param f function
---@param class string __name of the class
---@param name string
function surplus.method(f, class, name, ...)
  local var = require("rille.base.usage_hints").variable(class)
  say(var .. ":" .. name, name, parameters(f, 2), count(...))
end

-- The same of a function of a module.
---@param f function
---@param name string
function surplus.call(f, name, ...) say(name, name, parameters(f, 1), count(...)) end

-- The same of a function in C, which takes `most`.
---@param label string "a:sum"
---@param n integer
---@param most integer
function surplus.in_c(label, n, most)
  errors.raise("%s: found %s, expected %s%s", label, plural(n, "argument"),
    most == 0 and "none" or "at most " .. most, hint(label))
end

return surplus
