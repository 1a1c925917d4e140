-- inspection: what the name at a place of a cell is, as ?NAME and ??NAME tell it.

local about = require "rille.repl.about"
local completing = require "rille.kernel.completing"
local rich = require "rille.kernel.rich"

local inspection = {}

-- The name that ends or goes on at the byte; nil where there is none.
local function name_at(code, at)
  local before = code:sub(1, at):match "[%a_][%w_.:]*$" or ""
  local after = code:sub(at + 1):match "^[%w_]*"
  local name = (before .. after):gsub(":", "."):gsub("%.+$", "")
  return name:find "^[%a_]" and name or nil
end

-- The name before the innermost bracket that is open at the byte.
local function called_at(code, at)
  local depth = 0
  for i = at, 1, -1 do
    local c = code:sub(i, i)
    if c:find "[)}%]]" then depth = depth + 1 end
    if c:find "[({%[]" then
      if depth == 0 then return name_at((code:sub(1, i - 1):gsub("%s+$", "")), i - 1) end
      depth = depth - 1
    end
  end
end

-- What about.lua says of the name; nil where there is no such value.
local function told(cells, name, source)
  local lines = {}
  local seen = setmetatable({ face = { put = function(text) lines[#lines + 1] = text end,
    width = cells.session.face.width } }, { __index = cells.session })
  local ok = pcall(about.show, seen, name, source)
  return ok and table.concat(lines, "\n") or nil
end

-- The content of inspect_reply.
---@param cells Cells
---@param code string
---@param cursor integer characters before it
---@param source boolean its source, where there is one
---@return table
function inspection.of(cells, code, cursor, source)
  local at = completing.bytes_before(code, cursor)
  for _, name in ipairs { name_at(code, at) or false, called_at(code, at) or false } do
    local text = name and (source and told(cells, name, true) or told(cells, name, false))
    if text then
      return { status = "ok", found = true, data = { ["text/plain"] = rich.clean(text) }, metadata = {} }
    end
  end
  return { status = "ok", found = false, data = {}, metadata = {} }
end

return inspection
