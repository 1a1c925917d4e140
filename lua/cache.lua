-- cache: may a record be taken for a step?  The key selects records; one is a hit
-- when everything that its step was seen to read outside is unchanged and its
-- outputs are there.

local blas = require "rille.host.blas"
local graph = require "rille.graph"
local fingerprint = require "rille.host.fingerprint"
local hash = require "rille.host.hash"
local observe = require "rille.host.observe"
local session = require "rille.session"
local sys = require "rille.host.sys"
local uses = require "rille.uses"

local cache = {}

local function outputs_exist(outs)
  for at = 1, #outs, 32 do
    local artifact = session.meta:artifact(outs:sub(at, at + 31))
    if not artifact then return false end
    for _, one in ipairs(artifact.members) do
      if not one.bytes and not session.store:has(one.digest, one.size) then return false end
    end
  end
  return true
end

-- A module whose file changed counts as unchanged when what it returns has the
-- same fingerprint (a comment was edited).
local function module_unchanged(name, recorded)
  local loaded, before = package.loaded, {}
  for k in next, loaded do before[k] = true end
  local ok, result = pcall(loaded._G.require, name)
  local same = ok and fingerprint.value(result) == recorded
  -- the steps of this run load it for themselves
  for k in next, loaded do if not before[k] and not tostring(k):find "^rille%." then loaded[k] = nil end end
  return same
end

-- Does the text of a file of code that a step loaded still mean the same?  The
-- fingerprint of its chunk is over the globals it reads too; nothing is run.  What
-- another text means the fact of the file or module itself tells.
local function code_unchanged(path, recorded)
  local text = sys.read_file(session.resolve(path))
  if not text or hash.sha256(text) ~= recorded:sub(1, 32) then return true end
  local chunk = load((text:gsub("^\xEF\xBB\xBF", ""):gsub("^#[^\n]*", "")), "@" .. path, "t", package.loaded._G)
  return chunk ~= nil and fingerprint.value(chunk) == recorded:sub(33)
end

-- What a context says of the step itself.
local function step_value(node, name)
  if name == "ctx.step.id" then return node[graph.ID] end
  if name == "ctx.step.name" then return node[graph.STEP].name end
end

local WORDS = {
  file = "%s changed", absent = "%s is there now", folder = "the listing of %s changed", env = "the environment variable %s changed",
  module = "module %s changed", write = "%s, which it had written, is gone or changed", value = "%s changed",
  blas = "the BLAS that it computed with changed",
}

local function reason(kind, name)
  local path = kind == "value" and name:match "^code (.*)$"
  if path then return "a global that " .. path .. " reads changed" end
  return string.format(WORDS[kind == "value" and name == "blas" and name or kind] or "%s changed", name or kind or "what it read")
end

-- A lookup(key, node) for a plan of n steps: row, outs, or nil and why not.
---@param n integer steps in the plan
function cache.lookup(n)
  local records = session.meta:cache(n)
  local asking
  local function unchanged(kind, name, recorded)
    if kind == "module" then return module_unchanged(name, recorded) end
    if uses.covers(name) then return uses.holds(name, recorded) end
    if name == "blas" then return blas.name() == recorded end
    local path = name:match "^code (.*)$"
    if path then return code_unchanged(path, recorded) end
    return step_value(asking, name) == recorded
  end
  observe.new_plan()
  return function(key, node)
    local why
    asking = node
    local i = 1
    while true do
      local row, outs, objects, reads = records:get(key, i)
      if not row then return nil, why end
      local same, kind, name = true, nil, nil
      if reads then same, kind, name = observe.check(reads, unchanged) end
      if not same then
        why = why or reason(kind, name)
      elseif objects > 0 and not outputs_exist(outs) then
        why = why or "its output is missing from the store or damaged"
      else
        return row, outs
      end
      i = i + 1
    end
  end
end

return cache
