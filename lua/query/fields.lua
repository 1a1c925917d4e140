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
-- (host/meta/query_filter.h).

local metric_name = require "rille.script.metric_name"
local project = require "rille.project"
local suggest = require "rille.base.suggest"

local fields = {}

---@class FieldSubject
---@field what string
---@field own table<string, true> its own fields
---@field times table<string, true> those that are times
---@field numbers table<string, true>
---@field choices table<string, string[]> those that have one of some values

-- Fields of what is listed; host/meta/query_filter.c has the same.  For versions of models: one more.
---@type table<string, FieldSubject>
fields.SUBJECTS = {
  run = { what = "run", times = { started = true },
    numbers = { seconds = true, number = true, ran = true, cached = true, failed = true },
    choices = { status = { "completed", "failed", "running", "stopped" }, ["git.dirty"] = { "true", "false" } },
    own = { name = true, pipeline = true, status = true, reason = true, started = true, seconds = true, number = true,
      stack = true, script = true, ran = true, cached = true, failed = true, ["git.sha"] = true,
      ["git.dirty"] = true } },
  artifact = { what = "artifact", times = { created = true }, numbers = { version = true, size = true }, choices = {},
    own = { name = true, version = true, type = true, size = true, created = true, pipeline = true, run = true,
      stack = true } },
  version = { what = "version of a model", times = { created = true }, numbers = { number = true }, choices = {},
    own = { model = true, number = true, name = true, stage = true, created = true, license = true, pipeline = true,
      run = true } },
}

-- The names of a field as it is written, or nil.
fields.split = metric_name.split

-- The field of a list of names, and how it is shown; nil when there is none.
---@param subject FieldSubject
---@param names string[]
---@return (string|string[])? field
---@return string? shown
function fields.read(subject, names)
  if not names[2] then return subject.own[names[1]] and names[1], names[1] end
  local whole = table.concat(names, ".")
  if subject.own[whole] then return whole, whole end
  local kind = names[1] == "metrics" and "metric" or names[1]
  if kind == "params" then return names, fields.text(names) end
  if kind ~= "metric" or #names > 3 then return nil end
  local field = { "metric", table.unpack(names, 2) }
  return field, fields.text(field)
end

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

-- What to say after a text that is no field: the parameter or metric of that name, or a field that is near.
---@param subject FieldSubject
---@param names string[]?
---@param text string
---@return string
function fields.hint(subject, names, text)
  local known = { "tag", "params.NAME", "metric.NAME", "metric.STEP.NAME" }
  for name in next, subject.own do known[#known + 1] = name end
  if names and names[4] and names[1]:find "^metrics?$" then
    return string.format("; put a name with a dot in it in quotes, as in metric.%s.%s", fields.quoted(names[2]),
      fields.quoted(table.concat(names, ".", 3)))
  end
  if names and names[2] then return suggest.hint(names[1] .. ".NAME", known) end
  local meta = project.meta
  for _, kind in ipairs(meta and { { "params.", meta:param_names() }, { "metric.", meta:metric_names() } } or {}) do
    if suggest.has(text, kind[2] or {}) then return string.format("; did you mean %q?", kind[1] .. text) end
  end
  local hint = suggest.hint(text, known)
  if hint:find "did you mean" then return hint end
  for _, kind in ipairs(meta and { { "params.", meta:param_names() }, { "metric.", meta:metric_names() } } or {}) do
    local near = suggest.nearest(text, kind[2] or {})
    if near then return string.format("; did you mean %q?", kind[1] .. near) end
  end
  return hint ~= "" and hint or "; the fields are listed in rille help runs"
end

return fields
