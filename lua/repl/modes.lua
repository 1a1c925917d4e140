-- modes: the ways in which the prompt shows results, as .mode sets them.

local format = require "rille.base.format"
local json = require "rille.json"
local printed = require "rille.repl.printed"

local modes = {}

---@class Mode
---@field name string
---@field text string what it does, for .mode
---@field show (fun(value: any, width: integer): string?)? nil, or a result of nil: as in auto

local function is_record(v) return type(v) == "table" and getmetatable(v) == nil and next(v) ~= nil end

-- The keys of records in the order of their names; nil where one is no record of texts as keys.
local function columns_of(list)
  local seen, names = {}, {}
  for _, record in ipairs(list) do
    if not is_record(record) then return nil end
    for name in next, record do
      if type(name) ~= "string" then return nil end
      if not seen[name] then seen[name], names[#names + 1] = true, name end
    end
  end
  table.sort(names)
  return names
end

local function cell(v)
  if v == nil then return "" end
  return type(v) == "string" and v or printed.text(v, 40)
end

local function rows_of(list, names)
  local rows, head = {}, {}
  for k, name in ipairs(names) do
    local number = true
    for _, record in ipairs(list) do number = number and (record[name] == nil or type(record[name]) == "number") end
    head[k] = (number and ">" or "") .. name
  end
  for i, record in ipairs(list) do
    rows[i] = {}
    for k, name in ipairs(names) do rows[i][k] = cell(record[name]) end
  end
  return head, rows
end

-- A list of records as a table, the fields of one record as two columns.
local function as_table(v)
  if not is_record(v) then return nil end
  local names = #v > 0 and columns_of(v)
  if names then return (format.table(rows_of(v, names)):gsub("\n$", "")) end
  if #v > 0 then return nil end
  local fields = {}
  for name, value in next, v do fields[#fields + 1] = { cell(name), cell(value) } end
  table.sort(fields, function(a, b) return a[1] < b[1] end)
  return (format.table({ "field", "value" }, fields):gsub("\n$", ""))
end

local function as_json(v)
  local ok, text = pcall(json.encode, v)
  return ok and text or nil
end

---@type Mode[]
modes.list = {
  { name = "auto", text = "values as Lua writes them, objects by their cards; long ones are cut" },
  { name = "full", text = "the same, and nothing is cut",
    show = function(v, width) return printed.text(v, width, printed.NONE) end },
  { name = "table", text = "records and lists of records as tables", show = as_table },
  { name = "json", text = "JSON, a result a line", show = as_json },
}

---@param name string
---@return Mode?
function modes.find(name)
  for _, mode in ipairs(modes.list) do if mode.name == name then return mode end end
end

return modes
