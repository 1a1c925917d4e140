---@meta rille.json
-- What editors show of `require "rille.json"`; nothing runs this file.  rille help null has the text.

---@class rille.json
---@field null userdata
local json = {}
---@param text string
---@return any
function json.decode(text) end
---@param value any
---@return string
function json.encode(value) end
---Marks a list, so that an empty one is [].
---@param list any[]
---@return any[]
function json.array(list) end
---Marks a map, so that an empty one is {}.
---@param map table<string, any>
---@return table<string, any>
function json.object(map) end

return json
