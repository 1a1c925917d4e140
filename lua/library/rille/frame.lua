---@meta rille.frame
-- Descriptions of `require "rille.frame"` for editors; this file never runs.  Reference: rille help frames.

---@class rille.Dates
---@field ms rille.Array
---@operator len: integer
local Dates = {}
---@return rille.Array
function Dates:year() end
---@return rille.Array
function Dates:month() end
---@return rille.Array
function Dates:day() end
---@return rille.Array
function Dates:hour() end
---@return rille.Array
function Dates:minute() end
---@return rille.Array
function Dates:second() end
---@return rille.Array
function Dates:weekday() end
---The day of the year, 1 to 366.
---@return rille.Array
function Dates:yearday() end
---Which are missing.
---@return rille.Array
function Dates:missing() end
---@param date any dates, a date or its text; a missing date is neither less, equal nor greater
---@return rille.Array
function Dates:eq(date) end
---@param date any dates, a date or its text; a missing date is always different
---@return rille.Array
function Dates:ne(date) end
---@param date any dates, a date or its text; a missing date is neither less, equal nor greater
---@return rille.Array
function Dates:lt(date) end
---@param date any dates, a date or its text; a missing date is neither less, equal nor greater
---@return rille.Array
function Dates:le(date) end
---@param date any dates, a date or its text; a missing date is neither less, equal nor greater
---@return rille.Array
function Dates:gt(date) end
---@param date any dates, a date or its text; a missing date is neither less, equal nor greater
---@return rille.Array
function Dates:ge(date) end
---The first date as text; "" if there is none.
---@return string
function Dates:min() end
---The last date as text; "" if there is none.
---@return string
function Dates:max() end
---How much of the dates the texts show.
---@return "day"|"second"|"ms"
function Dates:unit() end
---@param unit "year"|"quarter"|"month"|"week"|"day"|"hour"|"minute"
---@return rille.Dates
function Dates:truncate(unit) end
---@param n number
---@return rille.Dates
function Dates:add_days(n) end
---@param date any
---@return rille.Array
function Dates:days_since(date) end
---@return string[]
function Dates:totable() end

---@alias rille.column rille.Array|rille.Dates|any[]
---@alias rille.summary "count"|"first"|"last"|"max"|"mean"|"median"|"min"|"nunique"|"std"|"sum"|"var"

---@class rille.Frame
---@field columns string[]
---@field n_rows integer
---@operator len: integer
local Frame = {}
---@param name string
---@return any column a vector, a list of strings, or dates
function Frame:column(name) end
---@return rille.Frame
function Frame:describe() end
---@param name string
---@return any
function Frame:unique(name) end
---@param name string
---@return rille.Frame
function Frame:value_counts(name) end
---@param names string[]
---@return rille.Frame
function Frame:select(names) end
---@param names string[]
---@return rille.Frame
function Frame:drop(names) end
---@param names table<string, string> new name = old name
---@return rille.Frame
function Frame:rename(names) end
---@param name string
---@param column rille.column|fun(frame: rille.Frame): rille.column
---@return rille.Frame
function Frame:with_column(name, column) end
---@param columns string[]?
---@return rille.Array
function Frame:to_matrix(columns) end
---@param first integer
---@param last integer?
---@return rille.Frame
function Frame:rows(first, last) end
---@param n integer?
---@return rille.Frame
function Frame:head(n) end
---@param rows integer[]|rille.Array
---@return rille.Frame
function Frame:take(rows) end
---@param n integer
---@param seed integer
---@return rille.Frame
function Frame:sample(n, seed) end
---@param mask rille.Array
---@return rille.Frame
function Frame:filter(mask) end
---@param condition rille.Array|boolean[]|table<string, any>|fun(row: table<string, any>): boolean
---@return rille.Array
function Frame:mask(condition) end
---@return fun(): table<string, any>?, integer?
function Frame:each() end
---@return table<string, any>[]
function Frame:records() end
---@param name string
---@return rille.Array codes, any[] labels
function Frame:codes(name) end
---@param other rille.Frame
---@return rille.Frame
function Frame:append(other) end
---@param by string|any[] names, or { name, desc = true }
---@return rille.Frame
---@param options { desc: boolean }?
function Frame:sort(by, options) end
---@param name string
---@return rille.Array
function Frame:is_missing(name) end
---@param columns string[]?
---@return rille.Frame
function Frame:drop_missing(columns) end
---@param values any one for all, or one per column
---@return rille.Frame
function Frame:fill_missing(values) end
---@param by string|string[]
---@param summaries table<string, rille.summary|rille.summary[]>
---@return rille.Frame
function Frame:group_by(by, summaries) end
---@param other rille.Frame
---@param by string|string[]
---@param how "inner"|"left"|"right"|"outer"|nil
---@param suffixes string[]?
---@return rille.Frame
function Frame:join(other, by, how, suffixes) end
--- Writes the frame as the path ends: .csv, .json, .jsonl, .npy or .sqlite.
---@param path string
---@param options table? options of csv.write, for .csv; { table = } for .sqlite
function Frame:write(path, options) end

---@class rille.frame
local frame = {}
---@param columns any[] { name, column } each, in order
---@return rille.Frame
function frame.new(columns) end
---@param frames rille.Frame[]
---@return rille.Frame
function frame.concat(frames) end
---@param path string .csv, .tsv, .json, .jsonl, .npy (records) or .sqlite
---@param options table? of csv.read; { encoding = } of JSON; { table = } or { query =, params = } of .sqlite
---@return rille.Frame
function frame.read(path, options) end
---@param f rille.Frame
---@return string digest 32 bytes, SHA-256
function frame.digest(f) end
---@param list table[] records, { { x = 1, g = "a" }, ... }
---@param names string[]? the columns, in order
---@return rille.Frame
function frame.from_records(list, names) end
---@param texts string[] ISO 8601
---@return rille.Dates
function frame.dates(texts) end
---Returns milliseconds since 1970.
---@param text string
---@return integer
function frame.date(text) end
---@param value any
---@return boolean
function frame.is(value) end

return frame
