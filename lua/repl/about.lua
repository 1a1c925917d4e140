-- about: ?NAME, what a value is: its documentation, signature, ports and defaults; ??NAME, its source.

local errors = require "rille.base.errors"
local pipelines = require "rille.script.pipeline"
local printed = require "rille.repl.printed"
local steps = require "rille.script.step"
local sys = require "rille.host.sys"

local about = {}

local function fail(fmt, ...) error({ usage = string.format(fmt, ...) }, 0) end

-- The value that an expression of names stands for.
local function value_of(session, text)
  local entry = require "rille.repl.entry"
  local f = entry.compile(text, "=?", session.cells)
  if not f then fail("?%s: expected a name, as in ?trainer or ?rille.csv.read", text) end
  local ok, value = pcall(function()
    entry.settle(text, session.cells)
    return f()
  end)
  value = require("rille.repl.travel_step").step_of(value) or value
  if not ok or value == nil then fail('there is no value "%s"%s', text, ok and "" or ": " .. tostring(value)) end
  return value
end

-- Source -------------------------------------------------------------------------------------

local function source_text(session, source)
  local text = session.sources[source:match "^[=@](.*)$" or ""]
  if text then return text end
  local path = source:match "^@(.*)$"
  return path and sys.stat(path) == "file" and sys.read_file(path) or nil
end

-- The lines of a function, and the comment above them.
local function source_of(session, f)
  local info = debug.getinfo(f, "S")
  if info.what == "C" then return nil end
  local text = source_text(session, info.source)
  if not text then return nil end
  local lines = {}
  for line in (text .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = line end
  local first = info.linedefined
  local body = table.concat(lines, "\n", first, math.min(info.lastlinedefined, #lines))
  local above = first
  while lines[above - 1] and lines[above - 1]:find "^%s*%-%-" do above = above - 1 end
  return body, table.concat(lines, "\n", above, first - 1)
end

local function body_of(value)
  if steps.is_step(value) then return value.run end
  if pipelines.is_pipeline(value) then return rawget(value, "define") end
  return type(value) == "function" and value or nil
end

-- Descriptions -------------------------------------------------------------------------------

local function ports(title, list, default)
  local lines = {}
  for i, port in ipairs(list or {}) do
    local text = string.format("  %-8s %-16s %s", i == 1 and title or "", port.name, tostring(port.type))
    local v = default and port.default
    lines[i] = text .. (v ~= nil and " = " .. printed.text(v, 40) or "")
      .. (port.doc and "  " .. port.doc or "")
  end
  return lines
end

local function describe(value)
  local lines = { tostring(value) .. (rawget(value, "at") and "  " .. rawget(value, "at") or "") }
  if value.doc then lines[#lines + 1] = value.doc end
  for _, part in ipairs { ports("inputs", value.inputs), ports("params", value.params, true),
    ports("outputs", rawget(value, "outputs")) } do
    table.move(part, 1, #part, #lines + 1, lines)
  end
  return table.concat(lines, "\n")
end

local function signature(f, name)
  local info, words = debug.getinfo(f, "Su"), {}
  for i = 1, info.nparams do words[i] = debug.getlocal(f, i) end
  if info.isvararg then words[#words + 1] = "..." end
  local where = info.what == "C" and "in C" or string.format("%s:%d", info.short_src, info.linedefined)
  return string.format("function %s(%s)  %s", name, table.concat(words, ", "), where)
end

-- The text of rille help for "rille.csv".
local function help_of(name)
  local topic = name:match "^rille%.(%w+)"
  if not topic or not pcall(require, "rille.help.topics." .. topic) then return nil end
  return "see rille help " .. topic
end

local function told(session, value, name)
  if steps.is_step(value) or pipelines.is_pipeline(value) then return describe(value) end
  if type(value) ~= "function" then return printed.text(value, session.face.width()) end
  local _, above = source_of(session, value)
  return table.concat({ signature(value, name), above ~= "" and above or nil }, "\n")
end

-- Shows what the text stands for.
---@param session Session
---@param text string
---@param source boolean its source
function about.show(session, text, source)
  if text == "" then fail "?: expected a name, as in ?trainer" end
  local value = value_of(session, text)
  if source then
    local body = body_of(value)
    local lines = body and source_of(session, body)
    local command = steps.is_step(value) and value.command
    if command then lines = require("rille.script.command_recipe").text(command) end
    if not lines then fail("??%s: its source is not there (%s)", text, errors.describe(value)) end
    return session.face.put(lines)
  end
  session.face.put(told(session, value, text))
  local help = help_of(text)
  if help then session.face.put(help) end
end

return about
