-- published_form: what a published version has to look like (stack/kinds.lua): a folder that others write to is not
-- trusted, whatever its digests say.

local member_name = require "rille.artifact.member_name"

local published_form = {}

-- May a model be called so?  It is the name of a folder.
---@param name any
---@return boolean
function published_form.is_name(name)
  return type(name) == "string" and #name <= 200 and name:find "^[%a_][%w_.-]*$" ~= nil
end

local function is_text(v) return type(v) == "string" and v ~= "" end
local function is_size(v) return math.type(v) == "integer" and v >= 0 end
local function is_digest(v) return type(v) == "string" and #v == 64 and v:find "^[%da-f]+$" ~= nil end
local function may(is) return function(v) return v == nil or is(v) end end
local function is_number(v) return type(v) == "number" and v == v and math.abs(v) < 1e12 end
local function is_member(v) return member_name.flaw(v) == nil end
local function is_table(v) return type(v) == "table" end
local function is_string(v) return type(v) == "string" end
local function is_signature(v) return require("rille.learn.signature").is(v) end

local KINDS <const> = { data = true, model = true, deployment = true }

local VERSION <const> = { { "name", may(is_string) }, { "created", may(is_number) }, { "published", may(is_number) },
  { "by", may(is_string) }, { "run", may(is_string) }, { "project", may(is_string) },
  { "description", may(is_string) }, { "license", may(is_string) }, { "metadata", may(is_table) },
  { "metrics", may(is_table) }, { "signature", may(is_signature) }, { "artifacts", is_table } }

local ARTIFACT <const> = { { "name", is_text }, { "kind", function(v) return KINDS[v] ~= nil end }, { "type", is_text },
  { "materializer", is_text }, { "version", is_size }, { "digest", is_digest }, { "size", is_size },
  { "metadata", may(is_table) }, { "members", is_table } }

local METRIC <const> = { { "step", is_text }, { "name", is_text },
  { "value", function(v) return type(v) == "number" and v == v end } }

local MEMBER <const> = { { "name", is_member }, { "digest", is_digest }, { "size", is_size } }

-- The first field that is not as it has to be.
local function wrong_field(v, fields, what)
  if type(v) ~= "table" then return what .. " is not an object" end
  for _, field in ipairs(fields) do
    if not field[2](v[field[1]]) then return string.format("%s of %s is not what it has to be", field[1], what) end
  end
end

-- What is wrong with what was read; nil: nothing.
---@param version table
---@param model string
---@param number integer
---@return string?
function published_form.wrong(version, model, number)
  if version.model ~= model or version.number ~= number then
    return "it says that it is another version"
  end
  local why = wrong_field(version, VERSION, "the version")
  for i, artifact in ipairs(not why and version.artifacts or {}) do
    why = why or wrong_field(artifact, ARTIFACT, "artifact " .. i)
    for k, member in ipairs(not why and artifact.members or {}) do
      why = why or wrong_field(member, MEMBER, string.format("member %d of artifact %d", k, i))
    end
  end
  for i, metric in ipairs(not why and version.metrics or {}) do
    why = why or wrong_field(metric, METRIC, "metric " .. i)
  end
  return why
end

return published_form
