---@meta rille.csv
-- Descriptions of `require "rille.csv"` for editors; this file never runs.  Reference: rille help csv.

---@class rille.CsvOptions
---@field header boolean?
---@field types table<string, "integer"|"number"|"boolean"|"date"|"string">?
---@field missing string|string[]|nil
---@field separator string? else the one that the first records have: , ; tab |
---@field encoding "utf-8"|"latin-1"|"windows-1252"|"utf-16"|"utf-16le"|"utf-16be"|"bytes"|nil
---@field skip integer? lines before the table
---@field quote string? around fields; "" for none
---@field escape string? before a character that stands for itself
---@field comment string? lines that begin with it are left out
---@field names string[]? of the columns, instead of the header's
---@field duplicates "error"|"number"|nil
---@field ragged "error"|"pad"|"skip"|nil
---@field decimal "."|","|nil
---@field thousands string?
---@field dates string|table<string, string>|nil a format such as %d.%m.%Y
---@field rows integer? of chunks
---@field [string] any

---@class rille.csv
local csv = {}
---@param path string
---@param options rille.CsvOptions?
---@return rille.Frame
function csv.read(path, options) end
---@param frame rille.Frame
---@param path string
---@param options rille.CsvOptions?
function csv.write(frame, path, options) end
---@param text string
---@param options rille.CsvOptions?
---@return rille.Frame
function csv.decode(text, options) end
---@param frame rille.Frame
---@param options rille.CsvOptions?
---@return string
function csv.encode(frame, options) end
---Iterates over frames of `rows` rows each.
---@param path string
---@param options rille.CsvOptions?
---@return fun(): rille.Frame?
function csv.chunks(path, options) end

return csv
