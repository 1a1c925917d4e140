-- external: inputs from outside of a pipeline: values that a run is given, and artifacts
-- of earlier runs (rille.external).
--
-- A handle is { kind, ... }:
--     value    value                            any value, nil apart
--     id       id                               the beginning of a digest, in hex
--     name     pipeline, artifact, version, tag of a pipeline; neither: latest
--     model    model, artifact, version, tag    of a version of a model (script/external_model.lua)
--     found    row                              an artifact at hand (history)
--     input    name, type, literal              an input of the pipeline
-- In a pipeline a handle becomes a literal with an artifact.  The artifact is looked up
-- anew for each graph: a later version has another digest, so the step another key.  The
-- run records label and origin: the version of a name, or an output of a run by its
-- position, where that is known.

local graph = require "rille.graph"
local hash = require "rille.host.hash"
local json = require "rille.json"
local errors = require "rille.base.errors"
local project = require "rille.project"
local running = require "rille.project.running"
local suggest = require "rille.base.suggest"
local types = require "rille.script.types"

local external = {}

local External = { __name = "external artifact" }
external.External = External

-- The class of artifacts that rille.query.past_artifact makes, and how to get their row.
local Artifact, row_of

-- Makes artifacts of this class handles too.
---@param class table metatable
---@param row fun(artifact: table): table
function external.adopt(class, row) Artifact, row_of = class, row end

-- The handle that v is, or that an artifact stands for; else nil.
---@param v any
---@return table? handle
function external.of(v)
  local meta = type(v) == "table" and debug.getmetatable(v)
  if not meta then return nil end
  if meta == External then return v end
  if meta == Artifact then return setmetatable({ kind = "found", row = row_of(v) }, External) end
end

local function text_of(handle)
  local kind = handle.kind
  if kind == "input" then return string.format('input "%s" of the pipeline', handle.name) end
  if kind == "id" then return "artifact " .. handle.id end
  if kind == "found" then return "artifact " .. hash.hex(handle.row.digest):sub(1, 12) end
  if kind == "name" then
    return string.format('artifact "%s" of pipeline "%s"%s', handle.artifact, handle.pipeline,
      handle.version and ", version " .. handle.version or handle.tag and ", tag " .. handle.tag or "")
  end
  if kind == "model" then return require("rille.script.external_model").text(handle) end
  return "an external value"
end

-- The words for a handle in messages; nil for another value.
---@param v any
---@return string?
function external.describe(v)
  local handle = external.of(v)
  return handle and text_of(handle)
end

function External.__tostring(handle) return text_of(handle) end

local function no_value(a, b)
  require("rille.graph.not_ready").operator(external.describe(a) or external.describe(b), "the pipeline runs")
end
for _, name in ipairs(graph.OPERATORS) do External[name] = no_value end

function External.__index(handle, name)
  if graph.current then
    errors.raise('%s has no field "%s": its value is known only when the pipeline runs', text_of(handle),
      tostring(name))
  end
end

-- rille.external ------------------------------------------------------------------

local FIELDS = { value = true, id = true, pipeline = true, artifact = true, version = true,
  tag = true }
local WHAT <const> = "rille.external"

local function check_one(fields)
  if type(fields) ~= "table" or debug.getmetatable(fields) then
    errors.raise('%s: expected one of { value = v }, { id = "..." }, { pipeline = "p", artifact = "name" }, '
      .. '{ model_artifact = "name" }, found %s', WHAT, errors.describe(fields))
  end
  if rawget(fields, "model") ~= nil then
    errors.raise('%s: for an artifact of a model write { model_artifact = "name", model = "m" }', WHAT)
  end
  errors.check_fields(WHAT, fields, FIELDS)
  local ways, named = 0, fields.pipeline ~= nil or fields.artifact ~= nil or fields.version ~= nil
    or fields.tag ~= nil
  for _, there in ipairs { fields.value ~= nil, fields.id ~= nil, named } do
    if there then ways = ways + 1 end
  end
  if ways ~= 1 then
    errors.raise('%s: give exactly one of value, id, model_artifact, or pipeline and artifact; %s', WHAT,
      ways == 0 and "there is none" or "there are " .. ways)
  end
  return named
end

local function version_of(v)
  if v == nil or v == "latest" then return nil end
  local number = math.tointeger(tonumber(v))
  if not number or number < 1 or type(v) == "table" then
    errors.raise('%s: version must be a number from 1, or "latest"; found %s', WHAT, errors.describe(v))
  end
  return number
end

local function tag_of(fields)
  errors.check_text(WHAT, "tag", fields.tag)
  if fields.tag and fields.version ~= nil then errors.raise("%s: give version or tag, not both", WHAT) end
  return fields.tag or false
end

