-- execution: a cell of a notebook, run by the session of the prompt.
--
-- A cell may begin with lines of commands (.runs, ?NAME).  Of the Lua below them the last statement may be an
-- expression, whose value is the result.  So a cell is up to three kinds of entries, which have one number and one
-- count of lines:
--
--     .runs                    a command
--     local x = 1              statements
--     x + 1                    an expression

local display = require "rille.base.display"
local entry = require "rille.repl.entry"
local error_texts = require "rille.kernel.error_texts"
local json = require "rille.json"
local last_expression = require "rille.kernel.last_expression"
local line_editor = require "rille.base.line_editor"
local printed = require "rille.repl.printed"
local rich = require "rille.kernel.rich"
local running = require "rille.project.running"
local session = require "rille.repl.session"
local terminal = require "rille.base.terminal"

local execution = {}

local WIDTH <const> = 100               -- columns of what is shown

---@class Cells
---@field session Session
---@field results { [1]: any, [2]: string }[] of the running cell: values and their texts
---@field complaints string[] of the running cell
---@field drawn table<table, true> drawings that the running cell has shown
---@field publish fun(type: string, content: table)? of the running cell

execution.clean = rich.clean

-- Sessions -----------------------------------------------------------------------------------

local function show_drawing(self, drawn)
  self.publish("display_data", { data = rich.of_drawing(drawn), metadata = {} })
end

---@param environment table the globals of the scripts
---@return Cells
function execution.new(environment)
  local self = { results = {}, complaints = {}, drawn = {} }
  self.session = session.new({
    put = function(text) terminal.put(text, "\n") end,
    complain = function(text) self.complaints[#self.complaints + 1] = text end,
    width = function() return WIDTH end,
    show = function(value, text)
      if not self.drawn[value] then self.results[#self.results + 1] = { value, text } end
    end,
    draw = function(drawn) show_drawing(self, drawn) end,
  }, environment)
  display.connect(function(drawing)
    if running.is_step() then return false end
    show_drawing(self, { svg = drawing:svg(), text = drawing:text() })
    self.drawn[drawing] = true
    return true
  end)
  return self
end

-- Pieces -------------------------------------------------------------------------------------

-- The entries of a cell, each with empty lines in the place of what is above it.
local function pieces(code)
  local list, at = {}, 1
  while code:find("^%s*[.?]", at) do
    local line, stop = code:match("^%s*([^\n]*)()", at)
    list[#list + 1], at = line, stop
  end
  local rest = code:sub(1, at - 1):gsub("[^\n]+", "") .. code:sub(at)
  local from = last_expression.find(rest)
  if from and rest:sub(1, from - 1):find "%S" then
    list[#list + 1] = rest:sub(1, from - 1)
    rest = rest:sub(1, from - 1):gsub("[^\n]+", "") .. rest:sub(from)
  end
  if rest:find "%S" then list[#list + 1] = rest end
  return list
end

-- Runs the entries until one fails; "ok", "error" and what was raised, or "quit".
local function enter(self, code, number)
  local work = self.session
  for _, piece in ipairs(pieces(code)) do
    work.count = number - 1
    local status, err = work:enter(piece, code)
    if status == "incomplete" then
      work.sources["In[" .. number .. "]"] = code
      work:tell(select(2, load(piece, "=In[" .. number .. "]", "t", {})))
      return "error"
    end
    if status ~= "ok" then return status, err end
  end
  return "ok"
end

-- User expressions ---------------------------------------------------------------------------

local function value_of(self, text)
  local f, message = entry.compile(text, "=user_expressions", self.session.cells)
  if not f then return false, message end
  line_editor.guard()
  local ok, value = pcall(f)
  if line_editor.release() then return false, { usage = "interrupted" } end
  return ok, value
end

local function user_expressions(self, wanted)
  local made = {}
  for name, text in next, wanted do
    local ok, value = value_of(self, text)
    if ok then
      made[name] = { status = "ok", data = rich.of(value, printed.text(value, WIDTH)), metadata = {} }
    else
      made[name] = error_texts.of(value, { error_texts.message(value) })
      made[name].status = "error"
    end
  end
  return made
end

-- Cells --------------------------------------------------------------------------------------

-- What was complained of though nothing failed.
local function put_complaints(self)
  for _, text in ipairs(self.complaints) do terminal.say(text, "\n") end
end

local function result_text(results)
  local texts = {}
  for i, result in ipairs(results) do texts[i] = result[2] end
  return table.concat(texts, "\n")
end

local function run(self, content, number)
  self.results, self.complaints, self.drawn = {}, {}, {}
  local status, err = enter(self, content.code, number)
  if status == "error" then
    local made = error_texts.of(err, self.complaints, content.code)
    self.publish("error", made)
    made.status = "error"
    return made
  end
  put_complaints(self)
  if self.results[1] and not content.silent then
    self.publish("execute_result", { execution_count = number, data = rich.of_results(self.results), metadata = {} })
  end
  local payload = status == "quit" and { { source = "ask_exit", keepkernel = false } } or {}
  return { status = "ok", payload = json.array(payload) }
end

-- Runs the cell of an execute_request; its reply.
---@param self Cells
---@param content table
---@param publish fun(type: string, content: table)
---@param history PastCells
---@return table
function execution.run(self, content, publish, history)
  local work = self.session
  local number, before = work.count + 1, work.count
  local is_stored = not content.silent and content.store_history ~= false and content.code:find "%S" ~= nil
  self.publish = publish
  if not content.silent then publish("execute_input", { code = content.code, execution_count = number }) end
  local reply = run(self, content, number)
  if is_stored then history:add(number, content.code, self.results[1] and result_text(self.results)) end
  if reply.status == "ok" then reply.user_expressions = user_expressions(self, content.user_expressions or {}) end
  work.count = is_stored and number or before
  reply.execution_count = is_stored and number or before
  return reply
end

return execution
