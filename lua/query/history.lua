-- history: past runs as values.
--
--   rille.pipelines.NAME.runs[-1].steps.ID.outputs.NAME:load()
--
-- Everything is read when it is asked for; a listing fetches pages.  Inside a
-- step history may be read only with cache = false.  What a step captured before is
-- in its key by its identity; a field that the step reads of it and that can change
-- (the tags of an artifact) is an observed fact, or makes the step impure.

local context = require "rille.execute.context"
local map_record = require "rille.record.map_record"
local external = require "rille.script.external"
local fingerprint = require "rille.host.fingerprint"
local hash = require "rille.host.hash"
local json = require "rille.json"
local materialize = require "rille.artifact.materialize"
local errors = require "rille.base.errors"
local observe = require "rille.host.observe"
local record = require "rille.record"
local output_names = require "rille.record.output_names"
local did_you_mean = require "rille.query.did_you_mean"
local project = require "rille.project"
local running = require "rille.project.running"
local suggest = require "rille.base.suggest"
local upcalls = require "rille.base.upcalls"
local sys = require "rille.host.sys"
local types = require "rille.script.types"
local value = require "rille.host.value"
local load_as = require "rille.artifact.load_as"
local view_of_run = require "rille.record.running_run"

local meta_of = debug.getmetatable

local history = {}

local PAGE <const> = 50

local function need()
  context.check_history()
  project.need "read"
end

local function unpack(text) return text and json.unpack(text) or {} end

-- What fields of objects were found to be, by the object.
local shown = setmetatable({}, { __mode = "k" })

-- Names that a field gives lazily: { field = function(row) -> value }.
---@param read fun(row: table, field: string, value: any) a step has read it
local function lazy(name, fields, methods, read)
  local meta = { __name = name }
  errors.refuse(meta, "__call", "__concat", "__lt", "__le", "__add", "__sub", "__mul", "__div", "__unm", "__len")
  function meta.__newindex(_, k) require("rille.base.usage_hints").set(name, k) end
  function meta.__pairs() require("rille.base.usage_hints").walk(name, fields) end
  function meta.__index(self, k)
    local method = methods and methods[k]
    if method then return method end
    local get = fields[k]
    if not get then
      require("rille.base.usage_hints").field(name, k, methods or {}, fields)
    end
    local row, known = rawget(self, "row"), shown[self]
    if not known then
      known = {}
      shown[self] = known
    end
    local v = known[k]
    if v == nil then
      v = get(row)
      known[k] = v
    end
    if running.is_step() then read(row, k, v) end
    return v
  end
  return meta
end

-- Artifacts ------------------------------------------------------------------

-- Files of loaded artifacts live as long as the program.
local function load_folder() return errors.need(sys.make_folder(project.scratch() .. "/load-")) end

local function full(row)
  if not row.members then
    local found = project.meta:artifact(row.digest) or context.within("made", row.digest)
    if not found then error("artifact " .. hash.hex(row.digest):sub(1, 12) .. " is not in the metadata", 0) end
    for k, v in next, found do if row[k] == nil then row[k] = v end end
  end
  return row
end

-- What the run says of an artifact that an input was handed: its name, number and
-- step_run; of another it is in the row.
local function told(row)
  if not row.handed then return row end
  if not row.told then row.told = context.within("input", row.handed[1], row.handed[2]) or {} end
  return row.told
end

-- The row of the version that the artifact is of its name, or nil.
local function version_row(row)
  row = told(row)
  if row.version_row or not row.name or not row.number then return row.version_row end
  row.version_row = project.meta:version_row(row.name, row.number)
  return row.version_row
end

-- The tags of an artifact version, by name.
---@param version integer? its row
---@return string[]
function history.tags(version) return version and project.meta:tags(version) or {} end

-- Puts tags on the version, or takes them off; how many changed.
local function tag(self, added, ...)
  errors.check_self(self, history.Artifact, added and "tag" or "untag")
  local row = rawget(self, "row")
  local tags = { ... }
  types.check_tags("artifact:" .. (added and "tag" or "untag"), tags)
  if #tags == 0 then errors.raise("artifact:%s: name a tag", added and "tag" or "untag") end
  project.need "write"
  local version = version_row(row)
  if not version then errors.raise("artifact %s has no name, and only versions of a name have tags", hash.hex(row.digest):sub(1, 12)) end
  local changed = 0
  for _, one in ipairs(tags) do
    local done, message = project.meta:tag(version, one, added)
    if done == nil then errors.raise("%s", message) end
    changed = changed + (done and 1 or 0)
  end
  if shown[self] then shown[self].tags = nil end
  return changed
