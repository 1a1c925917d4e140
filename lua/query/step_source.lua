-- step_source: the functions that a recorded step ran, as they were.

local key_parts = require "rille.query.key_parts"

local step_source = {}

-- { name, path, line, text }: its own function first, then those that it captures.
---@param row integer? row of the step run
---@return { name: string, path: string, line: integer?, text: string }[]
function step_source.of_row(row)
  local list = {}
  local taken = row and key_parts.of_row(row)
  if taken and taken.command then return { { name = "command", path = "command", text = taken.command } } end
  for _, leaf in ipairs(taken and taken.leaves or {}) do
    local text = leaf.kind == "function" and key_parts.body(taken, leaf)
    if text then
      list[#list + 1] = { name = leaf.path, path = (leaf.source:gsub("^[@=]", "")), line = leaf.line, text = text }
    end
  end
  return list
end

return step_source
