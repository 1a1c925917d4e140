-- session: what was entered at the prompt, and what it left: locals, results, sources.  It knows no terminal: what is
-- to be shown goes to the functions of its face.
--
--     text -> enter -> a dot command, ?NAME, or Lua -> entry.compile -> run -> results -> show
--
-- A session's numbers begin at 1; the chunk of the third entry is "=In[3]".

local dot_commands = require "rille.repl.dot_commands"
local entry = require "rille.repl.entry"
local error_view = require "rille.repl.error_view"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local internal_error = require "rille.base.internal_error"
local line_editor = require "rille.base.line_editor"
local observe = require "rille.host.observe"
local pipelines = require "rille.script.pipeline"
local printed = require "rille.repl.printed"
local program = require "rille.project.program"
local project = require "rille.project"
local steps = require "rille.script.step"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local transcript = require "rille.repl.transcript"
local types = require "rille.script.types"

local session = {}

local TIDY_EVERY <const> = 50           -- entries
local INTERRUPTED <const> = { usage = "interrupted" }

---@class SessionFace
---@field put fun(text: string)  shows a result
---@field complain fun(text: string)  shows what is wrong
---@field note fun(text: string)?  shows what a user may want to know beside results
---@field width fun(): integer  columns
---@field show fun(value: any, text: string)?  shows a result that is a value; put where there is none
---@field draw fun(drawn: { svg: string, text: string })?  shows a drawing; put of its text where there is none
---@field limits PrintLimits?  of what is shown of a value

---@class Session
---@field face SessionFace
---@field count integer of the entries
---@field began number when the last one began to run
---@field cells table<string, table> locals (entry.lua)
---@field sources table<string, string> texts of entries by the names of their chunks
---@field transcript Transcript texts of the entries, and which succeeded
---@field loaded table<string, table> scripts that ran, by path (repl/scripts.lua)
---@field mode string? how results are shown (repl/modes.lua)
---@field timed boolean? each entry says how long it took
---@field drops_array boolean? an array has left the results
---@field edited string? what .edit has entered, for the history
---@field last table? { n, ... } results of the last entry that had one
---@field trace string[]? frames of the last error
---@field environment table the globals of the scripts
---@field script string? path of the script that ran first
---@field trip Trip? the step of a past run where it is (repl/travel.lua)
---@field watch ChangeWatch? what steps and pipelines were when the last look was had
---@field more boolean? entries of a paste are still to come
local Session = {}
Session.__index = Session

---@param face SessionFace
---@param environment table
---@param script string? path of the script that ran first
---@return Session
function session.new(face, environment, script)
  local texts = transcript.new()
  local self = setmetatable({ face = face, count = 0, cells = {}, sources = texts:by_name(), transcript = texts,
    loaded = {}, environment = environment, script = script }, Session)
  program.set_entries { text = function(name) return self.sources[name] end,
    source = function(stored) return texts:as_source(stored) end }
  return self
end

-- Results ------------------------------------------------------------------------------------

-- The text of a value, and whether it leaves something out.
local function text_of(self, value, began, limits)
  local width, is_whole = self.face.width(), limits and not limits.screen
  local mode = self.mode and require("rille.repl.modes").find(self.mode)
  local text = mode and mode.show and mode.show(value, width)
  if text then return text, false end
  local shown = type(value) == "table" and require("rille.repl.card").of(value, began, width, is_whole)
  if shown then return shown, false end
  return printed.coloured(value, width, limits)
end

-- Keeps a result as _, the ones before as __ and ___.
---@param value any
function Session:keep(value)
  local env = self.environment
  -- the collector counts an array as a few bytes
  self.drops_array = types.is_array(rawget(env, "___"))
  rawset(env, "___", rawget(env, "__"))
  rawset(env, "__", rawget(env, "_"))
  rawset(env, "_", value)
end

