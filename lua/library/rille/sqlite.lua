---@meta rille.sqlite
-- What editors show of `require "rille.sqlite"`; nothing runs this file.  rille help sqlite has the text.

---@class rille.sqlite
local sqlite = {}
---A frame of a table, a view or a query.  A file of one table needs no name.
---@param path string
---@param query string? a name, or SELECT, WITH, VALUES
---@param params table? a list for ?, or names for :name
---@return frame
function sqlite.read(path, query, params) end
---The names of the tables and views, sorted.
---@param path string
---@return string[]
function sqlite.tables(path) end
---Writes a new file: complete or not at all.  One that is there is replaced when it has no other tables.
---@param v frame|table<string, frame> a frame, or frames by the names of their tables
---@param path string
---@param options { table: string? }? the table's name, else that of the file
function sqlite.write(v, path, options) end
---The bytes of such a file.
---@param v frame|table<string, frame>
---@param options { table: string? }? the table's name, "data" without one
---@return string
function sqlite.encode(v, options) end

return sqlite
