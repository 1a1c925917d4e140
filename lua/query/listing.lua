-- listing: pages of runs, artifacts and pipelines.
--
-- A page is a list of rows and the cursor of the next page, or nil.  A page of a
-- plain listing costs its own rows, however long the history is.

local filter = require "rille.query.filter"
local errors = require "rille.base.errors"
local project = require "rille.project"

local listing = {}

-- The query that options of a listing say, and its order.
---@param what "run"|"artifact"|"version"
---@param o table
local function query_of(what, o)
  local q = filter.new(what, o.method)
  if o.where then filter.where(q, o.where) end
  local sort, ascending
  if o.sort then sort, ascending = filter.sort(q, o.sort) end
  for _, name in ipairs(o.columns or {}) do filter.column(q, name) end
  return q, sort, ascending and "asc" or nil
end

-- The tags that are asked for, all of which have to be there: one, or a list.
local function tags_of(o) return type(o.tag) == "table" and o.tag or { o.tag } end

-- Runs, newest first, or in another order.
---@param o table { pipeline, status, tag (or a list of such), since (seconds), where, sort (texts), columns (list),
---    unlisted, limit, cursor, method = "each" where they are options of Lua }
---@return table[] rows as of m:runs
---@return integer? next
---@return string[] names of the fields whose values are in row.shown
---@return string[] tags that where names
function listing.runs(o)
  local q, sort, order = query_of("run", o)
  for _, tag in ipairs(tags_of(o)) do q:add { field = "tag", cmp = "=", value = tag } end
  if o.since then q:add { field = "started", cmp = ">=", value = o.since } end
  local rows, cursor = project.meta:runs {
    pipeline = o.pipeline, status = o.status, unlisted = o.unlisted, limit = o.limit, before = o.cursor,
    where = q:condition(), shown = q.shown, sort = sort, order = order,
  }
  return errors.need(rows, cursor), cursor, q.names, q.tags
end

-- Artifacts by name, of each name the newest version; with a tag the versions
-- that have it, with `versions` all.
---@param o table { prefix, name, search (texts in it), type, pipeline, tag, since, where, sort, columns, versions,
---    limit, cursor, method }
---@return table[] rows as of m:artifacts
---@return (string|integer)? next
---@return string[] names of the fields whose values are in row.shown
---@return string[] tags that where names
function listing.artifacts(o)
  local q, sort, order = query_of("artifact", o)
  local tags = tags_of(o)
  for i = 2, #tags do q:add { field = "tag", cmp = "=", value = tags[i] } end
  local by_name = not (sort or tags[1] or o.versions)
  local offset = not by_name and math.tointeger(tonumber(o.cursor)) or 0
  local rows, message = project.meta:artifacts { prefix = o.prefix, name = o.name, search = o.search,
    type = o.type, pipeline = o.pipeline, tag = tags[1], since = o.since, versions = o.versions, limit = o.limit,
    after = by_name and o.cursor or nil, offset = offset,
    where = q:condition(), shown = q.shown, sort = sort, order = order }
  errors.need(rows, message)
  local next = #rows == o.limit and (by_name and rows[#rows].name or offset + #rows) or nil
  return rows, next, q.names, q.tags
end

-- Versions of models, newest first, or in another order.
---@param o table { model (row; nil: of all), tag, stage, since, where, sort, columns, limit, cursor, method }
---@return table[] rows as of m:list_model_versions
---@return integer? next
---@return string[] names of the fields whose values are in row.shown
function listing.model_versions(o)
  local q, sort, order = query_of("version", o)
  local offset, by_index = math.tointeger(tonumber(o.cursor)) or 0, o.stage ~= "archived" and o.stage ~= "none"
  if o.stage and not by_index then q:add { field = "stage", cmp = "=", value = o.stage } end
  local tags = tags_of(o)
  for i = 2, #tags do q:add { field = "tag", cmp = "=", value = tags[i] } end
  local rows, message = project.meta:list_model_versions { model = o.model, tag = tags[1], since = o.since,
    stage = by_index and o.stage or nil,
    limit = o.limit, offset = offset, where = q:condition(), shown = q.shown, sort = sort, order = order }
  errors.need(rows, message)
  return rows, #rows == o.limit and offset + #rows or nil, q.names, q.tags
end

-- The newest versions of a name, newest first, and how many there are.
---@param name string
---@param limit integer
function listing.versions(name, limit)
  local rows = errors.need(project.meta:newest_versions(name, limit))
  return rows, rows[1] and rows[1].version or 0
end

-- The wirings of a pipeline, oldest first: { version, hash, spec, runs, first, last }.
function listing.wirings(name) return errors.need(project.meta:wirings(name)) end

return listing
