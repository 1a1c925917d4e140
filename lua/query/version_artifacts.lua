-- version_artifacts: the artifacts of a version of a model (past_model.lua):
--
--   version.artifacts.NAME, version.artifacts.NAME["1"], version.artifacts:each()

local errors = require "rille.base.errors"
local fingerprint = require "rille.host.fingerprint"
local history = require "rille.query.history"
local model_version = require "rille.script.model_version"
local observe = require "rille.host.observe"
local port_type = require "rille.script.port_type"
local project = require "rille.project"
local running = require "rille.project.running"

local answer = project.answer

local version_artifacts = {}

local function artifact_of(link)
  local origin = link.source and { source = link.source, position = link.position, output = link.output } or nil
  return history.artifact_of { step_run = link.step_run, within = link.within, digest = link.digest,
    name = link.name, number = link.version, version_row = link.version_row, type = link.type, size = link.size,
    origin = origin, kind = link.kind }
end

-- The full names that end with a name, in order, and by full name the links, oldest first.
local function by_name(links)
  local order, map = {}, {}
  for _, link in ipairs(links) do
    if not map[link.name] then map[link.name], order[#order + 1] = {}, link.name end
    table.insert(map[link.name], link)
  end
  return order, map
end

local Artifacts = { __name = "artifacts of a version" }
errors.refuse(Artifacts, "__call", "__concat")

-- The names and links as of by_name; with all those of steps that the wiring does not order before the asker, too.
local function read_links(self, all)
  local row = rawget(self, "row")
  -- a later link would be seen by another run of the step
  if running.is_step() then observe.impure "model version.artifacts" end
  if not row.own then return by_name(answer(project.meta:model_links(row.id)) or {}) end
  local list = {}
  for _, link in ipairs(row.own) do if all or not link.unordered then list[#list + 1] = link end end
  return by_name(list)
end

-- The words for a version in messages.
---@param row table
---@return string
function version_artifacts.what_of(row)
  if row.own then return string.format('the new version of model "%s"', row.model) end
  return string.format('model "%s", version %d', row.model, row.number)
end

-- The artifact of a link, whose earlier links are found by their number, as text: artifact["1"].
local function linked(link, all)
  local artifact = artifact_of(link)
  local links = {}
  for _, one in ipairs(all) do links[tostring(one.number)] = one == link and artifact or artifact_of(one) end
  local row = rawget(artifact, "row")
  row.links, row.n_links = links, link.number
  return artifact
end

-- artifacts:each{ kind = } -> iterator over (full name, artifact), the newest link of each name
---@param options? { kind?: string }
local function each(self, options, ...)
  errors.check_self(self, Artifacts, "each", ...)
  if options ~= nil then
    if type(options) ~= "table" then
      errors.raise('artifacts:each: expected options, as in { kind = "model" }, found %s', errors.describe(options))
    end
    errors.check_fields("artifacts:each", options, { kind = true })
    if options.kind ~= nil and not port_type.KINDS[options.kind] then
      errors.raise("artifacts:each: kind must be data, model or deployment, found %s", errors.describe(options.kind))
    end
  end
  local order, map = read_links(self)
  -- nothing but steps without an order: `after` was forgotten
  local own = not order[1] and rawget(self, "row").own
  if own and own[1] then errors.raise("%s", own[1].unordered) end
  local i = 0
  return function()
    repeat
      i = i + 1
      local name = order[i]
      local link = name and map[name][#map[name]]
      if link and (not options or not options.kind or options.kind == link.kind) then
        return name, linked(link, map[name])
      end
    until not name
  end
end

function Artifacts.__index(self, k)
  if k == "each" then return each end
  if type(k) ~= "string" then
    errors.raise("the artifacts of a version have names: write artifacts.NAME or artifacts:each(), found %s",
      errors.describe(k))
  end
  local order, map = read_links(self, true)
  local all = map[model_version.link_name(version_artifacts.what_of(rawget(self, "row")), order, k)]
  if all[#all].unordered then errors.raise("%s", all[#all].unordered) end
  return linked(all[#all], all)
end

function Artifacts.__len(self) return #(read_links(self)) end
function Artifacts.__pairs(self) return each(self) end
function Artifacts.__newindex() errors.raise "the artifacts of a version are added with version:link(artifact)" end

---@param row table of a version, with its model; or { model, own = links of the running run }
function version_artifacts.of(row) return setmetatable({ row = row }, Artifacts) end

-- The row of the artifact that a version is known by: the only one of kind model, or the only one.
---@param name string of the model
---@param which any
---@return table
function version_artifacts.main(name, which)
  local row = model_version.find(name, which)
  row.model = name
  local order, map = by_name(answer(project.meta:model_links(row.id)) or {})
  local found, models = {}, {}
  for i, full in ipairs(order) do
    local link = map[full][#map[full]]
    found[i] = link
    if link.kind == "model" then models[#models + 1] = link end
  end
  local chosen = #models == 1 and models or found
  if #chosen == 1 then return rawget(artifact_of(chosen[1]), "row") end
  if not chosen[1] then errors.raise("%s has no artifacts", version_artifacts.what_of(row)) end
  errors.raise("%s has several artifacts; name one: %s", version_artifacts.what_of(row),
    table.concat(order, ", ", 1, math.min(#order, 5)) .. (order[6] and ", ..." or ""))
end

fingerprint.closed(Artifacts, "history." .. Artifacts.__name)
fingerprint.kind(Artifacts, function(artifacts)
  local row = rawget(artifacts, "row")
  return { "artifacts of a model version", row.model, row.number or false }
end)

return version_artifacts
