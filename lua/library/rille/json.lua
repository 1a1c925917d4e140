---@meta rille.json
-- Descriptions of `require "rille.json"` for editors; this file never runs.  Reference: rille help json.

---@class rille.JsonReadOptions
---@field encoding "utf-8"|"latin-1"|"windows-1252"|"utf-16"|"utf-16le"|"utf-16be"|nil

---@class rille.JsonWriteOptions
---@field indent integer? 0 to 16

---@class rille.json
---@field null userdata
local json = {}
---The value in a file, which may be compressed by gzip or zstd.
---@param path string
---@param options rille.JsonReadOptions?
---@return any
function json.read(path, options) end
---@param value any
---@param path string
---@param options rille.JsonWriteOptions?
function json.write(value, path, options) end
---@param text string
---@param name string? of the text, in messages
---@return any
function json.decode(text, name) end
---@param value any
---@param options rille.JsonWriteOptions?
---@return string
function json.encode(value, options) end
---Marks a list, so that it is written as [] when empty.
---@param list any[]
---@return any[]
function json.array(list) end
---Marks a map, so that it is written as {} when empty.
---@param map table<string, any>
---@return table<string, any>
function json.object(map) end

return json
