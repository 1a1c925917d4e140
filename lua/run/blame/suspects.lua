-- suspects: what changed between two recorded runs, in parts that mixtures can switch one by one.
--
-- A suspect is { kind, label, steps = { [id] = true }, and what it switches: hunks, params = { [name] = true },
-- forced = { group... }, literals; where = "FILE:LINE", lines = changed lines, note }.

local code_suspects = require "rille.run.blame.code_suspects"
local errors = require "rille.base.errors"
local mixed_text = require "rille.run.blame.mixed_text"
local param_suspects = require "rille.run.blame.param_suspects"
local probe = require "rille.run.blame.probe"
local record_suspects = require "rille.run.blame.record_suspects"
local remarks = require "rille.run.blame.remarks"

local suspects = {}

---@class rille.blame.model what mixtures of two runs are made of
---@field good table of run/blame/recorded.lua
---@field bad table
---@field of string id of the step that is asked for
---@field files rille.blame.file[]
---@field neutral table<table, true> hunks that change nothing: they are as in BAD in every mixture
---@field unneeded table<table, true> hunks without which BAD is the same: they are as in GOOD in every mixture
---@field forced table[] parameters of steps that both runs have otherwise than the script says: { ids, name, a, b }
---@field suspects table[]
---@field dropped integer changes that are not upstream of the step
---@field remarks string[] what a reader of the result has to know

-- Leaves out what the step that is asked for does not need.
local function keep_upstream(model, list, none, all)
  local kept = {}
  for _, one in ipairs(list) do
    local is_upstream = false
    for id in next, one.steps do
      local a, b = none.by_id[id], all.by_id[id]
      is_upstream = is_upstream or (a and a.upstream) or (b and b.upstream) or false
    end
    if is_upstream then kept[#kept + 1] = one end
  end
  model.dropped = #list - #kept
  return kept
end

-- The suspects between two runs of one pipeline.
---@param good table
---@param bad table
---@param of string? id of a step
---@return rille.blame.model
function suspects.find(good, bad, of)
  local model = { good = good, bad = bad, of = of, files = mixed_text.files(good, bad), neutral = {}, unneeded = {},
    forced = {}, literals = {}, pinned = {}, suspects = {}, dropped = 0, remarks = {} }
  local none, all = probe.at_end(model, good), probe.at_end(model, bad)
  local places = mixed_text.places(model.files, none, all)
  local list = param_suspects.find(model, none, all)
  local function add(more) table.move(more, 1, #more, #list + 1, list) end
  add(code_suspects.find(model, places, none, all))
  list = param_suspects.by_place(model, list, places, none)
  add(record_suspects.values(model, none, all))
  list = record_suspects.pin(model, keep_upstream(model, list, none, all), none, all)
  local obstacle = record_suspects.target_obstacle(model, none, all)
  if obstacle then
    errors.at(nil, 'step "%s" cannot run in a mixture, as it reads what is not the same in both runs and now (%s): '
      .. "pass that as an input, as in rille.file", of, obstacle)
  end
  model.suspects = list
  model.remarks = remarks.of(model, none, all)
  return model
end

return suspects
