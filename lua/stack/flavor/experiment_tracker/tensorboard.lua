-- The experiment tracker "tensorboard": an event file in a folder for each run (stack/event_file.lua).
--
--   PATH/RUN/events.out.tfevents.TIME.HOST.PROCESS.NUMBER.ID      ID: the beginning of the run's id
-- A file is complete when it appears: while a run goes on it gets another one every few seconds, in the order of their
-- names.  Metrics are STEP/METRIC.  A run that is written again gets new files in place of its earlier ones.

local errors = require "rille.base.errors"
local event_file = require "rille.stack.event_file"
local folder_lock = require "rille.stack.folder_lock"
local output_file = require "rille.host.output_file"
local path_name = require "rille.stack.path_name"
local sys = require "rille.host.sys"
local t = require("rille.script.types").t
local tracked = require "rille.stack.tracked"

local SECONDS <const> = 5           -- between two files of a run, at least
local MOST <const> = 1000           -- bytes of a parameter in the table
local PREFIX <const> = "events.out.tfevents."

local Tracker = {}
Tracker.__index = Tracker

local function suffix_of(run) return run.id:sub(1, 12) end

local function event_files(folder)
  local list = {}
  for _, name in ipairs(sys.list(folder) or {}) do
    if name:find(PREFIX, 1, true) == 1 then list[#list + 1] = name end
  end
  return list
end

-- The folder of a run: its own one, or a new one; another project may have one of that name.
local function folder_of(root, run)
  local base, own = root .. "/" .. path_name.flat(run.name), "." .. suffix_of(run)
  for k = 1, 1000 do
    local folder = k == 1 and base or base .. "-" .. k
    local files = event_files(folder)
    if not files[1] then return folder, files end
    for _, name in ipairs(files) do if name:sub(-#own) == own then return folder, files end end
  end
  errors.raise("%s: 1000 runs of other projects have this name", base)
end

local function host()
  return (sys.read_stream("/proc/sys/kernel/hostname", 256) or ""):match "^[%w_.%-]+" or "host"
end

-- Writes what has come since the last time as a file of its own.
local function flush(self)
  if #self.records == 0 then return end
  self.number = self.number + 1
  local name = string.format("%s%010d.%s.%s.%06d.%s", PREFIX, self.time // 1, self.host, self.process, self.number,
    self.suffix)
  local ok, why = output_file.write(self.folder .. "/" .. name,
    event_file.version(self.time) .. self.restart .. table.concat(self.records))
  if not ok then os.remove(self.folder) end               -- where it is empty
  errors.need(ok, why)
  self.records, self.restart, self.flushed = {}, "", sys.mono()
end

function Tracker:run_begin(run)
  errors.need(sys.mkdirs(self.root))
  sys.write_scratch(self.root .. "/.gitignore", "*\n")          -- fine when it is there
  self.folder = folder_of(self.root, run)
  errors.need(sys.mkdirs(self.folder))
  self.lock = folder_lock.wait(self.folder)             -- another process may export the same run
  local earlier = event_files(self.folder)
  for _, name in ipairs(earlier) do errors.need(sys.remove(self.folder .. "/" .. name)) end
  self.restart = earlier[1] and event_file.restart(run.started, 0) or ""
  self.time, self.host, self.suffix = run.started, host(), suffix_of(run)
  self.process = sys.read_link "/proc/self" or "0"
  self.records, self.number, self.params, self.flushed = {}, 0, {}, sys.mono()
end

local function add_params(self, prefix, list)
  for _, one in ipairs(list) do self.params[#self.params + 1] = { prefix .. one[1], one[2] } end
end

function Tracker:step_end(step)
  for _, name in ipairs(tracked.metrics(step)) do
    local tag = tracked.utf8(step.id .. "/" .. name)
    for _, point in ipairs(tracked.points(step, name)) do
      self.records[#self.records + 1] = event_file.scalar(point.time, point.step, tag, point.value)
    end
  end
  add_params(self, step.id .. "/", tracked.params(step.params, step.logged))
  if sys.mono() - self.flushed >= SECONDS then flush(self) end
end

-- A text as a cell of a table in Markdown.
local function cell(text)
  text = tracked.utf8(text):gsub("[|\\]", "\\%0"):gsub("%s*\n%s*", " ")
  if #text <= MOST then return text end
  return text:sub(1, utf8.offset(text, 0, MOST + 1) - 1) .. "..."
end

-- The run and its parameters as a table in Markdown.
local function page(self, run)
  local lines = { "| | |", "|---|---|" }
  local function line(name, value) lines[#lines + 1] = string.format("| %s | %s |", cell(name), cell(value)) end
  line("run", run.name)
  line("pipeline", run.pipeline)
  line("status", run.status)
  if run.failed then line("failed", (run.failed.step and run.failed.step .. ": " or "") .. run.failed.error) end
  if run.git then line("commit", run.git.sha .. (run.git.dirty and " with changes" or "")) end
  for _, one in ipairs(self.params) do line(one[1], one[2]) end
  return table.concat(lines, "\n") .. "\n"
end

function Tracker:run_end(run)
  local steps = self.params
  self.params = {}
  add_params(self, "", tracked.params(run.params))
  table.move(steps, 1, #steps, #self.params + 1, self.params)
  self.records[#self.records + 1] = event_file.text(run.started, 0, "parameters", page(self, run))
  flush(self)
  self:close()
end

function Tracker:close()
  local lock <close> = self.lock
  self.lock = nil
end

-- Where a run was written, for people.
function Tracker:place() return self.folder end

return {
  kind = "experiment_tracker", name = "tensorboard", summary = "event files for tensorboard --logdir",
  options = { path = t.string { default = "tensorboard", doc = "folder, relative to the script's" } },
  path = function(options, env) return env.path(options.path) end,
  open = function(options, env) return setmetatable({ root = env.path(options.path) }, Tracker) end,
}
