---@meta rille.yaml
-- Descriptions of `require "rille.yaml"` for editors; this file never runs.  Reference: rille help null.

---@class rille.yaml
---@field null userdata
local yaml = {}
---@param text string
---@param name string? name of the text, for messages
---@return any
function yaml.decode(text, name) end
---@param value any
---@return string
function yaml.encode(value) end

return yaml
