-- field_columns: the fields that a listing was asked for, as columns of its table and as JSON.
--
-- shown are their names; row.shown[i] is the value of the i-th of a row, nil where it has none.

local format = require "rille.base.format"
local json = require "rille.json"
local terminal = require "rille.base.terminal"
local value_text = require "rille.base.value_text"

local field_columns = {}

local TIMES <const> = { started = true, created = true }

local function text_of(v, name)
  if v == nil then return "" end
  if TIMES[name] and type(v) == "number" then return format.time(v) end
  return type(v) == "number" and value_text.number(v) or tostring(v)
end

-- { [name] = value } as JSON.
---@param row table
---@param shown string[]
function field_columns.values(row, shown)
  local values = {}
  for k, name in ipairs(shown) do values[name] = row.shown and value_text.plain(row.shown[k]) end
  return json.object(values)
end

-- Appends the headings; by_name: without "params." and "metric.".
---@param head string[]
---@param shown string[]
---@param by_name boolean?
function field_columns.add_head(head, shown, by_name)
  for _, name in ipairs(shown) do
    head[#head + 1] = ">" .. (by_name and name:gsub("^params%.", ""):gsub("^metrics?%.", "") or name)
  end
end

-- Appends the cells of a row.
---@param cells any[]
---@param row table
---@param shown string[]
function field_columns.add_cells(cells, row, shown)
  for k, name in ipairs(shown) do cells[#cells + 1] = text_of(row.shown and row.shown[k], name) end
end

-- Warns of parameters and metrics that no run has ever had.
---@param list table[] the rows
---@param shown string[]
function field_columns.warn_of_unknown(list, shown)
  for k, name in ipairs(shown) do
    local found
    for _, row in ipairs(list) do found = found or row.shown and row.shown[k] ~= nil end
    local text = not found and require("rille.query.did_you_mean").field(name)
    if text then terminal.say(text, "\n") end
  end
end

-- Warns of tags that nothing of the kind has, where nothing was found.
---@param kind "run"|"artifact"|"model"
---@param ... string[]? tags that were asked for
function field_columns.warn_of_tags(kind, ...)
  for _, tags in ipairs { ... } do
    for _, tag in ipairs(tags) do
      local text = require("rille.query.did_you_mean").tag(kind, tag)
      if text then terminal.say(text, "\n") end
    end
  end
end

return field_columns
