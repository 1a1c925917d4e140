-- verdict: may the result of a step that ran be reused, by later runs and by other nodes of this one?
--
-- A result is not reused when the step declares it, or when its value may depend on more than its key: on what was
-- seen to be impure, on what another step of the run changed, on a file that changed while it ran.  The user is
-- told why, once for each step and reason.

local fingerprint = require "rille.host.fingerprint"
local graph = require "rille.graph"
local observe = require "rille.host.observe"

local verdict = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP
local NONE <const> = {}

-- Functions that bring in code, which may set what other steps capture.
local LOADERS <const> = { dofile = true, load = true, loadfile = true, require = true }

---@param info table of the fingerprint
local function loads_code(info)
  for _, name in ipairs(info.reaches) do if LOADERS[name] then return true end end
  return false
end

local Judge = { __name = "judge" }
Judge.__index = Judge

-- The position of another node whose code captures what the step of this node changed.
local function find_sharer(self, position)
  local same = {}
  for i, node in ipairs(self.plan.graph.nodes) do
    local fn = node[STEP].run
    local state = node[STEP].receiver or fn
    if fn and i ~= position and same[state] == nil then
      same[state] = fingerprint.check(fn, self.spec(node).info)
      if not same[state] then return i end
    end
  end
end

-- The position of another node whose code may load what the step of this node changed.
local function find_loader(self, position)
  for i, node in ipairs(self.plan.graph.nodes) do
    if i ~= position and node[STEP].run and loads_code(self.spec(node).info) then return i end
  end
end

local function note(self, position, text)
  local name = self.plan.graph.nodes[position][STEP].name .. text
  if self.noted[name] then return end
  self.noted[name] = true
  self.emit("note", position, text)
end

local function id_of(self, position) return self.plan.graph.nodes[position][ID] end

-- What to do about a use; a library has an absolute path.
local function advice(what, where)
  local module = what:match "^the C module '(.*)'$"
  if module then
    return string.format('if its results depend only on its arguments, add rille.trust { "%s" } at the top', module)
  end
  if what:find "^code of a commit" then return "require it at the top of the module, or of the script" end
  if (what == "_G" or what == "_ENV as a value") and where and where:sub(1, 1) == "/" then
    return "require the library at the top of the script"
  end
  return 'set cache = "always" to cache the result anyway'
end

-- The first impure use that an answer reports, as a reason.
local function impure_reason(node, answer)
  local first = answer.impure and answer.impure[1]
  if not first then return nil end
  local where = first.where == "?" and node[STEP].at or first.where
  return string.format("it uses %s%s; %s", (first.what:gsub("^the C module '(.*)'$", "the C module %1")),
    where and where ~= "" and " at " .. where or "",
    advice(first.what, where))
end

-- A hit would not change the script's state, and another step would see that it is not changed: not where steps are
-- isolated.
local function shared_state_reason(self, position, spec, answer)
  local other = (answer.altered or loads_code(spec.info)) and find_sharer(self, position)
  if other then return string.format("it changed what step %s captures", id_of(self, other)) end
  other = answer.acted and find_loader(self, position)
  if other then
    return string.format("step %s, which loads code, may see its change to %s", id_of(self, other), answer.acted)
  end
end

-- Why the result of a step that succeeded is not reused; nil: it is.
local function refusal(self, position, answer)
  local node = self.plan.graph.nodes[position]
  local spec = self.spec(node)
  if spec.why then return spec.why end
  local why = answer.impure and not spec.always and impure_reason(node, answer)
    or not self.isolated and shared_state_reason(self, position, spec, answer)
  if why then return why end
  if answer.unrecorded then return answer.unrecorded end
  if answer.stale then return answer.stale .. " was changed by an earlier step of this run" end
  if answer.changed and answer.changed[1] then return answer.changed[1] .. " changed while it ran" end
end

local ALTERED <const> = "it changed %s, which it captures; later steps of this run that capture it are not cached"
local ALTERED_ISOLATED <const> =
  "it changed %s, which it captures; no other step sees the change: return the value instead"

