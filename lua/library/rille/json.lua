---@meta rille.json
-- Descriptions of `require "rille.json"` for editors; this file never runs.  Reference: rille help null.

---@class rille.json
---@field null userdata
local json = {}
---@param text string
---@return any
function json.decode(text) end
---@param value any
---@return string
function json.encode(value) end
---Marks a list, so that it is written as [] when empty.
---@param list any[]
---@return any[]
function json.array(list) end
---Marks a map, so that it is written as {} when empty.
---@param map table<string, any>
---@return table<string, any>
function json.object(map) end

return json
