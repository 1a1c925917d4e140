-- facts: which of the things outside that a recorded step was seen to read are not so today.

local hash = require "rille.host.hash"
local lookup = require "rille.cache.lookup"
local observe = require "rille.host.observe"
local project = require "rille.project"
local sys = require "rille.host.sys"

local facts = {}

local LARGE <const> = 64 << 20      -- bytes of a file that is not read to look at it

local function digest_of(bytes) return bytes and hash.hex(hash.sha256(bytes)) end

-- What is to be said of a fact of some kinds, if it is not so; of the others one is found by lookup.holds.
local kinds = {}

function kinds.file(one)
  local path = project.resolve(one.name)
  local kind, size = sys.stat(path)
  if not kind then return one.name .. " is gone" end
  if kind == "file" and size <= LARGE and one.digest and digest_of(sys.read_file(path)) ~= one.digest then
    return one.name .. " is not as it was then"
  end
end

function kinds.absent(one)
  if sys.stat(project.resolve(one.name)) then return one.name .. " exists now" end
end

function kinds.env(one)
  local value = os.getenv(one.name)
  if one.digest and digest_of(value) ~= one.digest or not one.digest and value then
    return string.format("the environment variable %s is not as it was then", one.name)
  end
end

-- Values that belong to the run, which is past.
local OF_THE_RUN <const> = {
  input = function() return true end, model = function() return true end,
  artifact = function(...) return require("rille.query.history").is_unchanged(...) end,
  ["ctx.stack"] = function(recorded, field) return require("rille.stack.view").fact(field) == recorded end,
}

-- Texts about what is not so, at most so many.
---@param reads string? of a step run
---@param node Node
---@param most integer
---@return string[]
function facts.changed(reads, node, most)
  if not reads then return {} end
  observe.new_plan()
  local same, reason = lookup.holds(reads, node, OF_THE_RUN)
  if same then return {} end
  local list = {}
  for _, one in ipairs(observe.describe(reads) or {}) do
    local check = kinds[one.kind]
    list[#list + 1] = check and check(one) or nil
    if #list == most then break end
  end
  if not list[1] then list[1] = reason end
  return list
end

return facts
