---@meta rille.drift
-- Descriptions of `require "rille.drift"` for editors; this file never runs.  Reference: rille help drift.

---@class rille.DriftSide
---@field kind "number"|"string"|"boolean"|"date"
---@field dtype string
---@field count integer rows with a value that counts
---@field missing integer NaN, "" and missing dates
---@field blank integer? strings of blanks alone
---@field infinite integer?
---@field distinct integer? different values: of strings, booleans, and of up to 10 numbers
---@field once integer? strings that are in one row only
---@field least integer? rows of the rarest string
---@field mean number?
---@field std number? divided by n
---@field min any
---@field q05 number?
---@field q25 number?
---@field median any
---@field q75 number?
---@field q95 number?
---@field max any

---@class rille.DriftCounts
---@field reference integer[]
---@field current integer[]
---@field edges number[]? of numbers: the inner ones
---@field labels string[]? of categories
---@field low number? of a drawing
---@field high number? of a drawing

---@class rille.DriftColumn
---@field kind "number"|"category"|"text"|"boolean"|"date"
---@field reference rille.DriftSide
---@field current rille.DriftSide? nil when the column is missing
---@field judged boolean is the distribution judged?
---@field note string? why it is not
---@field type { reference: string, current: string, wrong: integer?, row: integer?, text: string? }? a changed type
---@field new { values: string[], distinct: integer, rows: integer, p: number? }? new categories
---@field missing_p number?
---@field psi number?
---@field psi_p number?
---@field chi_square number?
---@field chi_square_p number?
---@field dof integer?
---@field jensen_shannon number?
---@field ks number?
---@field ks_p number?
---@field ks_exact boolean?
---@field wasserstein number?
---@field wasserstein_std number? divided by the standard deviation of the reference
---@field p number?
---@field corrected { drift: number?, new: number?, missing: number? }?
---@field bins rille.DriftCounts?
---@field drawing rille.DriftCounts?

---@class rille.DriftReport
---@field rows { reference: integer, current: integer }
---@field order string[] the names of the columns of the reference
---@field columns table<string, rille.DriftColumn>
---@field absent string[] columns that the current rows do not have
---@field added string[] columns that the reference does not have
---@field limits table of the gate by which the report is shown
---@field settings { bins: integer, max_categories: integer }
local Report = {}
---All of the report; drift.load reads it.
---@return string
function Report:json() end
---One page that needs no other file.
---@param title string?
---@return string
function Report:html(title) end
---Prints the table, in colour on a terminal.
function Report:print() end

---@class rille.DriftFinding
---@field kind "empty"|"absent"|"added"|"type"|"missing"|"category"|"drift"
---@field column string?
---@field text string

---@class rille.DriftGate
local Gate = {}
---@param report rille.DriftReport
---@return boolean passed
---@return rille.DriftFinding[]? findings
function Gate:check(report) end
---Raises an error that names the columns and their figures, unless the report passes.
---@param report rille.DriftReport
function Gate:stop(report) end

---@class rille.DriftOptions
---@field columns string[]? only these
---@field ignore string[]? all but these
---@field bins integer? 10
---@field max_categories integer? 1000
---@field gate rille.DriftGate? by whose limits the report is shown

---@class rille.DriftLimits
---@field missing number|false|nil 0.1
---@field types boolean? true
---@field columns boolean? true
---@field added boolean? false
---@field categories boolean|"any"|nil true
---@field drift boolean? true
---@field alpha number? 0.05
---@field psi number? 0.1

---@class rille.drift
local drift = {}
---@param reference rille.Frame|rille.Array
---@param current rille.Frame|rille.Array
---@param options rille.DriftOptions?
---@return rille.DriftReport
function drift.compare(reference, current, options) end
---@param options rille.DriftLimits?
---@return rille.DriftGate
function drift.gate(options) end
---@param text string the JSON of a report
---@return rille.DriftReport
function drift.load(text) end

return drift
