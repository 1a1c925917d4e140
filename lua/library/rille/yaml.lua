---@meta rille.yaml
-- What editors show of `require "rille.yaml"`; nothing runs this file.  rille help null has the text.

---@class rille.yaml
---@field null userdata
local yaml = {}
---@param text string
---@param name string? of the text, for messages
---@return any
function yaml.decode(text, name) end
---@param value any
---@return string
function yaml.encode(value) end

return yaml
