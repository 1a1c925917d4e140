-- class_text: the name of a table's metatable.

local class_text = {}

-- "pl.List": the loaded module that is the metatable, or that has it as a field; else the
-- name that the class gives itself.
---@param meta table
---@return string?
function class_text.name(meta)
  local found
  for module, value in next, package.loaded do
    local name = rawequal(value, meta) and module
    if not name and type(value) == "table" then
      for field, v in next, value do
        if rawequal(v, meta) and type(field) == "string" then name = module .. "." .. field end
      end
    end
    if name and (not found or #name < #found or #name == #found and name < found) then found = name end
  end
  found = found and found:gsub("^_G%.", "")
  local own = rawget(meta, "_name") or rawget(meta, "__name")
  return found or type(own) == "string" and own or nil
end

return class_text