end

local function uri(row)
  local one = full(row).members[1]
  if #row.members == 1 and not one.bytes then
    return "file://" .. project.object_file(hash.hex(one.digest))
  end
  return "rille:" .. hash.hex(row.digest)
end

-- What a materializer's load does to an artifact that a step captures is in no key.
local function observe_load()
  if running.is_step() then observe.impure "artifact:load" end
end

-- What the step that made it said of it (ctx:log_artifact_metadata).
local function noted(row)
  if row.noted ~= nil then return row.noted or {} end
  local node, output = nil, row.origin and row.origin.output
  if not row.step_run then node, output = require("rille.query.lineage").new():maker(row) end
  local from = row.step_run or node and node.row
  local step = from and project.meta:step_row(from)
  local notes = step and unpack(step.notes).outputs or {}
  for k, out in ipairs(step and step.outputs or {}) do
    if out.digest == row.digest and notes[out.name] and (k == output or not output) then return notes[out.name] end
  end
  return {}
end

-- By the materializer, and by the step.
local function metadata(row)
  local all = unpack(full(row).metadata)
  for k, v in next, noted(row) do all[k] = v end
  return all
end

-- The bytes of a member, the first when it is not named; else nil, message, code.
function history.bytes(artifact, name)
  for _, one in ipairs(full(rawget(artifact, "row")).members) do
    if not name or one.name == name then
      if one.bytes then return one.bytes end
      return project.store:get(one.digest, one.size)
    end
  end
  return nil, 'the artifact has no member "' .. tostring(name) .. '"'
end

-- What the run has of its own for the step that asks, or nil; why it may not is a
-- mistake.
local function within(method, ...)
  local found, why = context.within(method, ...)
  if why then errors.raise("%s", why) end
  return found
end

local function versions_of(name) return within("versions", name) or project.meta:versions(name) end

-- Of an artifact that is known by its digest and name alone: what a later run compares.
local FACTS = {
  tags = { of = function(row) return history.tags(version_row(row)) end, text = function(tags) return table.concat(tags, "\n") end },
  metadata = { of = metadata, text = value.digest },
}
local FIXED = { id = true, digest = true, type = true, size = true, version = true, name = true, materializer = true, preview = true, members = true }

-- Its metadata says who made it: by the row, or else by its digest.
local function made_by_row(row) return row.noted ~= nil or row.step_run ~= nil end

-- The same of one that an input was handed, whose digest and metadata are in the key.
local CONTENT = { id = true, digest = true, type = true, size = true, materializer = true, preview = true, members = true, metadata = true }

local function read_handed(row, field)
  if CONTENT[field] then return end
  local fact = view_of_run.fact(told(row), field)
  if not fact then return observe.impure("artifact." .. field) end
  observe.fact("value", string.format("input %d %d %s", row.handed[1], row.handed[2], field), fact)
end

local function read_artifact(row, field, v)
  if row.handed then return read_handed(row, field) end
  if FIXED[field] or field == "tags" and not (row.name and row.number) or field == "metadata" and made_by_row(row) then return end
  local fact = FACTS[field]
  if not fact or row.within or row.taken then return observe.impure("artifact." .. field) end
  observe.fact("value", string.format("artifact %s %s %s@%s", field, hash.hex(row.digest), row.name or "", row.number or ""), fact.text(v))
end

-- Is a field of an artifact that a step read still the same?  rest: the name of the fact (cache/lookup.lua) after
-- its first word.
---@param recorded string
---@param rest string
---@return boolean
function history.is_unchanged(recorded, rest)
  local field, digest, name, number = rest:match "^(%l+) (%x+) (.*)@(%d*)$"
  local fact = FACTS[field]
  local row = fact and { digest = hash.unhex(digest), name = name ~= "" and name or nil, number = math.tointeger(number) }
  return row ~= nil and fact.text(fact.of(row)) == recorded
end

