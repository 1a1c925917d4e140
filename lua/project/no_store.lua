-- no_store: what to say where a command that reads a store finds none.

local sys = require "rille.host.sys"

local no_store = {}

---@param dir string? the folder that was named; nil: none was
---@param show fun(path: string): string a path as messages have it
---@return string
function no_store.text(dir, show)
  local inside = dir and dir .. "/.rille"
  local hint = inside and sys.stat(inside) == "folder" and "did you mean " .. show(inside) .. "?"
    or "run a pipeline first, or name one with --store"
  return string.format("there is no store %s; %s", dir and show(dir) or "in this folder or above", hint)
end

return no_store
