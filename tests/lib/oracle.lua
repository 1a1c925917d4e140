-- oracle: projects in temporary folders, run by rille as a process, judged by a
-- run of the same files on an empty store.
--
--   local oracle = require "oracle"
--   local p <close> = oracle.project()
--   p:write("main.lua", text)
--   local run = p:run { args = "--set n=2", env = { MODE = "fast" } }
--   p:judge(run)                      -- raises when an output is not the oracle's
--
-- A run is { name, status, code, options, steps = { ID = { status, outputs =
-- { NAME = digest } } }, order = ids in the order of the graph, ran = set of ids
-- that ran, notes = { ID = text }, out, err }.  options of a run:
--   script   "main.lua"               args      more words of the command line
--   env      { NAME = value }; false: the variable is taken away
--   program  true: `rille FILE NAME ARGS` in place of `rille run FILE --name NAME`
--   cwd      the working folder, the project's by default
--   store    a folder; name   the run's name, r1, r2 ... by default
-- A run by `program` must name its run by its first argument, arg[1].
--
-- RILLE_THROUGH says which runs are made by a host of the library (tests/embed/as_program.c) in place of the program:
--   library   all; first: the 1st, 3rd ... of a project; second: the 2nd, 4th ...
-- What one left in the store, the other finds.  Runs on empty stores are the program's, and so is what the library has
-- no words for (`program`, --set STEP.NAME).  Steps in the thread of a host share the state of the script: one that
-- the library says to have seen another's change may differ; a run by the program may not.  With
-- AS_PROGRAM_JOBS=2 the library's steps run in processes, unless a run says -j.
--
-- With RILLE_AUDIT in the environment every project that is completed or judged is
-- run with --audit too: no step may read more than its fingerprint names.

local json = require "rille.json"
local paths = require "paths"

local oracle = { keep = os.getenv "RILLE_KEEP" ~= nil, audit = os.getenv "RILLE_AUDIT" ~= nil }

local function quote(s) return "'" .. tostring(s):gsub("'", "'\\''") .. "'" end
oracle.quote = quote

local function shell(command)
  local f = assert(io.popen(command))
  local text = f:read "a"
  f:close()
  return text
end
oracle.shell = shell

oracle.rille = paths.rille

local THROUGH <const> = os.getenv "RILLE_THROUGH"

-- Can the library say it?
local function has_words(o)
  local args = o.args or ""
  return not o.program and not args:find "%-%-set '?[%w_]+%." and not args:find "%-%-audit"
end

-- By which of both the run is made.
local function door(self, o)
  if not THROUGH or not has_words(o) then return "program" end
  if o.door then return o.door end
  self.turns = (self.turns or 0) + 1
  if THROUGH == "library" then return "library" end
  if THROUGH == "first" then return self.turns % 2 == 1 and "library" or "program" end
  if THROUGH == "second" then return self.turns % 2 == 0 and "library" or "program" end
  error("RILLE_THROUGH=" .. THROUGH .. ": expected library, first or second", 0)
end

local Project = { __name = "project" }
Project.__index = Project

-- A new folder DIR with the folder project/ in it; its store stands beside.
function oracle.project()
  local root = shell("mktemp -d " .. quote((os.getenv "TMPDIR" or "/tmp") .. "/rille-case-XXXXXX")):gsub("\n$", "")
  assert(root ~= "", "no temporary folder")
  local self = setmetatable({ root = root, dir = root .. "/project", store = root .. "/store", runs = 0,
    fresh_runs = 0 },
    Project)
  assert(os.execute("mkdir " .. quote(self.dir)))
  return self
end

function Project:close()
  if not oracle.keep then os.execute("rm -rf " .. quote(self.root)) end
end
Project.__close = Project.close

function Project:path(name) return self.dir .. "/" .. name end

-- Writes a file below the project; makes its folders.
function Project:write(name, text)
  local path = self:path(name)
  local f = io.open(path, "w")
  if not f then
    os.execute("mkdir -p " .. quote(path:match "^(.*)/"))
    f = assert(io.open(path, "w"))
  end
  f:write(text)
  f:close()
end

function Project:write_all(files)
  for name, text in pairs(files) do
    if text then self:write(name, text) else self:remove(name) end
  end
end

function Project:read(name)
  local f = io.open(self:path(name))
  local text = f and f:read "a"
  if f then f:close() end
  return text
end

function Project:remove(name) os.remove(self:path(name)) end

-- A command of the shell in the project's folder.
function Project:shell(command) return shell("cd " .. quote(self.dir) .. " && " .. command) end

