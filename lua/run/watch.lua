-- watch: runs a pipeline again whenever something that it depends on changes, for `rille watch`.
--
-- A round is a forked child: it loads the script, plans, runs what is not cached, and sends one message; the watcher
-- itself loads no script.

---@class rille.watch.message what a round says of itself
---@field status "completed"|"cached"|"failed"|"stopped"|"error" cached: nothing was to do; error: not loaded
---@field text string|false of a failure or an error
---@field run string|false name of the run
---@field counts table of record/outcome.lua
---@field seconds number
---@field loaded boolean the script could be loaded
---@field found rille.watch.found

---@class rille.watch.found what a round depended on, by absolute paths
---@field files table<string, true> read, or looked for in vain
---@field folders table<string, true> whose listing was read
---@field written table<string, true> by its steps

local child_wait = require "rille.execute.child_wait"
local internal_error = require "rille.base.internal_error"
local graph = require "rille.graph"
local script_file = require "rille.run.script_file"
local errors = require "rille.base.errors"
local observe = require "rille.host.observe"
local worker_process = require "rille.host.worker_process"
local outcome = require "rille.record.outcome"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local program = require "rille.project.program"
local signals = require "rille.project.signals"
local paths = require "rille.project.paths"
local sys = require "rille.host.sys"
local value = require "rille.host.value"

local watch = {}

-- What a round depends on ------------------------------------------------------------

-- The folder of a pattern: that of the part before its first * or ?.
local function pattern_folder(pattern)
  local path = project.resolve(pattern:match "^[^*?%[]*")
  return path:match "^(.*)/[^/]*$"
end

local function add_fact(found, fact)
  if fact.kind == "file" or fact.kind == "absent" then found.files[project.resolve(fact.name)] = true
  elseif fact.kind == "folder" then found.folders[project.resolve(fact.name)] = true
  elseif fact.kind == "module" and fact.path then found.files[project.resolve(fact.path)] = true
  elseif fact.kind == "write" then found.written[project.resolve(fact.name)] = true
  elseif fact.kind == "value" and fact.name:find "^files " then
    found.folders[pattern_folder(fact.name:sub(7))] = true
  end
end

local function add_reads(found, reads)
  for _, fact in ipairs(reads and observe.describe(reads) or {}) do add_fact(found, fact) end
end

-- Adds the scripts that were loaded.
local function add_sources(found)
  if program.script then found.files[program.script] = true end
  for _, one in ipairs(observe.sources()) do
    local path = project.resolve(one.path)
    if sys.stat(path) == "file" then found.files[path] = true end
  end
end

local function add_tree(found, folder)
  found.folders[folder] = true
  for _, name in ipairs(sys.list(folder) or {}) do
    local path = folder .. "/" .. name
    if sys.stat(path) == "folder" then add_tree(found, path) else found.files[path] = true end
  end
end

-- Adds files and folders that are inputs (rille.file, rille.dir).
local function add_literals(found, g)
  for _, node in ipairs(g.nodes) do
    for _, input in ipairs(node[graph.INPUTS]) do
      local v = getmetatable(input) == graph.Literal and input[1]
      if paths.is_file(v) then found.files[project.resolve(v.path)] = true
      elseif paths.is_dir(v) then add_tree(found, project.resolve(v.path)) end
    end
  end
end

-- Adds what the steps read that made the results from the cache.
local function add_hits(found, plan)
  local seen = {}
  for i = 1, #plan.graph.nodes do
    local row = plan:is_cached(i) and plan:result_row(i)
    if row and not seen[row] then
      seen[row] = true
      local kept = project.meta:step_row(row)
      add_reads(found, kept and kept.reads)
    end
  end
end

-- Adds the places where a missing module is looked for.
local function add_missing(found, text)
  local name = text:match "module '([%w_%.%-]+)' not found"
  if not name then return end
  local path = project.resolve((name:gsub("%.", "/")))
  found.files[path .. ".lua"], found.files[path .. "/init.lua"] = true, true
end

-- A round, in the child -----------------------------------------------------------------

local function text_of(err)
  if type(err) == "table" and (err.usage or err.message) then return tostring(err.usage or err.message) end
  return errors.text_of(err, "the script")
end

