-- config_file: what YAML files, and tables in place of them, say of a run, with the place of each value.
--
-- A file is { v, where, name }: the tree of its values, and by their path ("parameters.gamma") where each is.  Several
-- become one: maps are merged key by key, everything else is replaced by the later file; a null changes nothing.
-- where[path] is { line, column, key_line, key_column, text, plain, file, order, env, over, with }: file is the name,
-- order which of several, env the variable that the text had, over the places of the values that it replaced, with
-- those of the maps that it was merged with.  Of a table it is { file, order } alone.
--
-- A spot is { file, path, v }: a value of the file and its place, for messages.

local errors = require "rille.base.errors"
local json = require "rille.json"
local project = require "rille.project"
local sys = require "rille.host.sys"
local value_parser = require "rille.script.value_parser"

local config_file = {}

local MOST <const> = (1 << 20) + 1      -- bytes: a byte more than YAML may have

local File = { __name = "configuration" }

-- Spots ------------------------------------------------------------------------

function config_file.spot_at(file, path, v) return { file = file, path = path, v = v } end

function config_file.place(spot) return spot.file.where[spot.path] end

local function line_of(at)
  if not at.line then return at.file end
  return at.file .. ":" .. (at.key_line or at.line)
end

-- Raises at the place of the value, or with of_key at that of its key.
function config_file.fail_at(spot, of_key, fmt, ...)
  local at = config_file.place(spot)
  local line, column = at.line, at.column
  if not line then
    local text, path = string.format(fmt, ...), spot.path .. ": "
    errors.raise("config: %s%s", (spot.path == "" or text:sub(1, #path) == path) and "" or path, text)
  end
  if of_key and at.key_line then line, column = at.key_line, at.key_column end
  errors.at(nil, "%s:%d:%d: %s", at.file, line, column, string.format(fmt, ...))
end

-- "FILE:LINE:COLUMN" of the value, for a mistake that shows later; nil in a table of a script.
function config_file.position_of(spot)
  local at = config_file.place(spot)
  return at.line and string.format("%s:%d:%d", at.file, at.line, at.column)
end

function config_file.origin_of(spot)
  local at = config_file.place(spot)
  return { at = line_of(at), position = config_file.position_of(spot), env = at.env, over = at.over, with = at.with }
end

function config_file.child(spot, key)
  return config_file.spot_at(spot.file, value_parser.path(spot.path, key), spot.v[key])
end

function config_file.is_null(spot) return spot.v == nil or spot.v == json.null end

-- Does a come before b in the files?  Keys of a table have no order but that of their names.
local function is_before(a, b)
  local x, y = config_file.place(a[2]), config_file.place(b[2])
  if x.order ~= y.order then return x.order < y.order end
  if not x.key_line or not y.key_line then return a[1] < b[1] end
  if x.key_line ~= y.key_line then return x.key_line < y.key_line end
  return x.key_column < y.key_column
end

-- The children of a map in the order of the file; null is an empty map.
function config_file.children(spot, what)
  if config_file.is_null(spot) then return {} end
  if type(spot.v) ~= "table" or spot.v[1] ~= nil then
    config_file.fail_at(spot, false, "%s is a map, as in { NAME: VALUE }", what)
  end
  local list = {}
  for key in next, spot.v do list[#list + 1] = { key, config_file.child(spot, key) } end
  table.sort(list, is_before)
  return list
end

-- Variables --------------------------------------------------------------------

-- Text with ${env:NAME} replaced.
local function expand(file, at)
  return (at.text:gsub("%$(%b{})", function(inner)
    local name = inner:match "^{env:([%a_][%w_]*)}$"
    if not name then
      errors.at(nil, "%s:%d:%d: %s; only ${env:NAME} is replaced", file.name, at.line, at.column, "$" .. inner)
    end
    local value = os.getenv(name)
    if not value then
      errors.at(nil, "%s:%d:%d: the environment variable %s is not set", file.name, at.line, at.column, name)
    end
    at.env = name
    return value
  end))
end

local SCALAR = { string = true, number = true, boolean = true }

-- The value of a scalar without a declared type, once its variables are replaced.
local function resolve(at, text)
  if not at.plain then return text end
  local ok, v = pcall(require("rille.yaml").decode, text, "value")
  if ok and SCALAR[type(v)] then return v end
  return text
end

local function below(path, k)
  return type(k) == "string" and value_parser.path(path, k) or path .. "[" .. k .. "]"
end

-- Replaces the variables in a value and in all below it, when the file is read.
local function expand_all(file, v, path)
  if type(v) == "table" then
    for k, x in next, v do v[k] = expand_all(file, x, below(path, k)) end
    return v
  end
  local at = file.where[path]
  if not at.text or not at.text:find("${", 1, true) then return v end
  local plain = at.plain
  at.text = expand(file, at)
  at.plain = at.plain or at.env ~= nil      -- a quoted "${env:N}" may become a number too
  return resolve({ plain = plain }, at.text)
end

-- Reading ----------------------------------------------------------------------

local function new_file(name, v, where)
  for _, at in next, where do at.file, at.order = name, 1 end
  return setmetatable({ name = name, v = v, where = where }, File)
end

-- Reads a file; raises at a mistake in its YAML.
---@param path string
---@param shown string? how messages name it
---@return table file
function config_file.read(path, shown)
  shown = shown or path
  local text, message = sys.read_stream(path, MOST)
  if not text then error({ usage = string.format("--config: %s", message) }, 0) end
  local ok, v, where = pcall(require("rille.yaml").decode, text, shown, true)
  if not ok then errors.at(nil, "%s", v) end
  local file = new_file(shown, v, where)
  file.v = expand_all(file, v, "")
  return file
end

-- A copy of a plain table, whose places are added to where.
local function copy_plain(v, path, where)
  where[path] = {}
  if type(v) ~= "table" or debug.getmetatable(v) or v == json.null then return v end
  local copy = {}
  for k, x in next, v do
    if type(k) ~= "string" and math.type(k) ~= "integer" then
      errors.raise("config: %s: the keys of a table are names, found %s", path ~= "" and path or "the table",
        errors.describe(k))
    end
    copy[k] = copy_plain(x, below(path, k), where)
  end
  return copy
end

-- A table in place of a file.
local function of_table(v)
  local where = {}
  return new_file(errors.where() or "config", copy_plain(v, "", where), where)
end

-- Merging ----------------------------------------------------------------------

local function is_map(v) return type(v) == "table" and not debug.getmetatable(v) and v[1] == nil end

-- Copies the places of a value and of all below it.
local function take_places(into, from, v, path)
  into[path] = from[path]
  if type(v) ~= "table" or debug.getmetatable(v) then return end
  for k, x in next, v do take_places(into, from, x, below(path, k)) end
end

-- The place of what came before, and the list of what that had.
local function earlier(before, list)
  return table.move(list or {}, 1, #(list or {}), 2, { line_of(before) })
end

-- The value of `over` at the path on that of `base`; where is that of the result.
local function merge(base, over, path, where, from)
  if over == nil or over == json.null and base ~= nil then return base end
  local before = where[path]
  if not (is_map(base) and is_map(over)) then
    take_places(where, from, over, path)
    if before and base ~= nil and base ~= json.null then where[path].over = earlier(before, before.over) end
    return over
  end
  where[path] = from[path]
  if before then where[path].with = earlier(before, before.with) end
  local made = {}
  for k, v in next, base do made[k] = v end
  for k, v in next, over do made[k] = merge(base[k], v, below(path, k), where, from) end
  return made
end

-- Several files as one, each over those before it.
---@param files table[]
---@return table file
function config_file.merged(files)
  local first = files[1]
  if not files[2] then return first end
  local where, v = {}, nil
  for i, file in ipairs(files) do
    config_file.children(config_file.spot_at(file, "", file.v), "the configuration")
    for _, at in next, file.where do at.order = i end
    if i == 1 then
      v = file.v
      for path, at in next, file.where do where[path] = at end
    else v = merge(v, file.v, "", where, file.where) end
  end
  return setmetatable({ name = first.name, v = v, where = where }, File)
end

-- Those that --config names, or nil.
---@param paths string[]?
---@return table? file
function config_file.read_all(paths)
  if not paths or not paths[1] then return nil end
  local files = {}
  for i, path in ipairs(paths) do files[i] = config_file.read(path) end
  return config_file.merged(files)
end

local function of_one(v)
  if type(v) == "table" and not debug.getmetatable(v) then return of_table(v) end
  if type(v) ~= "string" then
    errors.raise("run: config: expected the path of a YAML file, a table, or a list of such, found %s",
      errors.describe(v))
  end
  local path = project.resolve(v)
  if sys.stat(path) ~= "file" then errors.raise("run: config: there is no file %s", project.show_path(path)) end
  return config_file.read(path, v)
end

-- The file of the option config: one that was read, a path, a table, or a list of paths and tables.
---@param v any
---@return table file
function config_file.of_option(v)
  if debug.getmetatable(v) == File then return v end
  if type(v) ~= "table" or debug.getmetatable(v) or v[1] == nil then return of_one(v) end
  local files = {}
  for i, one in ipairs(v) do files[i] = of_one(one) end
  for k in next, v do
    if type(k) ~= "number" then
      errors.raise("run: config: a list of files has no field %q; a table in place of a file goes into the list",
        tostring(k))
    end
  end
  return config_file.merged(files)
end

return config_file
