-- console_lines: tells a user what happens in a run while it runs: a line for each step, with a live region below.

local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local graph = require "rille.graph"
local key = require "rille.cache.key"
local program = require "rille.project.program"
local progress = require "rille.show.progress"
local project = require "rille.project"
local run_state = require "rille.show.run_state"
local run_text = require "rille.show.run_text"
local signals = require "rille.project.signals"
local step_output = require "rille.show.step_output"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"

local console_lines = {}

local ID <const> = graph.ID
local LINES <const> = 40        -- steps that get a line of their own; for the others there is one a second
local FEW <const> = 10          -- hits that get a line each
local NEAR <const> = 8          -- lines after which a failure may have scrolled away
local NARROW <const> = 40       -- columns that every terminal has
local BEFORE <const> = 12       -- columns before the id of a step
local INDENT <const> = "            "

local function colour(name, text) return format.in_colour(name, text, 2) end

---@class rille.console
---@field out fun(text: string) writes whole lines
---@field result rille.run.result
---@field plan table
---@field nodes table[]
---@field info table of the run: spec_new, spec_version, keys_new
---@field spec fun(node: table): table
---@field jobs integer?
---@field cache boolean
---@field stack string
---@field state rille.run_state
---@field region table? the live region (show/live_region.lua) while there is one
---@field output table what steps print, in groups (show/step_output.lua)
---@field n_lines integer steps that have a line
---@field uncounted boolean there are ended steps that nobody was told of
---@field counted number when they were last counted
---@field n_late integer late hits that were told of
---@field uncommitted fun(digest: string): table? artifacts of the run that are not in the metadata yet
---@field results boolean? the final outputs and the metrics are shown at the end
---@field totals { bytes: integer, slowest: table?, noted: table<integer, true>, metrics: table,
---    failures: table[] }
local Console = { __name = "console" }
Console.__index = Console

-- Whole lines, above the live region while there is one.
local function write(self, text)
  if self.region then self.region:say(text) else self.out(text) end
end

-- The line, broken at words where the terminal is too narrow for it; a command, which is to be copied, is not.
local function laid_out(line)
  if #line < NARROW or line:find "^ +rille " then return line end
  local is_terminal, columns = sys.is_terminal(2)
  return is_terminal and terminal.wrapped(line, columns) or line
end

local function say(self, fmt, ...) write(self, laid_out(string.format(fmt, ...)) .. "\n") end

local function say_all(self, lines)
  if not lines[1] then return end
  local shown = {}
  for i, line in ipairs(lines) do shown[i] = laid_out(line) end
  write(self, table.concat(shown, "\n") .. "\n")
end

local function id_of(self, position) return self.nodes[position][ID] end

-- Steps --------------------------------------------------------------------------------------

