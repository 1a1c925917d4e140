-- travel: the prompt at a step of a past run (rille repl --at RUN/STEP, .at RUN/STEP).
--
-- Locals of the session that stand there while one is at the step, and give way to those of before when one leaves:
--     the inputs by the names of their ports, loaded when an entry names them; and by the names that the run function
--     of the step has for them
--     params, and the name that the run function has for them (p)
--     what the run function captures: the variables themselves, so that its lines can be typed
--     inputs, outputs     by name, loaded when they are asked for
--     run, past           the run and the step, as values of the history
--     step                runs the step again (repl/travel_step.lua)

local entry = require "rille.repl.entry"
local history = require "rille.query.history"
local past_entries = require "rille.repl.past_entries"
local travel_card = require "rille.repl.travel_card"
local travel_step = require "rille.repl.travel_step"
local visit = require "rille.run.travel.visit"

local travel = {}

---@class Trip
---@field visit rille.travel.visit
---@field patch boolean today's code
---@field before table<string, table|false> cells of the session that others took the place of
---@field names table<string, true> of the cells but those that the step captures
---@field captured string[]
---@field replayed integer[]? how many entries of a prompt were done again, of how many
---@field params_name string? what the run function calls its parameters
---@field loaded_again fun() call it when other code was loaded

-- By name: loaded when it is asked for.
local function lazy_table(what, names, load)
  local loaded = {}
  return setmetatable({}, {
    __name = what,
    __index = function(_, name)
      if not names[name] then return nil end
      if loaded[name] == nil then loaded[name] = load(name) end
      return loaded[name]
    end,
    __pairs = function(self)
      local i = 0
      return function()
        i = i + 1
        if names[i] then return names[i], self[names[i]] end
      end
    end,
    __tostring = function() return names.text() end,
  })
end

-- Cells --------------------------------------------------------------------------------------

local function put_cell(session, trip, name, cell)
  if not name:find "^[%a_][%w_]*$" then return end
  if trip.before[name] == nil then trip.before[name] = session.cells[name] or false end
  session.cells[name] = cell
end

local function inputs_table(trip)
  local at, names = trip.visit, {}
  for i, one in ipairs(at.inputs) do names[i], names[one.name] = one.name, one end
  function names.text() return travel_card.inputs(at) end
  return lazy_table("inputs", names, function(name) return at:load_input(names[name]) end)
end

local function outputs_table(trip)
  local at, names = trip.visit, {}
  for i, out in ipairs(at.row.outputs or {}) do names[i], names[out.name] = out.name, out end
  function names.text() return travel_card.outputs(at) end
  return lazy_table("outputs", names, function(name)
    return history.artifact_of({ digest = names[name].digest }):load()
  end)
end

-- The names that the run function has for the inputs, and the one for the parameters.
local function argument_names(step)
  local names = {}
  if not step or step.command then return names end
  local skip = step.receiver and 1 or 0
  for k = 1, #step.inputs + 1 do names[k] = debug.getlocal(step.run, skip + k) end
  return names
end

local OWN <const> = { step = true, inputs = true, outputs = true, params = true, run = true, past = true }

local function put_inputs(session, trip, names)
  local at = trip.visit
  for _, one in ipairs(at.inputs) do
    if not OWN[one.name] then
      local cell = entry.lazy(function() return at:load_input(one) end)
      put_cell(session, trip, one.name, cell)
      local k = at.step and at.step.index.input[one.name]
      local other = k and names[k]
      if other and not OWN[other] and not at.step.index.input[other] then put_cell(session, trip, other, cell) end
    end
  end
end

-- The variables that the run function captures: other names stand before them.
local function put_captured(session, trip)
  local step, names = trip.visit.step, {}
  local run = step and not step.command and step.run
  local i = 1
  local name = run and debug.getupvalue(run, i)
  while name do
    if name ~= "_ENV" and not trip.names[name] and not OWN[name] then
      put_cell(session, trip, name, { holder = run, index = i, const = false })
      names[#names + 1] = name
    end
    i = i + 1
    name = debug.getupvalue(run, i)
  end
  trip.captured = names
end

local function put_cells(session, trip)
  local at, names = trip.visit, argument_names(trip.visit.step)
  put_inputs(session, trip, names)
  local params = {}
  for name, v in next, at.params do params[name] = v end
  local cell = entry.cell(params)
  local own = at.step and names[#at.step.inputs + 1]
  if own and not OWN[own] then put_cell(session, trip, own, cell) end
  put_cell(session, trip, "params", cell)
  put_cell(session, trip, "inputs", entry.cell(inputs_table(trip)))
  put_cell(session, trip, "outputs", entry.cell(outputs_table(trip)))
  put_cell(session, trip, "run", entry.cell(at.place.run))
  put_cell(session, trip, "past", entry.cell(at.place.step))
  put_cell(session, trip, "step", entry.cell(travel_step.new(session, trip)))
  trip.params_name = own
  trip.names = {}
  for name in next, trip.before do trip.names[name] = true end
  put_captured(session, trip)
end

-- Trips --------------------------------------------------------------------------------------

-- Goes back to what was before.
---@param session Session
---@return boolean was_away
function travel.leave(session)
  local trip = session.trip
  if not trip then return false end
  for name, cell in next, trip.before do session.cells[name] = cell or nil end
  trip.visit:leave()
  -- other steps than before are no changes of the session
  session.trip, session.watch = nil, nil
  return true
end

-- Goes to a step.
---@param session Session
---@param what string RUN/STEP
---@param patch boolean today's code
function travel.to(session, what, patch)
  local found = require("rille.run.travel.place").find(what)
  travel.leave(session)
  local trip = { visit = visit.new(found), patch = patch, before = {} }
  function trip.loaded_again()
    put_captured(session, trip)
    session.watch = nil
  end
  local at = trip.visit
  local function replay_by(choose)
    at:load_code(patch, function(past)
      local pieces = choose(past.pieces, found.row, at.run.pipeline)
      trip.replayed = { past_entries.replay(past, pieces, function() return at:is_recorded() end) }
    end)
  end
  replay_by(past_entries.needed)
  if trip.replayed and found.row.code and not at:is_recorded() then replay_by(past_entries.all) end
  session.trip, session.watch = trip, nil
  put_cells(session, trip)
  travel_step.keep_sources(session, trip)
end

-- Takes today's code, or that day's, for the step where one is.
---@param session Session
---@param patch boolean
function travel.set_patch(session, patch)
  local found = session.trip.visit.place
  travel.to(session, found.run.name .. "/" .. found.id, patch)
end

-- Where one is, for people; nil: nowhere.
---@param session Session
---@return string?
function travel.card(session)
  local trip = session.trip
  return trip and travel_card.of(trip, session.face.width()) or nil
end

return travel
