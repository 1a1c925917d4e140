-- The data validator "drift": compares a value with a reference by rille.drift, and judges it by the limits of its
-- options.  rille calls no validator by itself; a step does:
--
--   local validator = ctx.stack.open "data_validator"
--   local ok, why, report = validator:validate(batch, { name = "batch", reference = trained_on })

local errors = require "rille.base.errors"
local t = require("rille.script.types").t

local Validator = {}
Validator.__index = Validator

local LIMITS <const> = { "missing", "types", "columns", "added", "categories", "drift", "alpha", "psi" }
local PORT <const> = { step = true, name = true, type = true, reference = true }

-- The frame that batches are compared with: that of the port, else that of the options.
local function reference_of(self, port)
  if port.reference ~= nil then return port.reference end
  if self.path == nil then
    errors.raise('data validator "%s": it has no reference: give one, validate(value, { reference = FRAME }), or set '
      .. "its option: rille data-validator update %s --set reference=FILE", self.name, self.name)
  end
  self.frame = self.frame or require("rille.frame").read(self.path)
  return self.frame
end

-- Is the value like the reference?  Else the reasons; the report in both cases.
---@param value table frame, matrix or vector
---@param port { name: string?, step: string?, type: string?, reference: table? }?
---@return true? ok, string? why, drift.Report report
function Validator:validate(value, port)
  port = port or {}
  if type(port) ~= "table" then errors.raise("validate: the port is %s, expected a table", errors.describe(port)) end
  errors.check_fields("validate", port, PORT)
  local drift, limits = require "rille.drift", {}
  for _, name in ipairs(LIMITS) do limits[name] = self.options[name] end
  local gate = drift.gate(limits)
  local report = drift.compare(reference_of(self, port), value, { gate = gate })
  local passed, findings = gate:check(report)
  if passed then return true, nil, report end
  local lines = {}
  for i, one in ipairs(findings) do lines[i] = (one.column and one.column .. ": " or "") .. one.text end
  return nil, (port.name and port.name .. ": " or "") .. table.concat(lines, "\n"), report
end

return {
  kind = "data_validator", name = "drift", summary = "compares data with a reference; rille help drift",
  options = {
    reference = t.string { default = "", doc = "file (.csv, .npy ...) of the reference, where a step gives none" },
    missing = t.number { default = 0.1, min = 0, max = 1, doc = "so much may the share of missing cells grow" },
    types = t.boolean { default = true, doc = "columns keep their types" },
    columns = t.boolean { default = true, doc = "no column is missing" },
    added = t.boolean { default = false, doc = "no column is added" },
    categories = t.boolean { default = true, doc = "no new categories" },
    drift = t.boolean { default = true, doc = "distributions are judged" },
    alpha = t.number { default = 0.05, gt = 0, max = 1, doc = "share of batches without drift that may be stopped" },
    psi = t.number { default = 0.1, min = 0, doc = "changes below it do not count" },
  },
  open = function(options, env)
    return setmetatable({ options = options, name = env.name,
      path = options.reference ~= "" and env.path(options.reference) or nil }, Validator)
  end,
}