local function time_text(seconds)
  local text = format.seconds(seconds)
  return text_width.fit(text, math.max(progress.TIME, #text + 1), true)
end

-- Counts the steps without a line, once a second.
local function say_count(self)
  if not self.uncounted or self.region or sys.mono() - self.counted < 1 then return end
  self.uncounted, self.counted = false, sys.mono()
  say(self, "  %s/%s", format.count(self.state:finished()), format.count(self.plan:count()))
end

-- On a terminal, where the live region shows how far a run is, the finished steps of a run with many have no lines.
local function is_folded(self)
  return self.region ~= nil and self.state.total > LINES and not global_options.verbose
end

local function say_step(self, position, word, text)
  self.n_lines = self.n_lines + 1
  if is_folded(self) then
    if not self.told_of_fold then
      say(self, "  %s", colour("grey", "... further steps are not listed; -v lists them"))
    end
    self.told_of_fold = true
  elseif self.n_lines <= LINES or global_options.verbose then
    local id = terminal.line(id_of(self, position), 2)
    local width = math.max(self.state.id_width, text_width.width(id))
    local is_terminal, columns = sys.is_terminal(2)
    if is_terminal and BEFORE + width + #text > columns then
      width = math.max(self.state.id_width, math.min(width, columns - BEFORE - #text))
      id = text_width.cut(id, width)
    end
    say(self, "  %s %s", format.status(word, 2, 9), text == "" and id or text_width.fit(id, width) .. text)
  elseif self.n_lines == LINES + 1 then
    local others = self.region and "... the other steps: rille show " .. self.result.name
      or "... further steps are summarised once a second"
    say(self, "  %s", colour("grey", others))
  else
    self.uncounted = true
    say_count(self)
  end
end

local function finish_output(self, position) return self.output:finish(position, id_of(self, position)) end

-- Hits ---------------------------------------------------------------------------------------

local function say_hits(self)
  local plan = self.plan
  if plan.n_hits > FEW then
    return say(self, "  %s %s", format.status("cached", 2, 9), format.plural(plan.n_hits, "step"))
  end
  for i = 1, #self.nodes do
    if plan:is_cached(i) and not plan:is_virtual(i) then say_step(self, i, "cached", "") end
  end
end

local function late_hit_reason(plan, position)
  if plan:is_cut_off(position) then return "inputs unchanged" end
  return plan:same_key_as(position) and "same key as another step" or "computed by another process"
end

-- Steps that have become hits while the run is running.
local function say_late_hits(self)
  local late = self.plan:late_hits()
  while late[self.n_late + 1] do
    self.n_late = self.n_late + 1
    say_step(self, late[self.n_late], "cached", "  " .. colour("grey", late_hit_reason(self.plan, late[self.n_late])))
  end
end

-- Events -------------------------------------------------------------------------------------

-- Can lines be redrawn on the terminal, and does this process handle its signals?  jobs: a step in this process
-- would hold up the drawing.
local function can_draw(jobs)
  return sys.is_terminal(2) and os.getenv "TERM" ~= "dumb" and signals.are_handled() and jobs ~= nil
end

local on = {}

function on.plan(self, _, data)
  self.result, self.plan, self.info = data.result, data.plan, data.info
  self.spec, self.jobs, self.cache, self.stack = data.spec, data.jobs, data.cache, data.stack
  self.uncommitted = data.uncommitted
  -- where all is cached no step is told of, and the plan may be one that is read from the record
  if not data.plan:all_cached() then
    self.nodes, self.state = data.plan.graph.nodes, run_state.new(data.plan, data.jobs)
  end
end

local function say_new_wiring(self)
  local info = self.info
  if info.spec_new and info.spec_version > 1 then
    say(self, "pipeline %s: new wiring, version %d", self.result.pipeline, info.spec_version)
  end
end

function on.run_begin(self)
  local created, interrupted = project.take_news()
  if created then say(self, "store %s created", project.show_path(project.dir)) end
  for _, name in ipairs(interrupted) do say(self, "run %s was interrupted; marked as failed", name) end
  say_new_wiring(self)
  if self.info.keys_new then say(self, "%s", key.EARLIER) end
  say(self, "run %s  %s", colour("bold", self.result.name),
    colour("grey", "stack " .. self.stack .. ", cache " .. (self.cache and "on" or "off")))
  self.n_late = #self.plan:late_hits()
  say_hits(self)
  if can_draw(self.jobs) then
    self.region = require("rille.show.live_region").new(self.plan, self.spec, self.state, self.uncommitted)
  end
end

function on.step_end(self, i, answer)
  local totals = self.totals
  finish_output(self, i)
  for _, artifact in ipairs(answer.outputs) do totals.bytes = totals.bytes + artifact.size end
  if not totals.slowest or answer.seconds > totals.slowest.seconds then
    totals.slowest = { id = id_of(self, i), seconds = answer.seconds }
  end
  totals.metrics[i] = answer.metrics
  say_step(self, i, "ran", time_text(answer.seconds))
  local why = global_options.verbose and self.plan:reason(i)
  if why then say(self, INDENT .. "%s", colour("grey", why)) end
end

function on.step_failed(self, i, answer)
  local is_log_said = finish_output(self, i)
  local failures = self.totals.failures
  failures[#failures + 1] = { id = id_of(self, i), error = answer.error, n_lines = self.n_lines }
  say_all(self, run_text.failure(self.plan, i, answer, self.result.name, self.uncommitted, is_log_said))
end

function on.step_stopped(self, i, answer)
  finish_output(self, i)
  if not answer.unstarted then say_step(self, i, "stopped", time_text(answer.seconds)) end
end

function on.step_retry(self, i, answer, more)
  finish_output(self, i)
  say(self, "  %s %s: attempt %d of %d failed%s: %s", format.status("retrying", 2, 9), id_of(self, i), more.attempt,
    more.times + 1, more.delay > 0 and ", the next in " .. format.seconds(more.delay) or "",
    format.last_lines(answer.error, 1)[1] or "")
end

function on.step_skipped(self, i, cause, reason)
  if self.plan:is_virtual(i) then return end
  say_step(self, i, "skipped", "  " .. (reason or "needs " .. id_of(self, cause) .. ", which failed"))
end

function on.log(self, i, text, more)
  if more.left_out then text = format.left_out(more.left_out, more.open) .. text end
  self.output:add(i, id_of(self, i), text, self.state.jobs == 1 or self.state.n_running == 1)
end

function on.note(self, i, text)
  self.totals.noted[i] = true
  finish_output(self, i)
  say(self, "  %s %s: %s", format.status("note", 2, 9), id_of(self, i), text)
end

function on.notice(self, _, text) say(self, "  %s %s", format.status("note", 2, 9), text) end

function on.tick(self)
  if self.region then self.region:tick() else say_count(self) end
end

function on.hook(self) if self.region then self.region:clear() end end

local function close_region(self)
  if self.region then self.region:close() end
  self.region = nil
end

on.abort = close_region

-- A store that was found further up is named once, last.
local function say_store()
  local above = project.dir and project.take_store_above()
  return above and "  store " .. above
end

local function say_results(self)
  local models = self.result.models
  if models then say_all(self, require("rille.show.model_text").lines(models, self.result.status)) end
  if self.results then say_all(self, require("rille.show.results").lines(self.result, self.totals.metrics)) end
end

function on.run_end(self)
  if self.plan:all_cached() then
    say_new_wiring(self)
    say(self, "%s", run_text.all_cached(self.result))
    say_results(self)
    return say_all(self, { say_store() })
  end
  self.output:flush()
  close_region(self)
  program.set_stop_reported(self.result.status == "stopped")
  local failures = self.totals.failures
  if #failures > 1 or failures[1] and self.n_lines - failures[1].n_lines > NEAR then
    say(self, "")
    say_all(self, run_text.recap(failures))
  end
  say_all(self, run_text.resume(self.result))
  say_all(self, run_text.summary(self.result, self.totals,
    { spec = self.spec, run = self.info, noted = self.totals.noted }))
  local version = program.code_version
  local modules = version and version:take_modules()
  local warning = modules and require("rille.query.recorded_code").warning { modules = modules }
  if warning then say(self, "  %s", colour("grey", warning)) end
  say_results(self)
  say_all(self, { say_store() })
end

-- Takes an event of the run.
---@param event string
---@param position integer?
---@param data any
---@param more any
function Console:event(event, position, data, more)
  if self.state then self.state:on_event(event, position, data) end
  local handler = on[event]
  if handler then handler(self, position, data, more) end
  if self.plan:late_hits()[self.n_late + 1] then say_late_hits(self) end
end

-- A console that writes lines for people.
---@param out fun(text: string) whole lines
---@param results boolean? the final outputs and the metrics are shown at the end
---@return rille.console
function console_lines.new(out, results)
  local self = setmetatable({ out = out, results = results, n_lines = 0, n_late = 0, uncounted = false,
    counted = sys.mono(), totals = { bytes = 0, slowest = nil, noted = {}, metrics = {},
      failures = {} } }, Console)
  self.output = step_output.new(function(id, text)
    if id then say(self, "%s", colour("grey", "── " .. id .. " ──")) end
    write(self, terminal.log(text, 2))
  end)
  return self
end

return console_lines
