-- step_output: what steps print, in groups.
--
-- A step that runs alone is heard while it runs; otherwise what it prints is held
-- until it ends, or what two print would stand in each other's lines.  A group is
-- under a line with the step's id; whole lines only.
--
--   local p = printed.new(put)       put(id | nil, text): text of whole lines; id
--                                    where another step's group begins
--   p:add(i, id, text, alone)        step i printed text
--   p:finish(i, id)                  it has ended, all of it goes out
--   p:flush()                        the run has

local format = require "rille.base.format"

local step_output = {}

local MOST <const> = 1 << 20         -- bytes held of a step: the last ones

local Printed = {}
Printed.__index = Printed

local function put(self, i, id, text)
  if text == "" then return end
  self.put(self.last ~= i and id or nil, text)
  self.last = i
end

-- Whole lines go out, what is behind the last end of a line stays.
local function put_lines(self, i, id)
  local lines, rest = self.held[i]:match "^(.*\n)([^\n]*)$"
  if not lines then return end
  self.held[i] = rest
  put(self, i, id, lines)
end

function Printed:add(i, id, text, alone)
  local held = (self.held[i] or "") .. text
  self.held[i], self.ids[i] = held, id
  if alone then put_lines(self, i, id)
  elseif #held > 2 * MOST then
    local kept = held:sub(-MOST):match "\n(.+)$" or held:sub(-MOST)
    self.held[i], self.left_out[i] = kept, (self.left_out[i] or 0) + #held - #kept
  end
end

function Printed:finish(i, id)
  local text, left_out = self.held[i], self.left_out[i]
  self.held[i], self.ids[i], self.left_out[i] = nil, nil, nil
  if left_out then text = format.left_out(left_out) .. text end
  if text and text ~= "" then put(self, i, id, text:sub(-1) == "\n" and text or text .. "\n") end
  -- what comes next has a head of its own
  if self.last == i then self.last = nil end
end

function Printed:flush()
  local list = {}
  for i in next, self.held do list[#list + 1] = i end
  table.sort(list)
  for _, i in ipairs(list) do self:finish(i, self.ids[i]) end
end

---@param on_text fun(id: string?, text: string)
function step_output.new(on_text) return setmetatable({ put = on_text, held = {}, ids = {}, left_out = {} }, Printed) end

return step_output
