-- plot_arguments: what follows .plot: expressions and options.
--
--     x                        one value          a, b         several in one drawing
--     x y                      b against a        frame.height frame.width
--     run.metrics.loss         a metric of a run or a step
--     digits@-1/train loss     names, as of rille plot
--
-- A column of a frame is written as a field of it.  Options are those of rille plot (cmd/plot.lua).

local command_line = require "rille.repl.command_line"
local entry = require "rille.repl.entry"
local history = require "rille.query.history"
local suggest = require "rille.base.suggest"

local plot_arguments = {}

local fail = command_line.fail

-- Options: whether they take a value.
local OPTIONS <const> = { ["--x"] = "COLUMN", ["--y"] = "COLUMN", ["--histogram"] = false, ["--lines"] = false,
  ["--heat"] = false, ["--log"] = false, ["--width"] = "N", ["--height"] = "N", ["--open"] = false, ["-o"] = "FILE" }

local function option_names()
  local list = {}
  for name in next, OPTIONS do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- The option of that name or of that beginning: --hist.
local function option_of(word)
  if OPTIONS[word] ~= nil then return word end
  local found
  for _, name in ipairs(option_names()) do
    if #word > 3 and name:sub(1, #word) == word then
      if found then return nil end
      found = name
    end
  end
  return found
end

-- The line without its options, and these: { ["--log"] = true, ["-o"] = "F.svg", ["--y"] = { ... } }.
local function without_options(line)
  local kept, options, at = {}, {}, 1
  while at <= #line do
    local quoted, after = line:match([[^(["'].-["'])()]], at)
    local word, stop = line:match("^(%-%-?%a[%w-]*)()", at)
    local is_start = at == 1 or line:find("^%s", at - 1)
    local name = word and is_start and option_of(word)
    if name then
      at = stop
      if OPTIONS[name] then
        local quote, value, past = line:match([[^%s+(["'])(.-)%1()]], at)
        if not quote then value, past = line:match("^%s+(%S+)()", at) end
        if not value then fail(".plot: %s takes a value: %s %s", name, name, OPTIONS[name]) end
        if name == "--y" then options[name] = options[name] or {} table.insert(options[name], value)
        else options[name] = value end
        at = past
      else options[name] = true end
    elseif word and is_start and word:find "^%-%-" then
      fail(".plot: unknown option %s%s", word, suggest.hint(word, option_names()))
    else
      kept[#kept + 1] = quoted or line:sub(at, at)
      at = after or at + 1
    end
  end
  return table.concat(kept):match "^%s*(.-)%s*$", options
end

local function is_expression(text) return text:find "%S" and entry.kind(text, "=.plot") == "expression" end

-- The text in parts at these separators, such that each is an expression; nil where there is no way to.
local function split(text, separator)
  local parts, from, look = {}, 1, 1
  while true do
    local first, last = text:find(separator, look)
    local part = text:sub(from, (first or #text + 1) - 1):match "^%s*(.-)%s*$"
    if is_expression(part) then
      parts[#parts + 1] = part
      from = first and last + 1
    elseif not first then return nil end
    if not first then return parts end
    look = last + 1
  end
end

-- Is it a run, a step of one or an artifact?
local function is_past(v)
  local meta = type(v) == "table" and debug.getmetatable(v)
  return meta == history.Run or meta == history.Step or meta == history.Artifact
end

-- What an expression gives: its value, and the metric of a run or a step that it names.
local function evaluate(session, text)
  local owner, metric = text:match "^(.-)%.metrics%.([%a_][%w_]*)$"
  local value = owner and command_line.value(session, owner)
  if is_past(value) and debug.getmetatable(value) ~= history.Artifact then return value, metric end
  local of, column = text:match "^(.-)%.([%a_][%w_]*)$"
  local frame = package.loaded["rille.frame"]
  local f = of and frame and command_line.value(session, of)
  if f and frame.is(f) and suggest.has(column, f.columns) then return f:column(column) end
  return command_line.value(session, text)
end

-- The error that the evaluation of the expression raises; nil where there is none.
local function error_of(session, text)
  local f = entry.compile(text, "=.plot", session.cells)
  local ok, message = pcall(f or function() end)
  return not ok and message or nil
end

---@class PlotArguments
---@field values any[][]? { text, value } each; nil where the line has names
---@field metric string? of the only value
---@field scatter boolean
---@field text string the line without options
---@field options table

-- What the line says.
---@param session Session
---@param line string
---@return PlotArguments
function plot_arguments.parse(session, line)
  local text, options = without_options(line)
  local parts, is_scatter = split(text, ","), false
  if not parts then parts, is_scatter = split(text, "%s+"), true end
  local made = { text = text, options = options, scatter = is_scatter and parts ~= nil }
  local values = {}
  for i, part in ipairs(parts or {}) do
    local value, metric = evaluate(session, part)
    if value == nil or type(value) == "string" then
      -- a call is no name
      local message = value == nil and part:find "[%(%[{]" and error_of(session, part)
      if message then error(message, 0) end
      return made
    end
    values[i], made.metric = { part, value }, metric
  end
  if values[1] then made.values = values end
  return made
end

return plot_arguments
