-- step_output: groups what steps print, so that lines of two steps never mix.
--
-- The lines of a step that runs alone are passed on at once, those of others when the step ends.  Each group begins
-- with the id of its step.

local format = require "rille.base.format"
local text_width = require "rille.base.text_width"

local step_output = {}

local MOST <const> = 1 << 20         -- bytes held of a step: the last ones

---@class rille.step_output
---@field on_text fun(id: string?, text: string) takes whole lines; id: a group begins
---@field held table<integer, string> text that was not passed on, by position
---@field ids table<integer, string>
---@field left_out table<integer, integer> bytes that were dropped
---@field said table<integer, true> steps that had text passed on
---@field last integer? the step of the last group
local Output = { __name = "output of steps" }
Output.__index = Output

local function put(self, i, id, text)
  if text == "" then return end
  self.on_text(self.last ~= i and id or nil, text)
  self.last, self.said[i] = i, true
end

-- Passes whole lines on; the rest of a line stays.
local function put_lines(self, i, id)
  local lines, rest = self.held[i]:match "^(.*\n)([^\n]*)$"
  if not lines then return end
  self.held[i] = rest
  put(self, i, id, lines)
end

-- A step printed text.
---@param i integer
---@param id string
---@param text string
---@param alone boolean no other step is running
function Output:add(i, id, text, alone)
  local held = (self.held[i] or "") .. text
  self.held[i], self.ids[i] = held, id
  if alone then put_lines(self, i, id)
  elseif #held > 2 * MOST then
    local kept = held:sub(-MOST):match "\n(.+)$" or text_width.tail(held, MOST)
    self.held[i], self.left_out[i] = kept, (self.left_out[i] or 0) + #held - #kept
  end
end

-- A step has ended: all of its text is passed on.
---@param i integer
---@param id string
---@return boolean said there was text
function Output:finish(i, id)
  local text, left_out = self.held[i], self.left_out[i]
  self.held[i], self.ids[i], self.left_out[i] = nil, nil, nil
  if left_out then text = format.left_out(left_out) .. text end
  if text and text ~= "" then put(self, i, id, text:sub(-1) == "\n" and text or text .. "\n") end
  -- what this step prints in another attempt is another group
  if self.last == i then self.last = nil end
  local said = self.said[i] or false
  self.said[i] = nil
  return said
end

-- The run has ended.
function Output:flush()
  local list = {}
  for i in next, self.held do list[#list + 1] = i end
  table.sort(list)
  for _, i in ipairs(list) do self:finish(i, self.ids[i]) end
end

---@param on_text fun(id: string?, text: string)
function step_output.new(on_text)
  return setmetatable({ on_text = on_text, held = {}, ids = {}, left_out = {}, said = {} }, Output)
end

return step_output
