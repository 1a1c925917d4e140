-- listing: pages of runs, artifacts and pipelines.
--
-- A page is a list of rows and the cursor of the next page, or nil.  A page of a
-- plain listing costs its own rows, however long the history is.

local filter = require "rille.query.filter"
local errors = require "rille.base.errors"
local project = require "rille.project"

local listing = {}

local function joined(list, separator) return list[1] and table.concat(list, separator) or nil end

-- Runs, newest first, or in another order.
---@param o table { pipeline, status, tag, since (seconds), where, sort (texts), unlisted, limit, cursor }
---@return table[] rows as of m:runs, .shown their fields beyond those
---@return integer? next
---@return string[] shown the names of those fields
function listing.runs(o)
  local q = filter.new(project.meta, o.pipeline)
  if o.tag then q.where[1] = filter.has_tag(q, o.tag) end
  if o.since then q.where[#q.where + 1] = "r.started >= " .. q:bind(o.since) end
  if o.where then filter.where(q, o.where) end
  local sort, ascending
  if o.sort then sort, ascending = filter.sort(q, o.sort) end
  local rows, cursor = project.meta:runs {
    pipeline = o.pipeline, status = o.status, unlisted = o.unlisted, limit = o.limit, before = o.cursor, values = q.values,
    columns = joined(q.columns, ", "), where = joined(q.where, " and "),
    sort = sort, order = ascending and "asc" or nil,
  }
  for _, row in ipairs(errors.need(rows, cursor)) do
    for k, v in next, row.shown or {} do row.shown[k] = filter.shown(v) end
  end
  return rows, cursor, q.shown
end

-- Names one after the other in the index: a name with ten thousand versions costs
-- no more than one with a single version.  The condition on w says which versions
-- count.
local NEWEST <const> = [[
with recursive names(name) as (
  select min(name) from artifact_version where name >= ?1 and name > ?2
  union all
  select (select min(name) from artifact_version where name > names.name) from names
    where names.name is not null and names.name < ?1 || char(1114111))
select %s from names
  cross join artifact_version v on v.name = names.name
    and v.number = (select max(number) from artifact_version w where w.name = names.name and %s)
  %s where names.name < ?1 || char(1114111) and %s limit %s]]

-- A tag is asked of every version; who tags does not tag thousands: all at once.
local TAGGED <const> = [[
select %s from (select distinct version from tag where tag = %s) g
  join artifact_version v on v.id = g.version
  %s where v.name >= ?1 and v.name < ?1 || char(1114111) and v.name > ?2 and %s order by v.name, v.number desc]]

-- When a run had it first: the time of its step, or of the run where that took it
-- from the cache.
local CREATED <const> = "case when v.run <> s.run then r.started else s.started end as created"
local COLUMNS <const> = [[v.name as name, v.number as version, v.id as version_row, a.digest as digest, a.type as type,
  a.size as size, a.preview as preview, ]] .. CREATED .. [[,
  (select group_concat(tag, ',') from (select tag from tag where version = v.id order by tag)) as tags]]
local JOINS <const> = [[left join artifact a on a.id = v.artifact left join step_run s on s.id = v.step_run
  left join run r on r.row = coalesce(v.run, s.run)]]
-- Of a pipeline: by its name, or by a name that its port gives and a run of it had.
local OF_PIPELINE <const> = [[(substr(%s.name, 1, length(%s)) = %s or exists (select 1 from pipeline p join holding h on h.pipeline = p.id
  where p.name = %s and h.name = %s.name and h.version = %s.id))]]

local function pattern(text) return "%" .. text:gsub("[%%_\\]", "\\%0") .. "%" end

-- Artifacts by name, of each name the newest version; with a tag the versions
-- that have it.
---@param o table { prefix, name, search (texts in it), type, pipeline, tag, since, limit, cursor }
function listing.artifacts(o)
  local values, conditions = { o.prefix or "", o.cursor or "" }, { "1" }
  local function bind(v)
    values[#values + 1] = v
    return "?" .. #values
  end
  local function add(fmt, ...) conditions[#conditions + 1] = fmt:format(...) end
  if o.name then add("v.name like %s escape '\\'", bind(pattern(o.name))) end
  if o.type then add("a.type = %s", bind(o.type)) end
  if o.since then add("case when v.run <> s.run then r.started else s.started end >= %s", bind(o.since)) end
  local counts = "1"
  if o.pipeline then
    local start, name = bind(o.pipeline .. "::"), bind(o.pipeline)
    local function of(version) return OF_PIPELINE:format(version, start, start, name, version, version) end
    counts = of "w"
    add("%s", of "v")
  end
  if o.search then
    local p = bind(pattern(o.search))
    add("(v.name like %s escape '\\' or a.type like %s escape '\\' or a.preview like %s escape '\\' or a.metadata like %s escape '\\'"
      .. " or exists (select 1 from tag where version = v.id and tag like %s escape '\\'))", p, p, p, p, p)
  end
  local where = table.concat(conditions, " and ")
  local sql
  if o.tag then sql = TAGGED:format(COLUMNS, bind(o.tag), JOINS, where)
  else sql = NEWEST:format(COLUMNS, counts, JOINS, where, bind(o.limit)) end
  local rows, message = project.meta:rows(sql, table.unpack(values))
  errors.need(rows, message)
  return rows, not o.tag and #rows == o.limit and rows[#rows].name or nil
end

-- The newest versions of a name, newest first, and how many there are.
---@param name string
---@param limit integer
function listing.versions(name, limit)
  local rows, message = project.meta:newest_versions(name, limit)
  errors.need(rows, message)
  return rows, rows[1] and rows[1].version or 0
end

-- The wirings of a pipeline, oldest first: { version, hash, spec, runs, first, last }.
function listing.wirings(name) return errors.need(project.meta:wirings(name)) end

return listing
