-- fields: the fields by which runs and artifacts are found and ordered, as people write them:
--
--     status                     of the thing itself
--     params.NAME, params.NAME.KEY
--     metric.NAME                the last value that a step of the run logged
--     metric.STEP.NAME           that of one step; of a map, its last item's
--
-- A name that is not of letters, digits, _ and - is put in quotes: metric."train.v2"."val/loss".  Everything that
-- names metrics reads them here: --where, --sort, --columns, plot, and the same in Lua.
--
-- As data a field is "status", { "params", name, ... }, { "metric", name } or { "metric", step, name }
-- (host/meta/query_filter.h; host/meta/filter_fields.h reads and explains them).

local metric_name = require "rille.script.metric_name"
local parser = require "rille.host.filter"
local project = require "rille.project"

local fields = {}

-- The names of a field as it is written, or nil.
fields.split = metric_name.split

-- The step, or nil, and the name of a metric that is written alone.
fields.metric = metric_name.read

-- A name as it has to be written in a field.
---@param name string
---@return string
function fields.quoted(name) return name:find "^[%w_-]+$" and name or '"' .. name .. '"' end

-- The names joined; one with a dot in it in quotes.
---@param names string[]
---@return string
function fields.text(names)
  local parts = {}
  for i, name in ipairs(names) do parts[i] = name:find("[%.\"]") and '"' .. name .. '"' or name end
  return table.concat(parts, ".")
end

-- The metrics of all runs as fields are written after "metric.": NAME, with steps also STEP.NAME.
---@param with_steps boolean?
---@return string[]
function fields.metrics(with_steps)
  local list = {}
  for i, name in ipairs(project.meta:metric_names() or {}) do list[i] = fields.text { name } end
  for _, one in ipairs(with_steps and project.meta:metric_fields() or {}) do
    list[#list + 1] = fields.text { one.step, one.name }
  end
  return list
end

-- The names of parameters and metrics that runs have; nil, nil where no project is open.
---@return string[]? params, string[]? metrics
function fields.known()
  local meta = project.meta
  if not meta then return nil, nil end
  return meta:param_names() or {}, meta:metric_names() or {}
end

-- What to say after a text that is no field: the parameter or metric of that name, or a field that is near.
---@param what "run"|"artifact"|"version"
---@param text string
---@return string
function fields.hint(what, text) return parser.hint(what, text, fields.known()) end

return fields
