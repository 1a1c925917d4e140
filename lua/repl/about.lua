-- about: ?NAME, what a value is: its documentation, signature, ports and defaults; ??NAME, its source.

local dot_commands = require "rille.repl.dot_commands"
local error_view = require "rille.repl.error_view"
local library_docs = require "rille.repl.library_docs"
local origin = require "rille.host.origin"
local pipelines = require "rille.script.pipeline"
local printed = require "rille.repl.printed"
local steps = require "rille.script.step"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local types = require "rille.script.types"

local about = {}

local function fail(fmt, ...) error({ usage = string.format(fmt, ...) }, 0) end

-- The value of an expression made of names; nil and the reason where it has none.
local function value_of(session, text)
  local entry = require "rille.repl.entry"
  local f = entry.compile(text, "=?", session.cells)
  if not f then fail("?%s: expected a name, as in ?trainer or ?rille.csv.read", text) end
  local ok, value = pcall(function()
    entry.settle(text, session.cells)
    return f()
  end)
  value = ok and (require("rille.repl.travel_step").step_of(value) or value) or nil
  if value ~= nil then return value end
  local module = text:match "^rille%.([%w_]+)"
  if not module or not suggest.has(module, origin.batteries()) then return nil end
  local found, loaded = pcall(require, "rille." .. module)
  for name in (found and text:match "^rille%.[%w_]+%.(.*)$" or ""):gmatch "[%w_]+" do
    loaded = type(loaded) == "table" and rawget(loaded, name) or nil
  end
  return found and loaded or nil
end

-- Source -------------------------------------------------------------------------------------

local function source_text(session, source)
  local text = session.sources[source:match "^[=@](.*)$" or ""]
  if text then return text end
  local own = source:match "^@rille:(.*)$"
  if own then
    local ok, found = pcall(origin.text, own)
    return ok and found or nil
  end
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
  steps.complete(value)
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

-- "an array of f64, 10 x 3", "a number"
local function kind_of(value)
  if types.is_array(value) then
    return string.format("array of %s, %s", value.dtype, table.concat(value.shape, " x "))
  end
  local meta = debug.getmetatable(value)
  local name = type(meta) == "table" and type(value) ~= "string" and rawget(meta, "__name")
  if name == "frame" then return string.format("frame of %d rows and %d columns", value.n_rows, #value.columns) end
  return type(name) == "string" and name or math.type(value) or type(value)
end

local function told(session, value, name)
  if steps.is_step(value) or pipelines.is_pipeline(value) then return describe(value) end
  if type(value) ~= "function" then
    return name .. ": " .. kind_of(value) .. "\n" .. printed.text(value, session.face.width())
  end
  local _, above = source_of(session, value)
  return table.concat({ signature(value, name), above ~= "" and above or nil }, "\n")
end

-- Words -------------------------------------------------------------------------------------

local KEYWORDS <const> = {
  ["and"] = "a and b: a where a is false or nil, else b", ["break"] = "break: leaves the innermost loop",
  ["do"] = "do ... end: a block with locals of its own", ["else"] = "if c then ... else ... end",
  ["elseif"] = "if c then ... elseif d then ... end", ["end"] = "ends a block", ["false"] = "the boolean false",
  ["for"] = "for i = first, last[, step] do ... end\nfor k, v in pairs(t) do ... end",
  ["function"] = "function name(...) ... end\nfunction(...) ... end: a value", ["goto"] = "goto NAME, to ::NAME::",
  ["if"] = "if c then ... elseif d then ... else ... end", ["in"] = "for k, v in pairs(t) do ... end",
  ["local"] = "local name [<const>] = value; at the prompt it stays for later entries",
  ["nil"] = "no value; false in a condition", ["not"] = "not a: true where a is false or nil",
  ["or"] = "a or b: a unless a is false or nil, else b", ["repeat"] = "repeat ... until c",
  ["return"] = "return values: ends a function; at the prompt it shows them",
  ["then"] = "if c then ... end", ["true"] = "the boolean true", ["until"] = "repeat ... until c",
  ["while"] = "while c do ... end",
}

local function of_command(session, name)
  if not dot_commands.COMMANDS[name] then
    local list = {}
    for known in next, dot_commands.COMMANDS do list[#list + 1] = "." .. known end
    fail("there is no command .%s%s", name, suggest.hint("." .. name, list))
  end
  return dot_commands.run(session, ".help " .. name)
end

-- The name of the module of rille that the table is: a script calls it as it likes.
local function module_of(value)
  if value == package.loaded["rille"] then return "rille" end
  for _, name in ipairs(origin.batteries()) do
    if package.loaded["rille." .. name] == value then return "rille." .. name end
  end
end

-- The path under which the library describes a value: frame.join of f:join, where f is a frame.
local function described_path(session, text)
  local object, member = text:match "^(.+)[.:]([%w_]+)$"
  if not object or object == "rille" then return text end
  local known_values = require "rille.repl.known_values"
  local cursor = require "rille.repl.cursor"
  local value = known_values.of_path(session, cursor.of(object .. ".").path or {})
  local module = type(value) == "table" and module_of(value)
  if module then return module .. "." .. member end
  local meta = value ~= nil and type(value) ~= "string" and debug.getmetatable(value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and name:gsub("^rille%.", "") .. "." .. member or text
end

local OWNERS <const> = { ["step run.graph"] = "steprun.graph" }

local function docs_of(session, text)
  local path = described_path(session, text)
  local doc, classes = library_docs.of((OWNERS[path] or path):gsub(" ", ""))
  return doc and library_docs.shown(doc, classes)
end

local function fail_unknown(session, text)
  local name = text:match "^[%w_]+"
  fail('there is no value "%s"%s', text, name == text and error_view.hint(session, name) or "")
end

-- A module: its functions.
local function of_module(text)
  local module = text == "rille" and text or text:match "^rille%.([%w_]+)$"
  local list = module and library_docs.functions_of(module)
  return list and list[1] and "module rille" .. (module ~= "rille" and "." .. module or "") .. "\n  "
    .. table.concat(list, "\n  ")
end

local function show_source(session, text)
  local value = value_of(session, (text:gsub(":", ".")))
  if value == nil then fail_unknown(session, text) end
  local body = body_of(value)
  local lines = body and source_of(session, body)
  local command = steps.is_step(value) and value.command
  if command then lines = require("rille.script.command_recipe").text(command) end
  if not lines and body and debug.getinfo(body, "S").what == "C" then
    fail("??%s: the function is written in C and has no Lua source; see ?%s", text, text)
  end
  if not lines then fail("??%s: %s has no source here", text, printed.text(value, 40)) end
  session.face.put(lines)
end

-- Shows what the text stands for.
---@param session Session
---@param text string
---@param source boolean its source
---@return string? status
function about.show(session, text, source)
  if text == "" then fail "?: expected a name, as in ?trainer" end
  if text:find "^%.[%w_]+$" then return of_command(session, text:sub(2)) end
  if KEYWORDS[text] then return session.face.put(KEYWORDS[text]) end
  if source then return show_source(session, text) end
  local docs = docs_of(session, text)
  local value = not docs and value_of(session, (text:gsub(":", "."))) or nil
  local shown = docs or type(value) == "table" and of_module(text)
  if not shown and value == nil then fail_unknown(session, text) end
  session.face.put(shown or told(session, value, text))
  local help = help_of(text)
  if help then session.face.put(help) end
end

return about
