-- blame_head: the first line of rille blame, and how it writes numbers and changes.

local compare_value = require "rille.query.compare_value"
local diff_text = require "rille.show.diff_text"
local format = require "rille.base.format"
local hash = require "rille.host.hash"
local out = require "rille.show.out"
local project = require "rille.project"

local blame_head = {}

local put = out.line

-- Six decimals, fewer of large numbers; six digits where decimals would show nothing or too much.
local function form_of(...)
  local largest = 0.0
  for _, v in ipairs { ... } do largest = math.max(largest, math.abs(v)) end
  if largest < 1e-3 or largest >= 1e12 then return "%.6g" end
  return string.format("%%.%df", largest < 1e5 and 6 or largest < 1e8 and 3 or 0)
end

-- A difference with its sign; nil is nothing.
---@param session rille.blame.session
---@param v number?
---@return string
function blame_head.signed(session, v)
  if v == nil then return "" end
  local text = string.format(session.form:gsub("%%", "%%+"), v)
  return tonumber(text) == 0 and "0" or text
end

-- A change with its place.
---@param session rille.blame.session
---@param i integer
---@return string
function blame_head.suspect_name(session, i)
  local one = session.model.suspects[i]
  return one.label .. (one.where and " " .. one.where or "")
end

-- How an output differs.
local function output_text(goal)
  local a, b = project.meta:artifact(hash.unhex(goal.a)), project.meta:artifact(hash.unhex(goal.b))
  local difference = a and b and compare_value.artifacts(a, b)
  return difference and (diff_text.difference(difference)) or goal.a:sub(1, 12) .. " -> " .. goal.b:sub(1, 12)
end

local function short_outcome(text, message) return text == "completed" and text or "failed: " .. (message or text) end

local heads = {}

function heads.metric(session, what)
  local goal = session.goal
  session.form = form_of(goal.a, goal.b)
  local a, b = string.format(session.form, goal.a), string.format(session.form, goal.b)
  if goal:is_equal() then return put("%s is %s in both runs: nothing to explain", what, a) end
  put("%s  %s -> %s  (%s)", what, a, b, format.in_colour("bold", blame_head.signed(session, goal.b - goal.a)))
end

function heads.output(session, what)
  if session.goal:is_equal() then return put("%s is the same in both runs: nothing to explain", what) end
  put("%s  %s", what, output_text(session.goal))
end

function heads.status(session, what)
  local goal = session.goal
  if goal:is_equal() then return put("%s  both runs %s: nothing to explain", what, goal.a) end
  put("%s  %s -> %s", what, short_outcome(goal.a, goal.error_a), short_outcome(goal.b, goal.error_b))
end

-- Prints what moved.
---@param session rille.blame.session
function blame_head.put(session)
  local goal = session.goal
  local what = format.in_colour("bold", goal.kind)
  if goal.kind ~= "status" then what = string.format("%s %s.%s", what, goal.step, goal.name) end
  heads[goal.kind](session, what)
end

return blame_head