-- Shows the results and keeps the first.
local function show_results(self, results, silent, code)
  if results.n == 0 then return end
  self.last = results
  self:keep(results[1])
  if silent or results.n == 1 and results[1] == nil then return end
  local show = self.face.show or function(_, text) self.face.put(text) end
  local any_cut = false
  for i = 1, results.n do
    local text, is_cut = text_of(self, results[i], self.began, self.face.limits)
    local curve = code:find(".metrics.", 1, true) and require "rille.repl.metric_curve"(self, code, self.face.limits)
    show(results[i], curve and text .. "\n" .. curve or text)
    any_cut = any_cut or is_cut
  end
  if any_cut then self.face.put(format.in_colour("grey", ".last shows all")) end
end

-- Shows a value in full.
---@param value any
function Session:show(value) self.face.put((text_of(self, value, math.huge, printed.NONE))) end

-- Shows the last results in full.
function Session:show_last()
  if not self.last then return self.face.complain "no entry has had a result yet" end
  for i = 1, self.last.n do self:show(self.last[i]) end
end

-- Errors -------------------------------------------------------------------------------------

-- Tells an error; err is what an entry or a command raised.
---@param err any
function Session:tell(err)
  if type(err) == "table" then
    if err.usage then return self.face.complain(err.usage) end
    if err.exit then return err.message and self.face.complain(err.message) end
    if rawget(err, "run") then return end             -- the console has told it
  end
  local message = internal_error.is(err) and internal_error.report(err, require "rille.base.version")
    or errors.text_of(err, "the entry")
  message = message:gsub("%(upvalue '([%w_]+)'%)", function(name)
    return self.cells[name] and "(local '" .. name .. "')" or nil
  end)
  message = error_view.explained(self, error_view.plain(message))
  self.face.complain(message)
  local source = error_view.source(message, self.sources, not self.face.limits and self.face.width() or nil)
  if source ~= "" then self.face.complain(source, true) end
end

-- The frames of the error of a step that ran again are those of its process.
local function frames_of(err, level)
  local travel_step = package.loaded["rille.repl.travel_step"]
  return travel_step and travel_step.trace_of(err) or error_view.frames(level + 1)
end

-- Runs a function of an entry: true and its results, or false and its error.
local function call(self, f, code)
  line_editor.guard()
  local results = table.pack(xpcall(function()
    entry.settle(code, self.cells)
    return f()
  end, function(err)
    self.trace = frames_of(err, 3)
    entry.keep_at_error(f, self.cells)
    return internal_error.handler(err)
  end))
  if line_editor.release() then return false, INTERRUPTED end
  return table.unpack(results, 1, results.n)
end

-- Entries ------------------------------------------------------------------------------------

-- The Lua of an entry, and whether its results are not to be shown.
local function parts_of(text)
  local code = text:gsub("^%s*=", "", 1)
  local bare = code:match "^(.-);%s*$"
  local silent = bare ~= nil and not bare:find "%-%-[^\n]*$"
  return silent and bare or code, silent
end

-- A command of the prompt, or of other prompts, that was entered without its dot.
local MEANT <const> = { exit = "quit", q = "quit", bye = "quit", history = "history", ls = "runs" }

local function hint_command(self, code)
  local word = code:match "^%s*:?([%a]+)%f[%W]"
  if not word or self.cells[word] or rawget(self.environment, word) ~= nil then return end
  local rest = code:match "^%s*:?%a+%s*(.-)%s*$"
  if rest:find "^[=.,:({%[\"']" and rest ~= "()" then return end
  local name = dot_commands.COMMANDS[word] and word or MEANT[word]
  if name then self.face.complain(string.format("the command is .%s", name), true) end
  return name ~= nil
end

