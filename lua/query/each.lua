-- each: loops over what a listing finds, a page at a time, with the options of Lua:
--
--     rille.pipelines.digits:each { where = "metric.acc > 0.9", sort = "metric.acc", limit = 5 }
--     rille.artifacts:each { type = "svm", tag = "best" }

local errors = require "rille.base.errors"
local value_parser = require "rille.script.value_parser"

local each = {}

local PAGE <const> = 50
local TEXTS <const> = { "where", "sort", "type", "pipeline", "prefix", "name", "search" }

-- The options, checked; their own are not changed.
---@param what string "each"
---@param options any
---@param allowed table<string, true>
---@param example string
---@return table
function each.check(what, options, allowed, example)
  if options == nil then return {} end
  if type(options) ~= "table" then
    errors.raise("%s takes a table of options, as in { %s }; found %s", what, example, errors.describe(options))
  end
  errors.check_fields(what, options, allowed)
  for _, name in ipairs(TEXTS) do errors.check_text(what, name, options[name]) end
  if type(options.tag) ~= "table" then errors.check_text(what, "tag", options.tag)
  else for i, tag in ipairs(options.tag) do errors.check_text(what, "tag " .. i, tag) end end
  local limit = options.limit
  if limit ~= nil and (math.type(limit) ~= "integer" or limit < 1) then
    errors.raise("%s: limit must be an integer of at least 1, found %s", what, errors.describe(limit))
  end
  local checked = {}
  for k, v in next, options do checked[k] = v end
  local since = options.since
  checked.since = type(since) == "string" and value_parser.time(since) or since
  if since ~= nil and type(checked.since) ~= "number" then
    errors.raise("%s: since must be a date such as 2026-11-01, an age such as 2d, or seconds since 1970, found %s",
      what, errors.describe(since))
  end
  return checked
end

-- An iterator over all that the listing finds.
---@param options table checked
---@param list fun(wanted: table): table[], any a page, and the cursor of the next
---@param object fun(row: table): table
---@return fun(): table?
function each.page_by_page(options, list, object)
  local left, page, i, cursor, last = options.limit or math.huge, nil, 0, nil, false
  local function next_page()
    local wanted = {}
    for k, v in next, options do wanted[k] = v end
    wanted.limit, wanted.cursor, wanted.method = math.min(PAGE, left), cursor, "each"
    page, cursor = list(wanted)
    last, i = cursor == nil, 0
  end
  next_page()                   -- a mistake in the options is one of this line
  return function()
    if left > 0 and i == #page and not last then next_page() end
    if left <= 0 or i == #page then return nil end
    i, left = i + 1, left - 1
    return object(page[i])
  end
end

return each
