---@meta rille.jsonl
-- What editors show of `require "rille.jsonl"`; nothing runs this file.  rille help jsonl has the text.

---@class rille.jsonl
local jsonl = {}
---A frame: each line is an object, whose fields are the columns.
---@param path string
---@param options rille.JsonReadOptions?
---@return rille.Frame
function jsonl.read(path, options) end
---The values in the file.
---@param path string
---@param options rille.JsonReadOptions?
---@return any[]
function jsonl.list(path, options) end
---One value after the other, with its line: for v, line in jsonl.lines(path) do.
---@param path string
---@param options rille.JsonReadOptions?
---@return fun(): any, integer
function jsonl.lines(path, options) end
---@param text string
---@return rille.Frame
function jsonl.decode(text) end
---@param v rille.Frame|any[]|fun(): any
---@param path string
function jsonl.write(v, path) end
---@param v rille.Frame|any[]|fun(): any
---@return string
function jsonl.encode(v) end

return jsonl
