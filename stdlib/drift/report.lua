-- report: what drift.compare gives: a value of data alone, which compare.lua describes, and its methods.

local errors = require "rille.base.errors"
local json = require "rille.json"
local shape = require "rille.drift.shape"

local report = {}

local FORMAT <const> = "rille.drift 1"

local Report = { __name = "drift.Report", __index = {} }
report.Report = Report

---@param data table
---@return drift.Report
function report.new(data)
  data.format = FORMAT
  return setmetatable(data, Report)
end

---@return boolean
function report.is(v) return getmetatable(v) == Report end

-- The data without the class.
local function plain(self)
  local made = {}
  for k, v in next, self do made[k] = v end
  return made
end

-- The findings by the limits that the report was made with.
---@return table[]
function report.findings(self) return require("rille.drift.gate").findings(self.limits, self) end

-- All of the report as JSON; drift.load reads it.
---@return string
function Report.__index:json(...)
  errors.check_self(self, Report, "json", ...)
  return json.pack(plain(self))
end

-- One page of HTML that needs nothing else.
---@param title? string
---@return string
function Report.__index:html(title, ...)
  errors.check_self(self, Report, "html", ...)
  if title ~= nil and type(title) ~= "string" then
    errors.raise("html: the title is %s, expected a string", errors.describe(title))
  end
  return require("rille.drift.page").html(self, title)
end

-- The table on the terminal, in colour where that is shown.
function Report.__index:print(...)
  errors.check_self(self, Report, "print", ...)
  require("rille.drift.table_text").print(self)
end

-- The first lines of the table, for listings.
---@return string
function report.summary(self) return require("rille.drift.table_text").summary(self) end

function Report.__tostring(self) return require("rille.drift.table_text").text(self) end

function Report.__eq(a, b) return report.is(a) and report.is(b) and json.pack(plain(a)) == json.pack(plain(b)) end

-- The report of a text that json made.
---@param text string
---@return drift.Report
function report.load(text)
  if type(text) ~= "string" then
    errors.raise("drift.load: expected the JSON of a report, found %s", errors.describe(text))
  end
  local ok, data = pcall(json.unpack, text)
  if not ok then errors.raise("drift.load: the text is not JSON: %s", (tostring(data):gsub("^.-:%d+: ", ""))) end
  if type(data) == "table" and type(data.format) == "string" and data.format ~= FORMAT
    and data.format:find "^rille%.drift " then
    errors.raise("drift.load: the report has the format %s, and this is %s", data.format, FORMAT)
  end
  local wrong = shape.wrong(data)
  if wrong then errors.raise("drift.load: the text is not the JSON of a report: see %s", wrong) end
  return setmetatable(data, Report)
end

errors.strict(Report, "format rows order columns absent added settings limits")
errors.refuse(Report, "__call", "__concat")

return report
