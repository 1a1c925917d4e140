-- rille.testing: a test kit for steps and pipelines.
--
--   local testing = require "rille.testing"
--   testing.test("the trimmed mean leaves out the ends", function()
--     testing.equal(mean:test { inputs = { heights = { 1, 5, 9 } }, params = { trim = 0.4 } }, 5)
--   end)
--
-- `rille test` runs the files *_test.lua; a file that is run as a program prints its own count.  Each test has a store
-- of its own, which is removed when the test ends; it is in memory where the system has a folder in memory.

local call = require "rille.script.call"
local compare = require "rille.testing.compare"
local graph = require "rille.graph"
local history = require "rille.query.history"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local pipelines = require "rille.script.pipeline"
local program = require "rille.project.program"
local run = require "rille.run"
local report = require "rille.testing.report"
local runner = require "rille.execute.runner"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local steps = require "rille.script.step"
local sys = require "rille.host.sys"

local testing = { line = report.line, message_lines = report.message_lines, count_text = report.count_text }

-- Stores -------------------------------------------------------------------------

local function new_folder()
  for _, place in ipairs { "/dev/shm", os.getenv "TMPDIR" or "/tmp", "/tmp" } do
    local folder = sys.make_folder(place .. "/rille-test-")
    if folder then return folder end
  end
  errors.raise "testing: there is no folder for temporary files"
end

local inside = false                    -- a test is running

-- Calls f with an empty store, which is removed afterwards.
local function in_store(handler, f, ...)
  local folder = new_folder()
  project.close()
  local before = global_options.set { store = folder .. "/.rille", silent = true, quiet = true }
  local results = table.pack(xpcall(f, handler, ...))
  project.close()
  project.take_news()
  global_options.set(before)
  sys.remove(folder)
  return table.unpack(results, 1, results.n)
end

-- Tests --------------------------------------------------------------------------

