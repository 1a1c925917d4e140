-- record: writes what a run leaves: for each step that ended its bytes, then the names of its objects (one sync of
-- the store), then its row (one commit), and only then the user is told.
--
-- The metadata keeps one wiring for all runs of a pipeline that are wired alike; where `define` called the steps in
-- another order, a node has another place there than in the graph (place_of).

local graph = require "rille.graph"
local host = require "rille.host.wiring"
local json = require "rille.json"
local outcome = require "rille.record.outcome"
local artifact_names = require "rille.record.artifact_names"
local sys = require "rille.host.sys"

local record = {}

local POSITION <const> = graph.POSITION

local BATCH <const>, SECONDS <const> = 4096, 0.9    -- rows and seconds that a commit waits for, at most
local DEFERRED <const> = 256                        -- rows that are not built yet, at most
-- artifacts that stay in memory after their commit, and their bytes, at most
local KEPT <const>, SMALL <const> = 16384, 64

---@class rille.recorder
---@field project rille.project
---@field run table of meta:begin_run: { row, id, name, number, spec_new, spec_version, keys_new }
---@field rows table[] that are not committed yet
---@field row_of table<integer, table|integer> by position: the row, once it is committed its number
---@field made table<string, table> artifacts by digest: those that are not committed, and small ones
---@field noted table<integer, table|false> by position: what the step said of its outputs; false: nothing
---@field deferred table arguments of add() for later, four at a time
---@field deferring table? their plan
---@field n_deferred integer
---@field n_kept integer
---@field written number the time of the last commit
---@field prefix string "PIPELINE::", of the names of outputs
---@field declared table of artifact_names.declared
---@field unlisted boolean
---@field models rille.run_models?
---@field told string? what became of them, as JSON
---@field place table<integer, integer>? places of nodes in the wiring that is kept, where they differ
---@field version rille.code_version? of the code, where it is known
local Recorder = { __name = "recorder" }
Recorder.__index = Recorder

-- The position that the metadata has for a node.
---@param position integer in the graph
---@return integer
function Recorder:place_of(position) return self.place and self.place[position] or position end