-- The first n lines of a text.
local function first_lines(text, n)
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    lines[#lines + 1] = line
    if #lines == n then break end
  end
  return table.concat(lines, "\n")
end

-- Plans and runs the pipeline; fills in the message.
local function run_pipeline(file, name, options_of, first, message)
  local run = require "rille.run"
  local pipeline = script_file.pipeline(file, name)
  local plan = run.plan(pipeline, options_of(pipeline))
  add_literals(message.found, plan.graph)
  message.loaded = true
  if plan.n_hits == #plan.graph.nodes and not first then
    message.status, message.counts = "cached", outcome.counts(plan)
    return add_hits(message.found, plan)
  end
  local options = options_of(pipeline)
  options.emit = function(event, _, answer)
    if event == "step_end" or event == "step_failed" then add_reads(message.found, answer.reads) end
  end
  local result = run.pipeline(pipeline, options)
  message.status, message.run, message.counts = result.status, result.name, outcome.counts(result.plan)
  add_hits(message.found, result.plan)
  if result.failed then
    message.text = string.format("step %s: %s", result.failed.id, first_lines(result.failed.answer.error, 3))
  end
end

-- The child: runs the pipeline and sends the message.
local function serve(channel, file, name, options_of, first)
  global_options.set { silent = true, quiet = true }
  local message = { status = "error", text = false, run = false, counts = {}, loaded = false,
    found = { files = {}, folders = {}, written = {} } }
  local t0 = sys.mono()
  local ok, err = internal_error.call(run_pipeline, file, name, options_of, first, message)
  if not ok then
    message.status = "error"
    message.text = internal_error.is(err) and internal_error.report(err, require "rille.base.version")
      or first_lines(text_of(err), 3)
    add_missing(message.found, text_of(err))
  end
  message.seconds = sys.mono() - t0
  add_sources(message.found)
  project.shut_down()
  assert(channel:send(value.encode(message)))
end

-- Runs a round and waits for its end: its message.
---@param file string
---@param name string? of the pipeline
---@param options_of fun(pipeline: table): table what :run is given
---@param first boolean runs although all is cached
---@return rille.watch.message
function watch.round(file, name, options_of, first)
  io.stdout:flush()
  local waits <close> = signals.waiting_for "child"
  assert(waits)
  local channel <close> = errors.need(worker_process.fork(function(c)
    signals.waiting_for "idle"
    serve(c, file, name, options_of, first)
  end))
  local bytes, why = child_wait.receive(channel, child_wait.passed_signals(channel))
  if bytes then return value.decode(bytes) end
  return { status = "error", text = "the run ended early: " .. tostring(why), run = false, counts = {}, loaded = false,
    seconds = 0.0,
    found = { files = {}, folders = {}, written = {} } }
end

-- The folders under watch -----------------------------------------------------------------

---@class rille.watch.folders
---@field watch table of rille.host.watch
---@field path_of table<integer, string> folders that are watched, by their numbers
---@field number_of table<string, integer>
---@field interest table<string, true> paths whose change matters
---@field names table<string, true> folders in which any change matters
---@field scripts table<string, true> folders in which a change of a *.lua may matter
local Folders = { __name = "folders under watch" }
Folders.__index = Folders

---@return rille.watch.folders
function watch.folders()
  return setmetatable({ watch = errors.need(require("rille.host.file_watch").open()), path_of = {}, number_of = {},
    interest = {}, names = {}, scripts = {} }, Folders)
end

local function parent_of(path)
  local parent = path:match "^(.*)/[^/]*$"
  return parent ~= "" and parent or "/"
end

-- Wants the folder of the path or, where it is missing, the nearest one above; the change of any name on the way
-- matters.
local function want(self, path, wanted)
  local at = path
  repeat
    self.interest[at] = true
    at = parent_of(at)
  until wanted[at] or sys.stat(at) == "folder" or at == "/"
  wanted[at] = true
end

-- Watches exactly these folders; returns those that were not watched before.
local function watch_exactly(self, wanted)
  local added = {}
  for path in next, wanted do
    local number = self.watch:add(path)
    if number and self.number_of[path] ~= number then
      self.number_of[path], self.path_of[number] = number, path
      added[path] = true
    end
  end
  for path, number in next, self.number_of do
    if not wanted[path] then
      self.number_of[path] = nil
      if self.path_of[number] == path then
        self.path_of[number] = nil
        self.watch:drop(number)
      end
    end
  end
  return added
end

-- Watches what a round found; of a script that cannot be loaded also what was watched before, and every script beside
-- it.
---@param found rille.watch.found
---@param script string absolute path
---@param loaded boolean
---@return table<string, true> added folders that were not watched before
function Folders:watch_for(found, script, loaded)
  if loaded then self.interest, self.names, self.scripts = {}, {}, {} end
  local wanted = {}
  want(self, script, wanted)
  for path in next, found.files do want(self, path, wanted) end
  for path in next, found.folders do
    self.names[path] = true
    if sys.stat(path) == "folder" then wanted[path] = true end
    want(self, path, wanted)
  end
  if not loaded then
    self.scripts[parent_of(script)] = true
    for path in next, self.interest do want(self, path, wanted) end
  end
  return watch_exactly(self, wanted)
end

-- The path that an event is about, or nil when the event does not matter; and whether it only may matter: a script
-- beside one that cannot be loaded.
local function path_of_event(self, event)
  if event.lost then return "something" end
  local folder = self.path_of[event.folder]
  if not folder then return nil end
  if event.gone then
    self.path_of[event.folder], self.number_of[folder] = nil, nil
    return folder
  end
  if not event.name then return nil end
  local path = (folder == "/" and "" or folder) .. "/" .. event.name
  if self.interest[path] or self.names[folder] then return path end
  if self.scripts[folder] and event.name:find "%.lua$" then return path, true end
end

-- Waits for events; adds the paths that matter to `changed`.
---@param seconds number at most
---@param changed table<string, "sure"|"maybe">
---@return boolean any there was an event
function Folders:wait(seconds, changed)
  local events = errors.need(self.watch:wait(seconds))
  for _, event in ipairs(events) do
    local path, maybe = path_of_event(self, event)
    if path and changed[path] ~= "sure" then changed[path] = maybe and "maybe" or "sure" end
  end
  return #events > 0
end

function Folders:close() self.watch:close() end

return watch
