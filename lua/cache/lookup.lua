-- lookup: finds the cached result of a step.  The key selects records; one is a hit when
-- everything that its step was seen to read outside is unchanged and its outputs exist.

local blas = require "rille.host.blas"
local graph = require "rille.graph"
local libm = require "rille.host.libm"
local libraries = require "rille.project.libraries"
local materializer_code = require "rille.artifact.materializer_code"
local observe = require "rille.host.observe"
local project = require "rille.project"
local sys = require "rille.host.sys"

local lookup = {}

-- The value that a step run in another artifact store than the default one has among what it read.
lookup.STORE = "artifact store"

-- Are the artifacts in the store, whole?
---@param outputs string digests
---@return boolean
function lookup.outputs_exist(outputs)
  for at = 1, #outputs, 32 do
    local artifact = project.meta:artifact(outputs:sub(at, at + 31))
    if not artifact then return false end
    for _, member in ipairs(artifact.members) do
      if not member.bytes and not project.store:intact(member.digest, member.size) then return false end
    end
  end
  return true
end

-- The digest of "save NAME" or "load NAME" now, or nil.
local function use_digest(rest)
  local use, name = rest:match "^(%l+) (.*)$"
  local ok, digest = pcall(materializer_code.of_use, use, name)
  return ok and digest or nil
end

-- Values that steps were seen to ask for (observe.fact "value"), by the first word of the fact's
-- name: is_same(recorded bytes, the rest of the name, the node that asks now).  Whatever a step may
-- ask its surroundings, in this process or through a worker, is recorded by a fact and has its
-- row here; an unknown kind of fact counts as changed.
local VALUES = {
  ["blas"] = function(recorded) return blas.name() == recorded end,
  ["libm"] = function(recorded) return libm.name() == recorded end,
  ["library"] = function(recorded, name) return libraries.id(name) == recorded end,
  -- a file of code that a step loaded: the same text may mean something else now
  ["code"] = function(recorded, path) return observe.same_code(path, recorded) end,
  ["sandbox"] = function(recorded, path) return observe.same_code(path, recorded, true) end,
  ["materializer"] = function(recorded, rest) return recorded == use_digest(rest) end,
  -- the script says which files are the defaults of io
  ["io.input"] = function(recorded) return observe.default "input" == recorded end,
  ["io.output"] = function(recorded) return observe.default "output" == recorded end,
  ["link"] = function(recorded, path) return sys.read_link(project.resolve(path)) == recorded end,
  ["base"] = function(recorded) return project.folder() == recorded end,
  ["stage"] = function(recorded, name)
    return tostring(require("rille.project.stages").is_stage(name)) == recorded
  end,
  ["deployment"] = function(recorded, rest) return require("rille.project.deployments").holds(rest, recorded) end,
  ["ctx.step.id"] = function(recorded, _, node) return node[graph.ID] == recorded end,
  ["ctx.step.name"] = function(recorded, _, node) return node[graph.STEP].name == recorded end,
}

local function value_unchanged(name, recorded, node, more)
  local command_reads = require "rille.shell.command_reads"
  if command_reads.covers(name) then return command_reads.holds(name, recorded) end
  local word, rest = name:match "^(%S+) ?(.*)$"
  local is_same = VALUES[word] or more and more[word]
  return is_same ~= nil and is_same(recorded, rest, node)
end

-- Values that are the same whichever step asks for them.
local SHARED <const> = { blas = true, libm = true, library = true, code = true, sandbox = true, materializer = true,
  ["io.input"] = true, ["io.output"] = true, link = true, base = true }

-- Do the facts hold or not whichever step they are of, so that those of several steps can be checked as one?  A file
-- that a step wrote is more: others must not read it.
---@param reads string
---@return boolean shared, string? what is not
function lookup.are_shared(reads)
  for _, fact in ipairs(observe.describe(reads) or { { kind = "damaged", name = "facts" } }) do
    local word = fact.name:match "^%S*"
    local shared = fact.kind ~= "write" and fact.kind ~= "damaged"
      and (fact.kind ~= "value" or SHARED[word] or require("rille.shell.command_reads").covers(fact.name))
    if not shared then return false, fact.kind .. " " .. fact.name end
  end
  return true
end