-- rille.external { value = v } | { id = "..." } | { pipeline = "p", artifact =
-- "STEP::OUTPUT" [, version = n | tag = "..."] } | { model_artifact = "name" [, model = "m"]
-- [, version = n | "stage" | "name"] [, tag =] } -> an input for a step or a pipeline
---@param fields { value?: any, id?: string, pipeline?: string, artifact?: string, version?: integer|string,
---  model_artifact?: string, model?: string, tag?: string }
function external.new(fields)
  if running.is_step() then
    errors.raise("%s is for defining or running pipelines, but here a step is running", WHAT)
  end
  local made
  if type(fields) == "table" and not debug.getmetatable(fields) and fields.model_artifact ~= nil then
    made = require("rille.script.external_model").handle(WHAT, fields)
  elseif check_one(fields) then
    for _, field in ipairs { "pipeline", "artifact" } do
      if type(fields[field]) ~= "string" or fields[field] == "" then
        errors.raise('%s: %s must be a name, as in { pipeline = "digits", artifact = "train::model" }; found %s', WHAT,
          field, errors.describe(fields[field]))
      end
    end
    made = { kind = "name", pipeline = fields.pipeline, artifact = fields.artifact,
      version = version_of(fields.version) or false, tag = tag_of(fields) }
  elseif fields.id ~= nil then
    if type(fields.id) ~= "string" or not fields.id:match "^%x+$" or #fields.id > 64 then
      errors.raise("%s: id must be a hex digest or the beginning of one, as shown by rille artifact list; found %s",
        WHAT, errors.describe(fields.id))
    end
    made = { kind = "id", id = fields.id:lower() }
  else
    made = { kind = "value", value = fields.value }
  end
  return setmetatable(made, External)
end

-- An input of a pipeline, as define gets it; literal is nil where only the wiring is wanted.
function external.input(name, typ, literal)
  return setmetatable({ kind = "input", name = name, type = typ, literal = literal or false }, External)
end

-- Finding ---------------------------------------------------------------------------

local function open(what)
  local _, exists = project.find()
  if not exists then errors.raise("%s is not there: nothing has run in this project yet", what) end
  project.need "read"
end