-- A name alone that nothing has is nil, and no error.
local function tell_unknown(self, code)
  local name = code:match "^%s*([%a_][%w_]*)%s*$"
  if not name or name == "nil" or name:find "^_+$" or self.cells[name] then return end
  if rawget(self.environment, name) ~= nil or hint_command(self, code) then return end
  local known = {}
  for other in next, self.cells do known[#known + 1] = other end
  for other in next, self.environment do if type(other) == "string" then known[#known + 1] = other end end
  table.sort(known)
  local near = suggest.nearest(name, known)
  local text = string.format('nil: there is no variable "%s"%s', name, near and "; did you mean " .. near .. "?" or "")
  local tell = self.face.note or self.face.put
  tell(text)
end

local function run_lua(self, text, whole)
  local code, silent = parts_of(text)
  local name = "In[" .. self.count + 1 .. "]"
  local f, message = entry.compile(code, "=" .. name, self.cells)
  if message == "incomplete" then return "incomplete" end
  self.count = self.count + 1
  self.transcript:put(self.count, whole or code)
  if not f then
    self:tell(message)
    hint_command(self, code)
    return "error"
  end
  self.transcript:begins(self.count, code, #observe.sources())
  self.began = sys.now()
  local start = sys.mono()
  local results = table.pack(call(self, f, code))
  local took = sys.mono() - start
  if not results[1] then
    if results[2] == INTERRUPTED then self.transcript:was_interrupted() end
    self:tell(results[2])
    hint_command(self, code)
    return "error", results[2]
  end
  -- a script has no inputs of a past step
  if not self.trip then self.transcript:succeeded(self.count, silent and code .. ";" or code) end
  -- a __tostring of a script's may run for ever
  line_editor.guard()
  local ok, err = pcall(show_results, self, table.pack(table.unpack(results, 2, results.n)), silent, code)
  if line_editor.release() then self.face.complain "interrupted"
  elseif not ok then error(err, 0) end
  if self.timed then self.face.put(format.seconds(took)) end
  if not silent and results.n == 2 and results[2] == nil then tell_unknown(self, code) end
  return "ok"
end

local function run_command(self, text)
  line_editor.guard()
  local status = dot_commands.run(self, text)
  if not line_editor.release() then return status end
  self.face.complain "interrupted"
  return "error"
end

-- Removes what the session made to be shown.
function Session:close()
  if self.pages then self.pages:close() end
end
Session.__close = Session.close

-- Keeps the text of an entry that was not complete, for .edit.
---@param text string
function Session:keep_incomplete(text)
  self.count = self.count + 1
  self.transcript:put(self.count, text)
end

-- What changed -------------------------------------------------------------------------------

local function are_steps() return next(steps.steps) ~= nil or next(pipelines.pipelines) ~= nil end

-- Remembers what the steps are before the first entry.
local function begin_watch(self)
  if self.watch or not are_steps() then return end
  self.watch = require("rille.repl.stale").watch()
  self.watch:look()
end

-- Tells which results became stale.
function Session:tell_stale()
  pipelines.forget_duplicates()         -- at the prompt one takes the place of another
  if not self.watch then return begin_watch(self) end
  local stale = require "rille.repl.stale"
  local found = self.watch:look()
  local ok, text = internal_error.call(stale.text, found, self.face.width())
  if ok and text then (self.face.note or self.face.put)(text) end
end

-- What a long session need not keep: an array that has left the results, pages of the metadata.
local function tidy(self)
  if self.drops_array then
    self.drops_array = false
    collectgarbage()
  end
  if project.meta and self.count % TIDY_EVERY == 0 then project.meta:forget_pages() end
end

-- Does what was entered.
---@param text string
---@param whole string? what the text is a part of, whose lines are counted and shown
---@return "ok"|"incomplete"|"error"|"quit" status  incomplete: more lines can complete it
---@return any err what was raised
function Session:enter(text, whole)
  if not text:find "%S" then return "ok" end
  local asked, marks = text:match "^%s*([%a_][%w_.:]*)%s*(%?%??)%s*$"         -- as IPython has it
  text = asked and marks .. asked or text
  begin_watch(self)
  local is_command = text:find "^%s*%.%s*$" or text:find "^%s*%.[%a_]" or text:find "^%s*%?"
  local status, err = (is_command and run_command or run_lua)(self, text, whole)
  if status ~= "incomplete" and not self.more then self:tell_stale() end
  tidy(self)
  return status, err
end

return session