local function tell_notes(self, position, answer)
  if not answer.altered and not answer.notes and not answer.ended then return end
  if answer.altered then
    note(self, position, string.format(self.isolated and ALTERED_ISOLATED or ALTERED, answer.altered))
  end
  for _, text in ipairs(answer.notes or NONE) do note(self, position, text) end
  for _, text in ipairs(answer.ok and answer.ended or NONE) do note(self, position, text) end
end

-- A file that another step of the graph wrote is read with a wire to that step, or not at all: else the step fails.
local function check_files(self, position, answer)
  if not answer.reads and not answer.writes and not answer.impure then return end
  local conflict = self.plan.files:check_run(position, self.plan:key(position), answer)
  -- what this process remembers of files may be out of date
  if #(answer.writes or NONE) + #(answer.impure or NONE) > 0 then observe.new_plan() end
  if conflict and answer.ok then answer.ok, answer.error, answer.trace = false, conflict, nil end
end

-- Is there a secret in the bytes of the output?
local function is_told(artifact, secrets)
  for _, member in ipairs(artifact.members) do
    if member.bytes and secrets.shows(member.bytes) then return true end
  end
  return false
end

-- Fields of an answer that have no texts, or texts that are still needed as they are.
local BYTES <const> = { outputs = true, output_digests = true, lost = true, reads = true, writes = true }

-- Takes secrets out of what the answer tells.
local function mask(answer, secrets, step)
  for k, artifact in ipairs(answer.outputs or NONE) do
    if is_told(artifact, secrets) then
      answer.notes = answer.notes or {}
      table.insert(answer.notes, string.format('output "%s" contains a secret; outputs are stored as they are',
        step.outputs[k].name))
    end
  end
  answer.log = answer.log and secrets.mask_log(answer.log)
  for k, v in next, answer do if not BYTES[k] then answer[k] = secrets.masked(v) end end
end

-- What was read under a name that has a secret is not recorded, and so could not be compared later.
local function hide_names(answer, secrets)
  answer.writes, answer.error = secrets.masked(answer.writes), secrets.masked(answer.error)
  if not answer.reads or not secrets.shows(answer.reads) then return end
  answer.reads = nil
  answer.unrecorded = "it reads something whose name contains a secret, and such names are not recorded"
end

-- Judges an answer: sets answer.reusable, and fails it where its files conflict with another step's.
---@param answer table
function Judge:judge(answer)
  -- another process may have changed files that this one remembers
  if self.isolated then observe.new_plan() end
  local position, recorder = answer.position, self.recorder
  local secrets = package.loaded["rille.project.secrets"]
  secrets = secrets and secrets.has_masks() and secrets
  if secrets then mask(answer, secrets, self.plan.graph.nodes[position][STEP]) end
  -- a damaged input is about to be made again
  if answer.lost then recorder:catch_up() end
  answer.reusable = false
  local outputs, made = answer.outputs or NONE, recorder.made
  for k = 1, #outputs do made[outputs[k].digest] = outputs[k] end
  tell_notes(self, position, answer)
  check_files(self, position, answer)
  if secrets then hide_names(answer, secrets) end
  if not answer.ok or self.plan.graph.nodes[position][STEP].options.cache == false then return end
  local why = refusal(self, position, answer)
  if why then return note(self, position, "not cached: " .. why) end
  answer.reusable = true
end

---@param plan table
---@param spec fun(node: table): table
---@param recorder table of the run
---@param emit fun(event: string, position: integer?, ...)
---@param isolated boolean no step sees what another did to the script's state
---@return fun(answer: table) judge
function verdict.judge(plan, spec, recorder, emit, isolated)
  local self = setmetatable({ plan = plan, spec = spec, recorder = recorder, emit = emit, isolated = isolated,
    noted = {} }, Judge)
  return function(answer) return self:judge(answer) end
end

return verdict