local function add_row(self, position, row)
  self.row_of[position] = row
  self.rows[#self.rows + 1] = row
end

-- Rows ---------------------------------------------------------------------------------------

-- Adds the row of a step that ran.
---@param plan table
---@param position integer
---@param answer table
---@param spec table of its step
---@param why string? it was no hit
function Recorder:add(plan, position, answer, spec, why)
  add_row(self, position, require("rille.record.step_row").of_answer(self, plan, position, answer, spec, why))
  if #self.rows >= BATCH then self:flush() end
end

-- Defers add(): rows are built when the run is idle, or when there are many.
function Recorder:defer(plan, position, answer, spec, why)
  local n, list = self.n_deferred + 1, self.deferred
  local k = 4 * n
  self.n_deferred, self.deferring = n, plan
  list[k - 3], list[k - 2], list[k - 1], list[k] = position, answer, spec, why or false
  if n >= DEFERRED then self:catch_up() end
end

-- Builds the rows that were deferred.
function Recorder:catch_up()
  local list, n = self.deferred, self.n_deferred
  if n == 0 then return end
  self.n_deferred = 0
  for k = 4, 4 * n, 4 do
    local answer = list[k - 2]
    list[k - 2] = false
    self:add(self.deferring, list[k - 3], answer, list[k - 1], list[k] or nil)
  end
end

-- Adds the row of a step that was skipped, as the step at the position `cause` failed.
function Recorder:add_skipped(plan, position, cause)
  self:catch_up()
  add_row(self, position, require("rille.record.step_row").of_skipped(self, plan, position, cause))
end

-- Commits ------------------------------------------------------------------------------------

-- The metadata has the values from now on, and a row is known by its number; small values stay in memory for the
-- steps that read them.
local function forget_committed(self)
  local rows = self.rows
  for k = 1, #rows do
    local row = rows[k]
    local outputs = row.outputs
    for n = 1, #outputs do
      local artifact = outputs[n][2]
      if self.n_kept < KEPT and artifact.size <= SMALL and not artifact.members[2] then self.n_kept = self.n_kept + 1
      else self.made[artifact.digest] = nil end
    end
    self.row_of[row.at] = row.row
  end
  self.rows = {}
end

-- Makes all rows durable that were built.
---@param finish table? fields of the run's end
function Recorder:flush(finish)
  local project = self.project
  project.check(project.store:sync())
  local _, told = project.check(project.meta:commit(self.run.row, self.rows, finish))
  self.told = told or self.told
  forget_committed(self)
  self.written = sys.mono()
end

-- The same with the rows that were deferred.
function Recorder:commit()
  self:catch_up()
  self:flush()
end

-- Is everything durable that has ended?
---@return boolean
function Recorder:is_written() return self.n_deferred == 0 and self.rows[1] == nil end

-- In how many seconds what has ended is to be committed; nil when all of it is.  What is not committed has ended
-- after the last commit, so a commit about every second keeps each wait below a second.
---@return number? seconds
function Recorder:due() return not self:is_written() and self.written + SECONDS - sys.mono() or nil end

-- The end ------------------------------------------------------------------------------------

-- The codes and the rows of all nodes, by their places; a row is the number of a step run or a row of this run.
-- hits, where it is there, has the rows of most nodes, and codes and rows those of the others.
local function trace_of(self, plan)
  local codes, rows, hits, others = {}, {}, nil, nil
  if not self.place then hits, others = plan:plain_hits() end
  for k = 1, hits and #others or #plan.graph.nodes do
    local i = hits and others[k] or k
    local place = self:place_of(i)
    codes[place] = outcome.code(plan, i)
    rows[place] = plan:result_row(i) or self.row_of[plan:same_key_as(i)] or self.row_of[i] or false
  end
  return { codes = codes, rows = rows, hits = hits }
end

-- What a step was seen to read, packed, where it ran or was a hit.
local function reads_of(self, plan)
  return function(position)
    local row = plan:result_row(position) or self.row_of[position]
    if type(row) == "table" then return row.reads end
    local kept = row and self.project.meta:step_row(row)
    return kept and kept.reads
  end
end

local function finish_fields(self, plan, status, reason, seconds)
  local trace, expansion = trace_of(self, plan), plan:describe_dynamic(self.place)
  return {
    status = status, reason = reason, seconds = seconds, trace = trace,
    expansion = expansion and json.pack(expansion) or nil,
    counts = json.pack(outcome.counts(plan, trace.codes, self.place)),
    naming = not self.unlisted and artifact_names.at_end(plan, self.prefix, self.declared, self.place) or nil,
    git = self.version and not self.is_cached and self.version:at_end(plan, false, reads_of(self, plan)) or nil,
    models = self.models and self.models:request(self, plan, status) or nil,
    nodes = plan.memo and status == "completed" and not self.place and plan.memo:to_keep(plan) or nil,
  }
end

-- Records the end of the run.
---@param plan table
---@param status "completed"|"failed"|"stopped"
---@param reason string?
---@param seconds number
function Recorder:finish(plan, status, reason, seconds)
  self.finishing = true
  self:catch_up()
  -- what it leaves in models names the rows of its steps
  if self.models and self.rows[1] then self:flush() end
  self:flush(finish_fields(self, plan, status, reason, seconds))
  self.done = true
end

-- Records the end of a run that an error broke off, with as much as can be recorded.
---@param plan table
---@param reason string
function Recorder:give_up(plan, reason)
  if self.done then return end
  if self.finishing or not pcall(self.finish, self, plan, "failed", reason, 0) then
    self.rows, self.n_deferred = {}, 0
    pcall(self.flush, self, { status = "failed", reason = reason, seconds = 0, counts = "{}" })
  end
end

-- The beginning ------------------------------------------------------------------------------

-- The wiring of this kind that is kept, and the places of nodes in it by their positions; nil where none is kept or
-- the nodes are in the same order.
local function kept_wiring(project, fields, g)
  local kept = project.meta:wiring(fields.pipeline, fields.spec_hash)
  if not kept or kept == fields.spec then return nil end
  local place, nodes = {}, host.read(kept)
  for i, node in ipairs(nodes) do
    local own = g.by_id[node.id]
    if not own then return nil end
    place[own[POSITION]] = i
  end
  if #nodes ~= (g.wired or #g.nodes) then return nil end
  -- the items of maps follow
  for i = #nodes + 1, #g.nodes do place[i] = i end
  return kept, setmetatable(place, { __index = function(_, i) return i end })
end

-- Begins a run.
---@param project rille.project
---@param fields table of record/run_row.lua
---@param plan table
---@param done number? seconds of a run in which all is cached: its end is written with its beginning
---@param version rille.code_version? of the code
---@param models rille.run_models?
---@return rille.recorder
function record.begin(project, fields, plan, done, version, models)
  local declared = artifact_names.declared(plan.graph)
  local self = setmetatable({ project = project, rows = {}, row_of = {}, noted = {}, made = {},
    n_kept = 0, deferred = {}, n_deferred = 0, prefix = fields.pipeline .. "::", written = sys.mono(),
    unlisted = fields.unlisted,
    declared = declared, version = version, is_cached = done ~= nil, models = models,
    finishing = false, done = done ~= nil }, Recorder)
  local kept, place = kept_wiring(project, fields, plan.graph)
  if kept then fields.spec, self.place = kept, place end
  fields.naming = declared.text
  if version then fields.git = done and version:at_end(plan, true, reads_of(self, plan)) or version:at_begin() end
  if done then fields.finish = finish_fields(self, plan, "completed", nil, done) end
  self.run = project.check(project.meta:begin_run(fields))
  self.told = self.run.models
  return self
end

return record