local function env_words(env)
  local words = { "env" }
  for name, value in pairs(env or {}) do
    if value == false then
      table.insert(words, 2, "-u " .. name)
    else
      words[#words + 1] = quote(name .. "=" .. value)
    end
  end
  return #words > 1 and table.concat(words, " ") .. " " or ""
end

-- One line of the shell that runs and shows: their outputs and exit codes go to
-- standard output, split by lines that no program prints.
local CUT <const> = "\n--rille-case--\n"

local function command_line(self, o)
  local rille, store = quote(oracle.rille), " --store " .. quote(o.store)
  local file = quote(self:path(o.script or "main.lua"))
  local run
  if o.program then
    run = rille .. " --json" .. store .. " " .. file .. " " .. o.name .. " " .. (o.args or "")
  elseif o.door == "library" then
    run = quote(paths.build .. "/as_program") .. " run " .. file .. " --json --name " .. o.name .. store .. " "
      .. (o.args or "")
  else
    run = rille .. " run " .. file .. " --json --name " .. o.name .. store .. " " .. (o.args or "")
  end
  local cut = "printf '\\n--rille-case--\\n'"
  return table.concat({
    "cd " .. quote(o.cwd or self.dir), "{ " .. env_words(o.env) .. run .. " 2>&3; code=$?", cut,
    rille .. " show " .. o.name .. " --json" .. store .. " 2>&1", cut,
    "echo $code; } 3>" .. quote(self.root .. "/stderr"),
  }, "\n")
end

local function events_of(text, run)
  for line in text:gmatch "[^\n]+" do
    local ok, event = pcall(json.decode, line)
    if ok and type(event) == "table" and event.event then
      if event.event == "step_end" and event.status ~= "skipped"
        and event.status ~= "cached" then run.ran[event.step] = event.status end
      if event.event == "note" then run.notes[event.step] = (run.notes[event.step] or "") .. event.text .. "\n" end
      if event.event == "run_end" then run.ended = event end
    end
  end
end

local function steps_of(text, run)
  local ok, shown = pcall(json.decode, text)
  if not ok or type(shown) ~= "table" then return end
  run.status, run.shown = shown.status, shown
  for i, step in ipairs(shown.steps) do
    local outputs = {}
    for name, out in pairs(step.outputs) do outputs[name] = out.digest end
    run.order[i] = step.id
    run.steps[step.id] = { status = step.status, reason = step.reason, outputs = outputs,
      cached_from = step.cached_from, kind = step.kind, inputs = json.encode(step.inputs) }
  end
end

local function check_agreement(run)
  for id, step in pairs(run.steps) do
    local said = run.ran[id]
    local ran = step.status == "completed" or step.status == "failed"
    -- a map is its items, a `when` what it stands for
    if not step.kind and (ran ~= (said ~= nil) or said and said ~= step.status) then
      error(string.format("step %s: its event says %s, rille show says %s", id, said or "nothing", step.status), 0)
    end
  end
end

local DONE <const> = { completed = "completed", failed = "failed" }

-- Runs the project and reads back what came of it.
function Project:run(options)
  local o = {}
  for k, v in pairs(options or {}) do o[k] = v end
  o.door = door(self, o)
  self.runs = self.runs + 1
  o.store = o.store or self.store
  o.name = o.name or "r" .. self.runs
  local text = shell(command_line(self, o))
  local first, last = text:find(CUT, 1, true)
  local from, to = text:find(CUT, last + 1, true)
  local run = { name = o.name, options = o, steps = {}, order = {}, ran = {}, notes = {}, out = text:sub(1, first - 1),
    code = math.tointeger(tonumber(text:sub(to + 1))) }
  local f = io.open(self.root .. "/stderr")
  run.err = f and f:read "a" or ""
  if f then f:close() end
  events_of(run.out, run)
  steps_of(text:sub(last + 1, from - 1), run)
  if o.door == "library" then
    for id, step in pairs(run.steps) do run.ran[id] = DONE[step.status] end
  elseif run.status then
    check_agreement(run)
  end
  return run
end

-- Runs the project with --audit on a store of its own; raises when the audit finds
-- something.  What the run leaves on disk is put back.
function Project:audited(run)
  if run.options.program then return end
  local o = {}
  for k, v in pairs(run.options) do o[k] = v end
  self.audits = (self.audits or 0) + 1
  o.store, o.args = self.root .. "/audit-" .. self.audits, (o.args or "") .. " --audit"
  os.execute("cp -a " .. quote(self.dir) .. " " .. quote(self.root .. "/before-audit"))
  local made = self:run(o)
  os.execute("rm -rf " .. quote(self.dir) .. " && mv " .. quote(self.root .. "/before-audit") .. " " .. quote(self.dir))
  if made.code == 5 or made.out:find('"violation"', 1, true) then
    error("the audit found:\n" .. made.out:gsub('[^\n]*"event":"[nrs][^\n]*\n', ""), 0)
  end
  return made
end

-- As run, but a run that did not complete is an error.
function Project:complete(options)
  local run = self:run(options)
  if run.status ~= "completed" then
    error(string.format("the run ended with status %s, code %s\n%s%s", tostring(run.status), tostring(run.code),
      run.out, run.err),
      2)
  end
  if oracle.audit then self:audited(run) end
  return run
end

-- The same on an empty store.
function Project:fresh(run)
  local o = {}
  for k, v in pairs(run.options) do o[k] = v end
  o.door = "program"
  self.fresh_runs = self.fresh_runs + 1
  o.store = self.root .. "/empty-" .. self.fresh_runs
  local made = self:run(o)
  if not oracle.keep then os.execute("rm -rf " .. quote(o.store)) end
  return made
end

-- A step that was stopped or skipped did not get as far: in a run that failed that is a
-- matter of time, unless it stands behind the step that failed.
local FAR = { completed = "done", cached = "done", failed = "failed", stopped = "stopped", skipped = "stopped",
  pending = "stopped" }

local function is_undetermined(run, a, b)
  return run.status ~= "completed" and (FAR[a.status] == "stopped") ~= (FAR[b.status] == "stopped")
end

-- How one step of a run differs from the same on an empty store, or nil.
local function step_difference(run, id, got, want)
  if not got then return "step " .. id .. " is missing" end
  if is_undetermined(run, got, want) then return nil end
  if (FAR[got.status] or got.status) ~= (FAR[want.status] or want.status)
    or got.status == "skipped" ~= (want.status == "skipped") and run.status == "completed" then
    return string.format("step %s is %s, on an empty store %s", id, got.status, want.status)
  end
  for name, digest in pairs(want.outputs) do
    if got.outputs[name] ~= digest then
      return string.format("STALE: step %s (%s), output %s: %s, on an empty store %s", id, got.status, name,
        tostring(got.outputs[name]):sub(1, 12), digest:sub(1, 12))
    end
  end
end

-- Does the library say of a step that it saw, or that others may see, what another one changed?
local function is_told(run, id)
  local notes = run.options.door == "library" and run.notes[id] or ""
  return notes:find "was changed by an earlier step of this run" ~= nil or notes:find "may see its change" ~= nil
end

-- May the step of a run by the library differ from that of the program?  Where its inputs do, or where it was told to.
local function may_differ(run, want, id, told)
  local got = run.steps[id]
  return run.options.door == "library" and got and (told or got.inputs ~= want.steps[id].inputs)
end

-- nil when both are the same: statuses apart from cached, as far as the order determines
-- them, and every digest.
function oracle.difference(run, want)
  if run.status ~= want.status then
    return string.format("the run is %s, on an empty store %s\n%s%s", tostring(run.status), tostring(want.status),
      run.err, want.err)
  end
  local told = false
  for _, id in ipairs(want.order) do
    local difference = step_difference(run, id, run.steps[id], want.steps[id])
    told = told or is_told(run, id)
    if difference and not may_differ(run, want, id, told) then return difference end
  end
  for id in pairs(run.steps) do
    if not want.steps[id] then return "step " .. id .. " should not be there" end
  end
end

-- Raises when the run differs from one on an empty store; returns that one.
function Project:judge(run)
  local want = self:fresh(run)
  local difference = oracle.difference(run, want)
  if difference then error(difference, 2) end
  return want
end

-- The text of a script with a step `work` and a step `after` that reads what it
-- made.  parts: top (code above), fields (of work, apart from run), outputs, run,
-- call (what work is given), params and define_top (of the pipeline), tail.
function oracle.program(parts)
  if type(parts) == "string" then parts = { run = parts } end
  return table.concat({
    'local rille = require "rille"',
    "local t = rille.types",
    parts.top or "",
    'local work = rille.step "work" {',
    "  " .. (parts.fields or ""),
    "  outputs = { " .. (parts.outputs or 't.any "out"') .. " },",
    "  run = " .. parts.run .. ",",
    "}",
    "local function text(v, depth)",
    '  if type(v) ~= "table" then return (math.type(v) or type(v)) .. " " .. (type(v) == "userdata" and "?" or '
      .. 'tostring(v)) end',
    "  local list = {}",
    '  for k, x in pairs(v) do list[#list + 1] = tostring(k) .. " = " .. text(x) end',
    '  return "{ " .. table.concat(list, ", ") .. " }"',
    "end",
    'local after = rille.step "after" {',
    '  inputs = { t.any "x" },',
    '  outputs = { t.string "text" },',
    "  run = function(x) return text(x) end,",
    "}",
    'local p = rille.pipeline "p" {',
    "  params = { " .. (parts.params or "") .. " },",
    "  define = function(p)",
    "    " .. (parts.define_top or ""),
    "    local made = work " .. (parts.call or "{}"),
    "    after { x = made" .. (parts.wire or "") .. " }",
    "  end,",
    "}",
    parts.tail or "",
    "return p",
    "",
  }, "\n")
end

return oracle
