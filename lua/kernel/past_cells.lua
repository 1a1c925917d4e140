-- past_cells: what history_request asks for: the cells of this kernel, and before them the entries of the prompt's
-- history (repl/history.lua), which cells go to, too.
--
-- An item is { session, number, code, output }: session 1 is what was before, 2 is this kernel.

local history = require "rille.repl.history"
local json = require "rille.json"
local rich = require "rille.kernel.rich"

local past_cells = {}

local BEFORE <const>, THIS <const> = 1, 2

---@class PastCells
---@field file table
---@field items table[]? loaded when they are asked for
---@field new table[] of this kernel
local PastCells = {}
PastCells.__index = PastCells

---@return PastCells
function past_cells.new()
  return setmetatable({ file = history.open(), new = {} }, PastCells)
end

---@param number integer
---@param code string
---@param output string? text of the result
function PastCells:add(number, code, output)
  self:all()
  local item = { THIS, number, rich.clean(code), output and rich.clean(output) or json.null }
  self.new[#self.new + 1], self.items[#self.items + 1] = item, item
  self.file:add(code)
end

function PastCells:all()
  if not self.items then
    self.items = {}
    for i, text in ipairs(self.file:entries()) do self.items[i] = { BEFORE, i, rich.clean(text), json.null } end
  end
  return self.items
end

-- The last n of a list.
local function tail(list, n)
  return table.move(list, math.max(1, #list - n + 1), #list, 1, {})
end

-- Lua's pattern for a glob of * and ?, which must match the whole text.
local function pattern_of(glob)
  local escaped = glob:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".")
  return "^" .. escaped .. "$"
end

local function found(self, content)
  local pattern, list, seen = pattern_of(content.pattern or "*"), {}, {}
  local all = self:all()
  for i = #all, 1, -1 do
    local code = all[i][3]
    if code:find(pattern) and not (content.unique and seen[code]) then
      seen[code] = true
      table.insert(list, 1, all[i])
    end
  end
  return list
end

-- Session 0 and below count from this one.
local function in_range(self, content)
  local session = content.session or 0
  if session <= 0 then session = THIS + session end
  local list = {}
  for _, item in ipairs(self:all()) do
    if item[1] == session and item[2] >= (content.start or 1) and item[2] < (content.stop or math.huge) then
      list[#list + 1] = item
    end
  end
  return list
end

-- The content of history_reply.
---@param content table of the request
---@return table
function PastCells:reply(content)
  local kind, list = content.hist_access_type
  if kind == "range" then list = in_range(self, content)
  elseif kind == "search" then list = found(self, content)
  else list = self:all() end
  if kind ~= "range" then list = tail(list, math.tointeger(content.n) or #list) end
  local made = {}
  for i, item in ipairs(list) do
    made[i] = json.array { item[1], item[2], content.output and json.array { item[3], item[4] } or item[3] }
  end
  return { status = "ok", history = json.array(made) }
end

return past_cells