-- The lines of the test that led to the error, from inside out.
local function user_trace()
  local lines = {}
  for level = 3, 60 do
    local info = debug.getinfo(level, "Slf")
    if not info or info.func == in_store then break end
    if info.what ~= "C" and not origin.is_ours(info.source) and info.currentline > 0 then
      lines[#lines + 1] = string.format("%s:%d", info.short_src, info.currentline)
    end
  end
  return lines
end

local function handler(err) return { message = errors.text_of(err, "the test"), trace = user_trace() } end

local function check_sentence(what, name)
  if type(name) ~= "string" or name == "" then
    errors.raise("%s: expected a sentence, found %s", what, errors.describe(name))
  end
end

-- Runs f as a test, in a store of its own.  What it raises is its failure.
---@param sentence string what holds when it passes
---@param f function
function testing.test(sentence, f)
  check_sentence("testing.test", sentence)
  if type(f) ~= "function" then
    errors.raise("testing.test: expected a function after the sentence, found %s", errors.describe(f))
  end
  program.set_has_tests()
  if inside then errors.raise("testing.test: the test %q is inside another one", sentence) end
  local t0 = sys.mono()
  inside = true
  local ok, err = in_store(handler, function()
    local at = errors.where()
    errors.from(at, f)
  end)
  inside = false
  report.result { name = sentence, ok = ok, message = not ok and err.message or nil,
    trace = not ok and err.trace or nil, seconds = sys.mono() - t0 }
end

-- Counts a test that cannot be run here.
---@param sentence string
---@param why string "python3 is not installed"
function testing.skip(sentence, why)
  check_sentence("testing.skip", sentence)
  report.result { name = sentence, ok = true, skipped = why or "skipped" }
end

-- Assertions ----------------------------------------------------------------------

local function prefix(what) return what ~= nil and tostring(what) .. ": " or "" end

-- Raises unless v is true (or anything but false and nil).
---@param v any
---@param what string?
function testing.ok(v, what)
  errors.no_colon(v)
  if not v then errors.raise("%s", what or "not so") end
  return v
end

-- Raises with the first difference unless the two are equal, at any depth.
---@param got any
---@param want any
---@param what string?
function testing.equal(got, want, what)
  errors.no_colon(got)
  local where, text = compare.find(got, want)
  if text then errors.raise("%s%s%s", prefix(what), where ~= "" and "at " .. where .. ": " or "", text) end
end

-- As equal, where numbers (also in arrays, frames, tables) may be a tolerance apart.
---@param got any
---@param want any
---@param tolerance number? 1e-9
---@param what string?
function testing.near(got, want, tolerance, what)
  errors.no_colon(got)
  if tolerance ~= nil and type(tolerance) ~= "number" then
    errors.raise("testing.near: the tolerance must be a number, found %s", errors.describe(tolerance))
  end
  local where, text = compare.find(got, want, tolerance or 1e-9)
  if text then errors.raise("%s%s%s", prefix(what), where ~= "" and "at " .. where .. ": " or "", text) end
end

-- Raises unless f() raises an error that contains text; returns its message.
---@param f function
---@param text string?
---@return string message
function testing.raises(f, text)
  errors.no_colon(f)
  if type(f) ~= "function" then errors.raise("testing.raises: expected a function, found %s", errors.describe(f)) end
  errors.check_text("testing.raises", "the text", text)
  local ok, err = pcall(f)
  if ok then errors.raise("no error was raised%s", text and string.format(", want one with %q", text) or "") end
  local message = errors.text_of(err, "the function")
  if text and not message:find(text, 1, true) then
    errors.raise("the error says %q, want one with %q", message, text)
  end
  return message
end

-- Raises unless value is the one kept in golden/ beside the test; rille test
-- --update keeps this one instead.
---@param name string
---@param value any a string, or what has a materializer
function testing.golden(name, value)
  errors.no_colon(name)
  if not inside then errors.raise "testing.golden: use it inside testing.test" end
  project.need "write"
  require("rille.testing.golden").check(name, value)
end

-- Steps ---------------------------------------------------------------------------

local function label(step) return 'step "' .. step.name .. '"' end

local function merged(step, options)
  local what = label(step) .. ": test"
  if options ~= nil and type(options) ~= "table" then
    errors.raise("%s takes a table { inputs =, params = }, found %s", what, errors.describe(options))
  end
  options = options or {}
  errors.check_fields(what, options, { inputs = true, params = true, pure = true })
  local given = {}
  for _, field in ipairs { "inputs", "params" } do
    local t = options[field] or {}
    if type(t) ~= "table" then
      errors.raise("%s: %s must be a table keyed by name, found %s", what, field, errors.describe(t))
    end
    for k, v in next, t do
      if not step.index[field == "inputs" and "input" or "param"][k] then
        local names = {}
        for i, one in ipairs(step[field]) do names[i] = one.name end
        errors.raise('%s: there is no %s "%s"%s', what, field == "inputs" and "input" or "parameter", tostring(k),
          require("rille.base.suggest").hint(k, names))
      end
      given[k] = v
    end
  end
  return given, options.pure ~= false
end

-- Runs the step once, without the cache: its answer (execute/task.lua) and the notes on it.
local function run_once(step, given)
  local inputs, params = call.arguments(call.check_input, nil, step, 1, given)
  local g = graph.single(step, inputs, params)
  local answer
  local notes = {}
  run.graph({ name = step.name }, g, params, {
    unlisted = true, cache = false,
    emit = function(event, _, text) if event == "note" then notes[#notes + 1] = text end end,
    runner = function(env)
      local inner = runner.inline(env)
      local next_answer = inner.next
      function inner.next(...)
        local got = next_answer(...)
        answer = got or answer
        return got
      end
      return inner
    end,
  })
  if not answer.ok then errors.raise("%s failed: %s", label(step), answer.error) end
  return answer, notes
end

-- Why the result is not a function of inputs and parameters: lines, none when it is.
local function impurities(answer, notes)
  local lines, seen = {}, {}
  for _, one in ipairs(answer.impure or {}) do
    local text = "it uses " .. one.what .. (one.where and one.where ~= "" and " at " .. one.where or "")
    if not seen[text] then lines[#lines + 1] = text end
    seen[text] = true
  end
  if #lines == 0 then
    for _, text in ipairs(notes) do lines[#lines + 1] = (text:gsub("^not cached: ", "")) end
  end
  return lines
end

local function values_of(step, answer)
  local values = {}
  for i, artifact in ipairs(answer.outputs) do
    values[i] = history.artifact_of({ digest = artifact.digest, name = step.outputs[i].name }):load()
  end
  return values
end

-- How the outputs of two runs differ, as lines.
local function differences(step, first, second)
  local lines = {}
  for i, port in ipairs(step.outputs) do
    if first.outputs[i].digest ~= second.outputs[i].digest then
      local a = history.artifact_of({ digest = first.outputs[i].digest, name = port.name }):load()
      local b = history.artifact_of({ digest = second.outputs[i].digest, name = port.name }):load()
      local where, what = compare.find(b, a)
      lines[#lines + 1] = string.format('output "%s" differs in the second run%s', port.name,
        what and string.format(": %s%s in the first", where ~= "" and "at " .. where .. " " or "",
        (what:gsub(", want ", ", "))) or "")
    end
  end
  return lines
end

-- step:test { inputs, params, pure }, see rille help testing.
---@param step table
---@param options { inputs?: table, params?: table, pure?: boolean }?
---@return any ... the outputs in declared order, then { log, metrics, metadata, seconds }
function testing.step(step, options)
  if not steps.is_step(step) then errors.raise("testing.step: expected a step, found %s", errors.describe(step)) end
  local given, pure = merged(step, options)
  local function trial()
    local answer, notes = run_once(step, given)
    local problems = {}
    if pure and step.options.cache ~= false and step.options.cache ~= "always" then
      problems = impurities(answer, notes)
      table.move(differences(step, answer, (run_once(step, given))), 1, 100, #problems + 1, problems)
    end
    if #problems > 0 then
      errors.raise("%s is not pure: %s; set cache = false on the step, or pure = false in the test", label(step),
        table.concat(problems, "; "))
    end
    local values = values_of(step, answer)
    values[#step.outputs + 1] = { log = answer.log or "", metrics = answer.metrics or {},
      metadata = answer.metadata or {}, seconds = answer.seconds }
    return table.unpack(values, 1, #step.outputs + 1)
  end
  if inside then return trial() end
  local at = errors.where()
  local results = table.pack(in_store(function(err) return err end, errors.from, at, trial))
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

-- testing.run(pipeline, { params = ... }): runs it in the test's store; raises when
-- it fails, unless raise = false.
---@param pipeline table
---@param options table? as of pipeline:run
---@return table run
function testing.run(pipeline, options)
  if not pipelines.is_pipeline(pipeline) then
    errors.raise("testing.run: expected a pipeline, found %s", errors.describe(pipeline))
  end
  if not inside then errors.raise "testing.run: use it inside testing.test" end
  return pipeline:run(options or {})
end

return origin.strict(testing)