local Artifact = lazy("artifact", {
  id = function(row) return hash.hex(row.digest) end,
  digest = function(row) return hash.hex(row.digest) end,
  type = function(row) return full(row).type end,
  size = function(row) return full(row).size end,
  version = function(row) return told(row).number end,
  name = function(row) return told(row).name end,
  uri = uri,
  metadata = metadata,
  materializer = function(row) return full(row).materializer end,
  tags = function(row) return history.tags(version_row(row)) end,
  versions = function(row)
    local list = {}
    local name = told(row).name
    for i, one in ipairs(name and versions_of(name) or {}) do list[i] = history.artifact_of(one) end
    return list
  end,
  preview = function(row) return full(row).preview end,
  members = function(row)
    local list = {}
    for i, one in ipairs(full(row).members) do list[i] = { name = one.name, size = one.size, digest = hash.hex(one.digest) } end
    return list
  end,
  producer = function(row)
    if row.handed or row.within then
      local number = told(row).step_run
      local step = number and history.step_by_row(number)
      if step then rawget(step, "row").observed = row.handed ~= nil end
      return step or nil
    end
    local node = require("rille.query.lineage").new():maker(row)
    return node and history.step_at(node.run, node.position)
  end,
}, {
  -- artifact:load { as = "frame" } -> the value, as it was saved or as another type
  load = function(self, options)
    errors.check_self(self, history.Artifact, "load")
    if options ~= nil then
      if type(options) ~= "table" then errors.raise('artifact:load: expected options, as in { as = "frame" }, found %s', errors.describe(options)) end
      errors.check_fields("artifact:load", options, { as = true })
    end
    local row = full(rawget(self, "row"))
    -- the code of a script's views is in no key
    if not row.handed or options and options.as ~= nil and next(materialize.own) ~= nil then observe_load() end
    return load_as.load(row, { store = project.store, folder = row.folder or load_folder }, options and options.as)
  end,
  -- artifact:tag("best", ...), artifact:untag("best", ...) -> how many changed
  tag = function(self, ...) return tag(self, true, ...) end,
  untag = function(self, ...) return tag(self, false, ...) end,
  -- artifact:bytes(member) -> the bytes of a member (the only one when not named)
  bytes = function(self, name)
    errors.check_self(self, history.Artifact, "bytes")
    local bytes, message = history.bytes(self, name)
    if not bytes then error(message, 0) end
    return bytes
  end,
}, read_artifact)
Artifact.__eq = function(a, b) return meta_of(a) == meta_of(b) and rawget(a, "row").digest == rawget(b, "row").digest end
Artifact.__tostring = function(self) return string.format("artifact %s (%s)", self.digest:sub(1, 12), self.type) end
history.Artifact = Artifact

external.adopt(Artifact, function(artifact) return rawget(artifact, "row") end)

---@param row table { digest, name?, number?, type?, size? }
function history.artifact_of(row) return setmetatable({ row = row }, Artifact) end

-- The artifact that an input of type artifact is handed.
---@param artifact table with all that it has
---@param input integer
---@param place integer in a list, else 1
---@param noted string what the step that made it said of it, packed
---@param folder fun(): string for files that it loads
function history.handed(artifact, input, place, noted, folder)
  local row = {}
  for k, v in next, artifact do row[k] = v end
  row.noted, row.handed, row.folder = json.unpack(noted), { input, place }, folder
  return history.artifact_of(row)
end

-- rille.artifact(name | id | digest prefix)
function history.artifact(what)
  need()
  if type(what) ~= "string" then errors.raise("rille.artifact: expected a name, an id or the beginning of a digest, found %s", errors.describe(what)) end
  local row, message = within("artifact", what), nil
  if not row then row, message = project.meta:find_artifact(what) end
  if not row then errors.raise("%s", did_you_mean.no_artifact(what, message)) end
  return history.artifact_of(row)
end

-- The artifact that a command names, or a mistake.
---@param what string
---@return table row
function history.need_artifact(what)
  need()
  local row, message = project.meta:find_artifact(what)
  if not row then errors.at(nil, "%s", did_you_mean.no_artifact(what, message)) end
  return row
end

-- Steps ----------------------------------------------------------------------