local WORDS = {
  file = "%s changed", absent = "%s now exists", folder = "the listing of %s changed",
  env = "the environment variable %s changed", write = "%s, which the step wrote, is missing or changed",
  value = "%s changed",
  blas = "the BLAS library changed", libm = "the math library or the processor changed",
}

local GONE = { ["no longer exists"] = "is gone" }

-- Why a record is no hit, from what observe.check gives.
local function reason(kind, name, detail)
  if kind == "value" and name == lookup.STORE then return "last result is in another artifact store" end
  local of_stack = kind == "value" and name:match "^ctx%.stack (.*)$"
  if of_stack then return "the stack has another " .. of_stack:gsub("^%l+ ", ""):gsub("_", " ") end
  local deployed = kind == "value" and name:match "^deployment %l+ (.*)$"
  if deployed then return string.format("the deployment %s has changed", deployed) end
  if kind == "module" then return string.format("module %s: %s", name, detail) end
  if name == "materializer nested values" then return "a materializer for values within its tables changed" end
  local materializer = kind == "value" and name:match "^materializer %l+ (.*)$"
  if materializer then return string.format('materializer "%s" changed', materializer) end
  local path = kind == "value" and name:match "^code (.*)$"
  local link = kind == "value" and name:match "^link (.*)$"
  local library = kind == "value" and name:match "^library (.*)$"
  if library then return string.format("the library %s changed", library) end
  if (kind == "file" or kind == "folder") and detail ~= "changed" then
    return name .. " " .. (GONE[detail] or detail)
  end
  if link then return string.format("the link %s has another target", link) end
  if kind == "value" and name == "base" then return "the project was moved, and the result contains its path" end
  if kind == "value" and name:find "^io%.%l+put$" then return "the script changed the default of " .. name end
  if path then return "a global that " .. path .. " reads changed" end
  if kind == "value" and name:find "^path " then name = name:sub(6) end
  path = kind == "value" and name:match "^sandbox (.*)$"
  if path then return "what " .. path .. " uses of the standard library changed" end
  return string.format(kind == "value" and WORDS[name] or WORDS[kind] or "%s changed", name or kind or "what it read")
end

-- Is what a step read outside still as it was, whatever became of what it wrote?  true, or false and why not.
---@param reads string of a step run
---@param node Node
---@param more table<string, function>? more rows for VALUES
---@return boolean same, string? why
function lookup.holds(reads, node, more)
  local function unchanged(_, name, recorded)
    return name == lookup.STORE or value_unchanged(name, recorded, node, more)
  end
  local same, kind, name, detail = observe.check(reads, unchanged, true)
  if same then return true end
  return false, reason(kind, name, detail)
end

-- The open lookups of a plan; what the metadata has is read when they are first needed.
---@param count fun(): integer how many steps may be looked up
---@return fun(): table
function lookup.records_for(count)
  local records
  return function()
    records = records or project.check(project.meta:cache(count()))
    return records
  end
end

-- A function for a plan: (key, node) -> row, outputs, or nil and why not.
---@param records fun(): table  the open lookups, of meta:cache
---@param files FileConflicts  finds hits that share files with other steps
---@param more table<string, function>?  more rows for VALUES
---@param store_id string?  of the artifact store, where it is not the default one: only its results are hits
---@return fun(key: string, node: Node): (row: integer?, outputs_or_why: string?)
function lookup.new(records, files, more, store_id)
  local asking, is_named
  local function unchanged(_, name, recorded)
    if name == lookup.STORE then
      is_named = true
      return recorded == store_id
    end
    return value_unchanged(name, recorded, asking, more)
  end
  observe.new_plan()
  return function(key, node)
    local why
    asking = node
    local i = 1
    while true do
      local row, outputs, n_objects, reads = records():get(key, i)
      if not row then return nil, why end
      local same, kind, name, detail = true, nil, nil, nil
      is_named = false
      if reads then same, kind, name, detail = observe.check(reads, unchanged) end
      if same and store_id and not is_named then same, kind, name = false, "value", lookup.STORE end
      if not same then
        why = why or reason(kind, name, detail)
      elseif n_objects > 0 and not lookup.outputs_exist(outputs) then
        why = why or "its output is missing from the store, or damaged"
      else
        -- of facts that hold kind says whether the step wrote
        local conflict = reads and files:check_hit(node[graph.POSITION], key, reads, kind)
        if not conflict then return row, outputs end
        why = why or conflict
      end
      i = i + 1
    end
  end
end

return lookup
