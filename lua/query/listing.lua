-- listing: pages of runs, artifacts and pipelines.
--
-- A page is a list of rows and the cursor of the next page, or nil.  A page of a
-- plain listing costs its own rows, however long the history is.

local filter = require "rille.query.filter"
local errors = require "rille.base.errors"
local project = require "rille.project"

local listing = {}

-- Runs, newest first, or in another order.
---@param o table { pipeline, status, tag, since (seconds), where, sort (texts), columns (list), unlisted, limit,
---    cursor }
---@return table[] rows as of m:runs
---@return integer? next
---@return string[] names of the fields whose values are in row.shown
function listing.runs(o)
  local q = filter.new()
  if o.tag then q:add { field = "tag", cmp = "=", value = o.tag } end
  if o.since then q:add { field = "started", cmp = ">=", value = o.since } end
  if o.where then filter.where(q, o.where) end
  local sort, ascending
  if o.sort then sort, ascending = filter.sort(q, o.sort) end
  for _, name in ipairs(o.columns or {}) do filter.column(q, name) end
  local rows, cursor = project.meta:runs {
    pipeline = o.pipeline, status = o.status, unlisted = o.unlisted, limit = o.limit, before = o.cursor,
    where = q:condition(), shown = q.shown, sort = sort, order = ascending and "asc" or nil,
  }
  return errors.need(rows, cursor), cursor, q.names
end

-- Artifacts by name, of each name the newest version; with a tag the versions
-- that have it.
---@param o table { prefix, name, search (texts in it), type, pipeline, tag, since, limit, cursor }
function listing.artifacts(o)
  local rows = errors.need(project.meta:artifacts { prefix = o.prefix, name = o.name, search = o.search,
    type = o.type, pipeline = o.pipeline,
    tag = o.tag, since = o.since, limit = o.limit, after = o.cursor })
  return rows, not o.tag and #rows == o.limit and rows[#rows].name or nil
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