-- The one of a list at an index, -1 being the last; one past the end is nil, for ipairs.
---@param what string "outputs"
local function at(what, list, k)
  local i = math.tointeger(k)
  if i and i ~= 0 and i >= -#list and i <= #list + 1 then return list[i < 0 and #list + 1 + i or i] end
  errors.raise("%s[%.14g]: %s", what, k, #list == 0 and "there are none" or string.format("they are numbered 1 to %d, and -1 is the last", #list))
end

-- __call of a table of named things.
---@param what string
---@param forms string how one is had
local function not_called(what, forms) return function() errors.raise("%s cannot be called: write %s", what, forms) end end

-- A table of named things that says which names there are.
local function named(what, map, order)
  return setmetatable(map, {
    __index = function(_, k)
      if type(k) == "number" then return at(what .. "s", order, k) end
      errors.raise('there is no %s "%s"%s', what, tostring(k), suggest.hint(k, order.names or {}))
    end,
    __len = function() return #order end,
    __call = not_called(what .. "s", what .. "s.NAME or " .. what .. "s[1]"),
  })
end

local outputs_of

-- Of a map: by name the list of what the items made.
local function outputs_of_items(row)
  local map, order = {}, { names = {} }
  for i, item in ipairs(row.items) do
    local _, outputs = outputs_of(item)
    for k, name in ipairs(outputs.names) do
      if not map[name] then map[name], order[k], order.names[k] = {}, name, name end
      map[name][i] = outputs[k]
    end
  end
  for k, name in ipairs(order.names) do order[k] = map[name] end
  return named("output", map, order), order
end

function outputs_of(row)
  if row.items then return outputs_of_items(row) end
  local map, order = {}, { names = {} }
  local notes = unpack(row.notes).outputs or {}
  for i, out in ipairs(row.outputs or {}) do
    local artifact = history.artifact_of { digest = out.digest, name = out.artifact, number = out.version, version_row = out.version_row, type = out.type,
      size = out.size, noted = notes[out.name] or false, origin = row.owner and { source = row.owner, position = row.position, output = i } or nil }
    map[out.name], order[i], order.names[i] = artifact, artifact, out.name
  end
  return named("output", map, order), order
end

local function inputs_of(row)
  local map, order, ends = {}, { names = {} }, nil
  -- what they were wired to, when somebody asks who made one
  local function end_of(i)
    if not ends then
      local walk = require("rille.query.lineage").new()
      local node = walk:node(row.owner, row.position)
      ends = node and walk:inputs(node) or {}
    end
    return ends[i]
  end
  for i, input in ipairs(row.inputs or {}) do
    local function taken() return end_of(i) end
    local artifact = history.artifact_of { digest = input.digest, taken = row.owner and taken or nil }
    local port = input.name
    local before = rawget(map, port)
    if before and getmetatable(before) == Artifact then map[port] = { before, artifact }
    elseif before then before[#before + 1] = artifact
    else
      map[port] = artifact
      order.names[#order.names + 1] = port
    end
    order[#order + 1] = artifact
  end
  return named("input", map, order)
end

-- Of a run or a step run nothing but its identity is in a key.
local function reader(kind, fixed)
  -- observed: which row it is, is a fact already, and a row does not change
  return function(row, field) if not fixed[field] and not row.observed then observe.impure(kind .. "." .. field) end end
end

local Step = lazy("step run", {
  id = function(row) return row.node end,
  name = function(row) return row.step end,
  status = function(row) return row.status_name end,
  reason = function(row) return row.reason end,
  key = function(row) return row.key and hash.hex(row.key) or nil end,
  seconds = function(row) return row.seconds end,
  error = function(row) return row.error end,
  parameters = function(row) return unpack(row.params) end,
  metrics = function(row) return unpack(row.metrics) end,
  metadata = function(row) return unpack(row.metadata) end,
  logged = function(row) return unpack(row.notes).params or {} end,
  attempts = function(row)
    if not row.row or row.status_name == "cached" then return {} end
    return project.meta:attempts(row.row) or {}
  end,
  log = function(row) return row.row and project.meta:step_row(row.row).log or "" end,
  outputs = function(row) return (outputs_of(row)) end,
  output = function(row)
    local _, order = outputs_of(row)
    if #order ~= 1 then errors.raise('step "%s" has %d outputs; write .outputs.NAME with one of %s', row.node, #order, table.concat(order.names, ", ")) end
    return order[1]
  end,
  inputs = inputs_of,
  kind = function(row) return row.kind or "step" end,
  items = function(row)
    local list = {}
    for i, item in ipairs(row.items or {}) do list[i] = setmetatable({ row = item }, history.Step) end
    return list
  end,
  cached_from = function(row) return row.cached_from end,
  run = function(row) return row.run_name end,
}, nil, reader("step run", { id = true, name = true }))
Step.__tostring = function(self) return string.format("step %s (%s)", self.id, self.status) end
history.Step = Step

-- A step of the running run that need not have ended when the one that asks runs.
local Unordered = { __name = "step run" }

function Unordered.__index(self, k)
  local row = rawget(self, "row")
  if k == "id" then return row.node end
  if k == "name" then return row.step end
  errors.raise("%s", row.unordered)
end

-- A step row of the metadata with what the face adds: its status as a word and
-- where a hit came from.
local function dress(run, row)
  if row.unordered then return setmetatable({ row = row }, Unordered) end
  row.status_name = record.STATUS[row.status] or row.status
  row.run_name, row.owner = run.name, run.row
  local cached = row.status_name == "cached"
  if cached and row.run then row.cached_from = row.run.name .. "/" .. row.run.node end
  if cached then row.seconds = 0.0 end
  -- one of many that a run was not asked for has no row of its own
  if row.status_name == "skipped" and not row.reason and unpack(run.extra).only then row.reason = "left out by --only" end
  return setmetatable({ row = row }, Step)
end

-- The steps of a run in order.
local function steps_of(run)
  local list = {}
  local rows = within("steps", run.id)
  if not rows then
    rows = map_record.dress(run, project.meta:steps(run.row))
    output_names.dress(project.meta, run, rows)
  end
  for i, row in ipairs(rows) do list[i] = dress(run, row) end
  return list
end

-- How many attempts came before the last one: { [row of the step run] = n }.
function history.attempts_of(run)
  local counts = {}
  for _, one in ipairs(project.meta:attempt_counts(run.row) or {}) do counts[one.row] = one.n end
  return counts
end

-- The step at a position of a run, as the run has it.
---@param run_row integer
---@param position integer
function history.step_at(run_row, position)
  local walk = require("rille.query.lineage").new()
  local run, step = walk:place(run_row, position)
  if not run then return nil end
  output_names.dress(project.meta, run, { step })
  return dress(run, step)
end

function history.step_by_row(number)
  local row = project.meta:step_row(number)
  if not row then return nil end
  row.run_name = row.run and row.run.name
  row.status_name = row.status
  return setmetatable({ row = row }, Step)
end

-- Runs -----------------------------------------------------------------------

local Run = lazy("run", {
  id = function(row) return row.id end,
  name = function(row) return row.name end,
  pipeline = function(row) return row.pipeline end,
  status = function(row) return row.status end,
  reason = function(row) return row.reason end,
  number = function(row) return row.number end,
  started = function(row) return row.started end,
  seconds = function(row) return row.seconds end,
  parameters = function(row) return unpack(row.params) end,
  tags = function(row) return unpack(row.tags) end,
  stack = function(row) return row.stack end,
  extra = function(row) return unpack(row.extra) end,
  script = function(row) return row.script end,
  steps = function(row)
    local map, order = {}, { names = {} }
    for i, step in ipairs(steps_of(row)) do
      map[step.id], order[i], order.names[i] = step, step, step.id
    end
    setmetatable(map, {
      __index = function(_, k)
        if type(k) == "number" then return at("run.steps", order, k) end
        errors.raise('run %s has no step "%s"%s', row.name, tostring(k), suggest.hint(k, order.names))
      end,
      __len = function() return #order end,
      __call = not_called("run.steps", "run.steps.ID or run.steps[1]"),
      __pairs = function()
        local i = 0
        return function()
          i = i + 1
          if order[i] then return order[i].id, order[i] end
        end
      end,
    })
    return map
  end,
}, {
  -- run:diff(other) -> what differs from this run to the other (compare.lua)
  ---@param other table a run
  ---@return table
  diff = function(self, other)
    errors.check_self(self, history.Run, "diff")
    local row = type(other) == "table" and getmetatable(other) == history.Run and rawget(other, "row")
    if not row then
      errors.raise("run:diff: expected a run, found %s%s", errors.describe(other), other == nil and "; write run:diff(other), with a colon" or "")
    end
    need()
    return require("rille.query.compare").runs(rawget(self, "row"), row)
  end,
  -- run:graph() -> its drawing (rille help graph)
  graph = function(self)
    errors.check_self(self, history.Run, "graph")
    return upcalls.draw_run(self)
  end,
}, reader("run", { id = true, name = true, pipeline = true, number = true }))
Run.__tostring = function(self) return string.format("run %s (%s)", self.name, self.status) end
Run.__eq = function(a, b) return meta_of(a) == meta_of(b) and rawget(a, "row").id == rawget(b, "row").id end
history.Run = Run

function history.run_of(row) return setmetatable({ row = row }, Run) end

-- The run of that name, id or beginning of an id; PIPELINE@-1 is its newest.
---@return table? run, string? message
function history.find_run(what)
  need()
  local pipeline, n = what:match "^(.-)@(%-?%d+)$"
  local row, message
  if pipeline then
    row = project.meta:nth_run(pipeline, math.tointeger(n))
    if not row then return nil, did_you_mean.nth_run(pipeline, n) end
  else
    row, message = project.meta:run(what)
    if not row then return nil, message and message .. did_you_mean.run(what) or string.format('there is no run "%s"', what) end
  end
  return history.run_of(row)
end

-- The newest of the recent runs that have a step with this id, or nil.
---@param id string
function history.newest_with(id)
  need()
  for _, row in ipairs((project.meta:runs { limit = PAGE, unlisted = true })) do
    if project.meta:step(row.row, id) then return history.run_of(row) end
  end
end

-- Pipelines ------------------------------------------------------------------

-- The run that was asked for last by its number, by pipeline: { id and newest number of
-- the pipeline, n, number of the run }.  A loop over runs[i] goes on from there, instead
-- of counting from the first run each time.
local asked = setmetatable({}, { __mode = "k" })

-- The n-th listed run of the pipeline; from the newest when n is negative.
local function nth_run(pipeline, n)
  local meta = project.meta
  local head = meta:pipeline(pipeline)
  if not head or not head.newest or n == 0 then return nil end
  asked[meta] = asked[meta] or {}
  local last, row = asked[meta][pipeline], nil
  local is_near = last and last.id == head.id and (n < 0) == (last.n < 0) and (n > 0 or last.newest == head.newest) and math.abs(n - last.n) < math.abs(n)
  if is_near then
    local towards = n < last.n and meta.run_before or meta.run_after
    local found = towards(meta, head.id, last.number, math.abs(n - last.n))
    row = found and meta:run(found)
  else row = meta:nth_run(pipeline, n) end
  if row then asked[meta][pipeline] = { id = head.id, newest = head.newest, n = n, number = row.number } end
  return row
end

local Pipeline = { __name = "pipeline history" }
local Runs = { __name = "runs" }
errors.refuse(Pipeline, "__call", "__concat")
function Pipeline.__pairs() require("rille.base.usage_hints").walk("pipeline history", { name = true, runs = true }) end
errors.refuse(Runs, "__call", "__concat")

-- One that there is not (yet) is nil.
function Runs.__index(self, n)
  local i = type(n) == "number" and math.tointeger(n)
  if not i or i == 0 then
    if type(n) == "string" and rawget(Pipeline, n) and n:sub(1, 2) ~= "__" then errors.raise("%s is a method of the pipeline's history: write rille.pipelines.NAME:%s()", n, n) end
    errors.raise("runs are numbered: runs[1] is the oldest, runs[-1] the newest, found %s", errors.describe(n))
  end
  need()
  -- the newest is the one that goes on, for its own steps
  local own = i == -1 and within "identity"
  local row = own and own.pipeline == self.pipeline and not own.unlisted and project.meta:run(own.id) or nth_run(self.pipeline, i)
  return row and history.run_of(row)
end

function Runs.__len(self)
  need()
  return project.meta:listed_runs(self.pipeline) or 0
end

-- All runs, from the oldest.
function Runs.__pairs(self)
  return function(runs, i)
    local run = runs[i + 1]
    if run then return i + 1, run end
  end, self, 0
end

function Runs.__newindex() errors.raise "the list of a pipeline's runs does not change" end

local STATUSES = { running = true, completed = true, failed = true, stopped = true }

local function check_options(what, options, allowed)
  if options == nil then return {} end
  if type(options) ~= "table" then
    errors.raise('%s takes a table of options, as in { status = "completed" }; found %s', what, errors.describe(options))
  end
  errors.check_fields(what, options, allowed)
  local limit = options.limit
  if limit ~= nil and (math.type(limit) ~= "integer" or limit < 1) then
    errors.raise("%s: limit is an integer from 1, found %s", what, errors.describe(limit))
  end
  if options.status ~= nil and not STATUSES[options.status] then
    errors.raise('%s: unknown status "%s"%s', what, tostring(options.status), suggest.hint(tostring(options.status), { "running", "completed", "failed", "stopped" }))
  end
  return options
end

-- pipeline:each { status =, limit = } -> iterator over runs, newest first
---@param options? { status?: string, limit?: integer }
---@return fun(): table? run
function Pipeline.each(self, options)
  errors.check_self(self, Pipeline, "each")
  options = check_options("each", options, { status = true, limit = true })
  need()
  local left, page, i, cursor, last = options.limit or math.huge, nil, 0, nil, false
  return function()
    if left <= 0 then return nil end
    if not page or i == #page then
      if last then return nil end
      page, cursor = project.meta:runs { pipeline = self.name, status = options.status, limit = PAGE, before = cursor }
      last, i = cursor == nil, 0
      if #page == 0 then return nil end
    end
    i, left = i + 1, left - 1
    return history.run_of(page[i])
  end
end

-- pipeline:latest { status = } -> run | nil
---@param options? { status?: string }
---@return table? run
function Pipeline.latest(self, options)
  errors.check_self(self, Pipeline, "latest")
  options = check_options("latest", options, { status = true })
  need()
  local row = project.meta:runs { pipeline = self.name, status = options.status, limit = 1 }[1]
  return row and history.run_of(row)
end

function Pipeline.__index(self, k)
  local method = rawget(Pipeline, k)
  if method and k:sub(1, 2) ~= "__" then return method end
  if k == "runs" then return setmetatable({ pipeline = rawget(self, "name") }, Runs) end
  require("rille.base.usage_hints").field("pipeline history", k, Pipeline, { runs = true, name = true })
end
Pipeline.__tostring = function(self) return "history of pipeline " .. self.name end

function history.pipeline(name) return setmetatable({ name = name }, Pipeline) end

-- rille.pipelines
history.pipelines = setmetatable({}, {
  __call = not_called("rille.pipelines", "rille.pipelines.NAME"),
  __index = function(_, name)
    need()
    if type(name) == "string" and project.meta:pipeline(name) then return history.pipeline(name) end
    local names = {}
    for i, one in ipairs(project.meta:pipelines()) do names[i] = one.name end
    errors.raise('there is no run of a pipeline "%s"%s', tostring(name), suggest.hint(name, names))
  end,
  __pairs = function()
    need()
    local list, i = project.meta:pipelines(), 0
    return function()
      i = i + 1
      if list[i] then return list[i].name, history.pipeline(list[i].name) end
    end
  end,
})

for _, meta in ipairs { Artifact, Step, history.Run, Runs, Pipeline } do
  fingerprint.closed(meta, "history." .. meta.__name)
end

-- The plain values of a row: what it is the row of.
local function identity(kind, ...)
  local names = { ... }
  return function(object)
    local row, parts = rawget(object, "row"), { kind }
    for i, name in ipairs(names) do
      local v = row[name]
      parts[i + 1] = v == nil and false or type(v) == "function" and "given" or v
    end
    return parts
  end
end
-- Of one whose maker only its row knows, what the maker said of it counts: by its
-- digest it could be another's.
local artifact_parts = identity("artifact", "digest", "name", "number", "step_run", "noted", "within", "taken")
fingerprint.kind(Artifact, function(artifact)
  local row = rawget(artifact, "row")
  if row.noted == nil and row.origin then
    local said = noted(row)
    row.noted = next(said) ~= nil and said
  end
  return artifact_parts(artifact)
end)
fingerprint.kind(Step, identity("step run", "row", "node", "step", "run_name", "owner", "position"))
fingerprint.kind(Run, identity("run", "id", "name", "number"))

return history
