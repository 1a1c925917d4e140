-- verify: whether the record of a run is complete and undamaged.
--
-- verify.run(row) -> { objects, bytes, problems = { text... }, steps }: reads every row and object that the run refers
-- to.  verify.choose picks steps that lua/run/rerun_step.lua then runs again, each in a process of its own.

local dynamic_steps = require "rille.record.dynamic_steps"
local entry_lists = require "rille.query.entry_lists"
local hash = require "rille.host.hash"
local json = require "rille.json"
local outcome = require "rille.record.outcome"
local project = require "rille.project"
local unfinished_run = require "rille.record.unfinished_run"

local verify = {}

local RAN <const>, FAILED <const> = outcome.COMPLETED, outcome.FAILED

-- Rows and objects -----------------------------------------------------------------

local Check = { __name = "check of a run" }
Check.__index = Check

function Check:problem(fmt, ...) self.problems[#self.problems + 1] = string.format(fmt, ...) end

function Check:member(what, one)
  local name = one.digest .. one.name
  if self.seen[name] then return end
  self.seen[name] = true
  self.objects, self.bytes = self.objects + 1, self.bytes + one.size
  if one.bytes then
    if hash.sha256(one.bytes) ~= one.digest then
      self:problem("%s: the bytes kept in the metadata are damaged", what)
    end
    return
  end
  local ok, message = project.store:verify(one.digest, one.size)
  if not ok then self:problem("%s: %s", what, message) end
end

function Check:artifact(what, digest)
  if self.seen[digest] then return end
  self.seen[digest] = true
  local artifact = project.meta:artifact(digest)
  if not artifact then
    return self:problem("%s: artifact %s is missing from the metadata, or its row is damaged", what,
      hash.hex(digest):sub(1, 12))
  end
  for _, one in ipairs(artifact.members) do self:member(what .. " (" .. one.name .. ")", one) end
end

-- A result that may be reused has a record in the cache with its outputs.
function Check:record(step)
  if not step.reusable or step.reusable == 0 or not step.key or not step.row then return end
  local outs = {}
  for k, out in ipairs(step.outputs) do outs[k] = out.digest end
  for i = 1, math.maxinteger do
    local row, found = self.records:get(step.key, i)
    if not row then return self:problem("%s: its record in the cache is missing or damaged", step.node) end
    if row == step.row then
      if found ~= table.concat(outs) then self:problem("%s: its record in the cache has other outputs", step.node) end
      return
    end
  end
end

-- A step run is at the position where the wiring has its node.  Runs of older programs are left out: their positions
-- are taken from their step runs.
function Check:position(run, step)
  local made = run.placed and step.row and not step.of and project.meta:step_row(step.row)
  if made and made.run and made.run.row == run.row and (step.status == RAN or step.status == FAILED)
    and made.node ~= step.node and not self.stands[step.position] then
    self:problem("%s: its step run is that of %s", step.node, made.node)
  end
end

function Check:step(step)
  for _, edge in ipairs(step.inputs or {}) do self:artifact(step.node .. ", input " .. edge.name, edge.digest) end
  for _, edge in ipairs(step.outputs or {}) do self:artifact(step.node .. ", output " .. edge.name, edge.digest) end
  self:record(step)
end

function Check:source(path, digest, text)
  if not text then self:problem("source %s is missing from the metadata", path)
  elseif hash.sha256(text) ~= digest then self:problem("the stored source %s is damaged", path) end
end

function Check:sources(run)
  for _, one in ipairs(run.sources and json.decode(run.sources) or {}) do
    local digest = hash.unhex(one.digest)
    if one.path == entry_lists.NAME then
      for list, text in entry_lists.each(digest) do self:source("of the prompt's entries", list, text) end
    else
      self:source(one.path, digest, digest and project.meta:source(digest))
    end
  end
end

-- Reads all that the run refers to.
---@param run table the row of a run
function verify.run(run)
  local steps, message = unfinished_run.steps(run)
  local self = setmetatable({ objects = 0, bytes = 0, problems = {}, seen = {}, steps = steps or {},
    stands = dynamic_steps.of(run).whens }, Check)
  if not steps then self:problem("the steps of the run cannot be read: %s", message) return self end
  self.records = project.meta:cache(#steps)
  for _, step in ipairs(steps) do
    self:step(step)
    self:position(run, step)
  end
  self.records:close()
  -- a map is its items, and a `when` the step that it chose
  self.steps = {}
  for _, step in ipairs(dynamic_steps.complete(run, steps)) do
    if not step.kind then self.steps[#self.steps + 1] = step end
  end
  self:sources(run)
  return self
end

-- Steps to run again ---------------------------------------------------------------

-- Why running a step again would prove nothing, or nil.
local function excuse(step, row)
  local word = outcome.STATUS[step.status] or step.status
  if not step.row or (word ~= "completed" and word ~= "cached") then return "it produced no result" end
  if row.key == nil then return "an earlier step had changed what it captures" end
  if not row.reusable or row.reusable == 0 then return "its result is not cacheable" end
  for _, one in ipairs(row.reads and require("rille.host.observe").describe(row.reads) or {}) do
    if one.kind == "write" then return "it writes " .. one.name .. ", which verify leaves untouched" end
  end
end

local function score(seed, step) return hash.fields("V", "rille-verify/1", "s", tostring(seed), "n", step.node) end

-- The steps to run again, in order, and those that cannot be, with the reason.  Of those that can be, the seed chooses
-- a share; steps that are named are always chosen.
---@param steps table[]
---@param share number 0 to 1
---@param seed integer
---@param named table<string, boolean>
---@return table[] chosen, table[] skipped { node, why }
function verify.choose(steps, share, seed, named)
  local able, chosen, skipped, any = {}, {}, {}, next(named) ~= nil
  for _, step in ipairs(steps) do
    local why = excuse(step, step.row and project.meta:step_row(step.row) or {})
    if named[step.node] and step.row then chosen[step.node] = { kept = not why }
    elseif not any and not why then able[#able + 1] = { step = step, score = score(seed, step) }
    elseif not any and share > 0 then skipped[#skipped + 1] = { node = step.node, why = why } end
  end
  table.sort(able, function(a, b) return a.score < b.score end)
  for i = 1, math.ceil(#able * share) do chosen[able[i].step.node] = { kept = true } end
  local list = {}
  for _, step in ipairs(steps) do
    local one = chosen[step.node]
    if one then list[#list + 1] = { node = step.node, kept = one.kept } end
  end
  return list, skipped
end

return verify
