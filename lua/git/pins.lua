-- pins: which chunks of this process are code of a commit, by their names ("@steps/trainer.lua@e4d3808dee").

local pins = {}

---@class rille.git.pin
---@field sha string the commit
---@field path string of the file, relative to the root of the repository
---@field scope string the commit and the folder that the chunk loads more code from, as keys have it

local chunks = {}       ---@type table<string, rille.git.pin>
local has_some = false

---@param source string
---@param pin rille.git.pin
function pins.add(source, pin) chunks[source], has_some = pin, true end

---@param source string
---@return rille.git.pin?
function pins.of(source) return chunks[source] end

-- The scopes of the functions among the leaves of a fingerprint, as a text; nil for none.
---@param leaves { source: string? }[]
---@return string?
function pins.scopes(leaves)
  if not has_some then return nil end
  local seen, list = {}, {}
  for _, leaf in ipairs(leaves) do
    local pin = leaf.source and chunks[leaf.source]
    if pin and not seen[pin.scope] then
      seen[pin.scope] = true
      list[#list + 1] = pin.scope
    end
  end
  table.sort(list)
  return list[1] and table.concat(list, "\0")
end

return pins