local function by_id(handle)
  local row, message = project.meta:find_artifact(handle.id)
  if row and hash.hex(row.digest):sub(1, #handle.id) == handle.id then
    -- several runs may have made these bytes: the origin is unknown
    return row.digest, row.others == 0 and row.origin or row.others == -1 and { given = true } or nil
  end
  -- the digits may be meant as a name, or as a number of something else
  local digests = project.meta:digests_from(handle.id)
  if #digests == 1 then return digests[1] end
  errors.raise("there is no artifact %s%s; see rille artifact list", handle.id,
    message and message:find "ambiguous" and ": " .. message or "")
end

local function pipeline_names()
  local names = {}
  for i, one in ipairs(project.meta:pipelines()) do names[i] = one.name end
  return names
end

-- The name that the port gives which the newest run has as STEP::OUTPUT, or as
-- OUTPUT of one step alone; or nil.
local function said_name(handle)
  local naming = project.meta:newest_naming(handle.pipeline)
  local said, found = naming and json.unpack(naming) or {}, {}
  if said[handle.artifact] then return said[handle.artifact].name end
  local tail = "::" .. handle.artifact
  for port, one in next, said do
    if one.name and port:sub(-#tail) == tail then found[#found + 1] = one.name end
  end
  return #found == 1 and found[1] or nil
end

-- The full name of the artifact, and whether its port gives it.  A handle may name
-- STEP::OUTPUT, the port's own name, or OUTPUT alone where only one step has it.
local function stored_name(handle)
  local prefix = handle.pipeline .. "::"
  local full, tail = prefix .. handle.artifact, "::" .. handle.artifact
  if project.meta:named_version(full, 0) then return full, false end
  local names, matches, said = {}, {}, said_name(handle)
  for i, row in ipairs(errors.need(project.meta:names_of(handle.pipeline))) do
    local own = row.own == 1
    if own and (row.name == handle.artifact or row.name == said) then return row.name, true end
    if not own and row.name:sub(-#tail) == tail then matches[#matches + 1] = row.name end
    names[i] = own and row.name or row.name:sub(#prefix + 1)
  end
  if #matches == 1 then return matches[1], false end
  if #names == 0 then
    local runs = pipeline_names()
    for _, name in ipairs(runs) do
      if name == handle.pipeline then
        errors.raise("%s is not there: no run of it has produced an artifact", text_of(handle))
      end
    end
    errors.raise('%s is not there: no runs of a pipeline named "%s"%s', text_of(handle), handle.pipeline,
      suggest.hint(handle.pipeline, runs))
  end
  if #matches > 1 then
    for i, name in ipairs(matches) do matches[i] = name:sub(#prefix + 1) end
    errors.raise('pipeline "%s" has several artifacts "%s"; write one of %s', handle.pipeline, handle.artifact,
      table.concat(matches, ", "))
  end
  errors.raise('pipeline "%s" has no artifact "%s"%s', handle.pipeline, handle.artifact,
    suggest.hint(handle.artifact, names))
end

-- The digest and the origin of the version that the handle names.
local function by_name(handle)
  local name, own = stored_name(handle)
  local function version(number)
    if own then return project.meta:held_version(name, number, handle.pipeline) end
    return project.meta:named_version(name, number)
  end
  local number = handle.version or 0
  if handle.tag then
    local found = project.meta:find_artifact(name .. "@" .. handle.tag)
    number = found and found.number or errors.raise('%s: no version has the tag "%s"', text_of(handle), handle.tag)
  end
  local row = version(number)
  if row then return row.digest, { version = row.id } end
  local newest = version(0)
  errors.raise("%s is not there: the newest is version %d", text_of(handle), newest and newest.number or 0)
end

-- The same for an artifact at hand.
local function by_row(row)
  local version = row.version_row or row.name and row.number and project.meta:version_row(row.name, row.number)
  return row.digest, version and { version = version } or row.origin
end

local function look_up(handle)
  if handle.kind == "found" then return by_row(handle.row) end
  if handle.kind == "id" then return by_id(handle) end
  if handle.kind == "model" then return require("rille.script.external_model").look_up(handle) end
  return by_name(handle)
end

-- A run can take an artifact from another artifact store than its own.
local function is_readable(member)
  local store = project.store
  local anywhere = type(store) == "table" and store.intact_anywhere
  return (anywhere or store.intact)(store, member.digest, member.size)
end

-- The artifact of a handle, and its origin where that is known.
local function find(handle)
  open(text_of(handle))
  local digest, origin = look_up(handle)
  local artifact = project.meta:artifact(digest)
  if not artifact then errors.raise("%s is no longer in the metadata", text_of(handle)) end
  for _, one in ipairs(artifact.members) do
    if not one.bytes and not is_readable(one) then
      errors.raise("%s: its bytes are missing from the store or damaged; run the step that made it again",
        text_of(handle))
    end
  end
  return { artifact = artifact, origin = origin or {} }
end

-- The artifact of a handle; within one graph it is looked up once.
local function resolve(handle)
  local g = graph.current
  if not g then return find(handle) end
  g.found = g.found or {}
  local found = g.found[handle]
  if not found then
    found = find(handle)
    g.found[handle] = found
  end
  return found
end

-- The wire ---------------------------------------------------------------------------

local function check_type(handle, from, typ, what)
  if types.could_fit(from, typ) then return end
  errors.raise("%s expects %s, but %s is %s%s", what, typ.name, text_of(handle), from.name,
    typ.element and types.could_fit(from, typ.element) and "; write { NODE, ... }" or "")
end

-- The label of a handle in the wiring.
local function label_of(handle)
  if handle.kind == "name" then return handle.pipeline .. "::" .. handle.artifact end
  if handle.kind == "id" then return "artifact " .. handle.id end
  if handle.kind == "model" then return require("rille.script.external_model").label(handle) end
  return handle.row.name or "artifact"
end

local function artifact_literal(handle, typ, what)
  local found = resolve(handle)
  local artifact = found.artifact
  local from = types.registered[artifact.type] or artifact.type:match "^list" and types.registered.table
  if not from then
    errors.raise("%s: %s is of type %s, which this script does not define", what, text_of(handle), artifact.type)
  end
  check_type(handle, from, typ, what)
  local literal = graph.literal(handle, string.format("%s: %s", errors.where() or "", what))
  literal[2], literal.label, literal.origin = artifact, label_of(handle), found.origin
  if graph.current then table.insert(graph.current.externals, literal) end
  return literal
end

-- The origins of the inputs of a graph from outside, for meta:begin_run: each label and
-- artifact once.  The origin of an artifact from two places is unknown.
---@param g table
---@return table[]
function external.origins(g)
  local list, by = {}, {}
  for _, literal in ipairs(g.externals) do
    local from, digest = literal.origin, literal[2].digest
    local key = literal.label .. "\0" .. digest
    local one = { literal.label, digest, from.version or 0, from.source or 0, from.position or 0, from.output or 0 }
    local before = by[key]
    if from.given then
      -- no step made it: it counts as a value of the script
    elseif not before then
      by[key], list[#list + 1] = one, one
    else
      for k = 3, 6 do
        if before[k] ~= one[k] then before[3], before[4], before[5], before[6] = 0, 0, 0, 0 end
      end
    end
  end
  return list
end

-- The literal of a handle, no value, for a port of this type.
---@param what string 'step "train": input "X"', for messages
function external.wire(handle, typ, what)
  if handle.kind == "input" then
    check_type(handle, handle.type, typ, what)
    return handle.literal
  end
  -- only the wiring is wanted: nothing is looked up
  local g = graph.current
  if g and g.wiring then
    local literal = graph.literal(handle)
    literal.label = label_of(handle)
    return literal
  end
  return artifact_literal(handle, typ, what)
end

return external
