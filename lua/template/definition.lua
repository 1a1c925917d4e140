-- definition: what template.yaml says.
--
--     definition = { name, place, shown, summary, version, parameters, scope, rules, keep, lint, next, files }
--     parameters = { parameter ... }       in the order of the file
--     parameter = { name, type, question, help, choices, labels, default(values) -> any, has_default, pattern, expects,
--                   min, max, when(values) -> boolean, at }
--     rules = { { path, when, as, at } ... }
--
-- A mistake in the file is raised with its line.

local answer = require "rille.template.answer"
local condition = require "rille.template.condition"
local diff = require "rille.base.diff"
local errors = require "rille.base.errors"
local json = require "rille.json"
local suggest = require "rille.base.suggest"
local text = require "rille.template.text"
local value_parser = require "rille.script.value_parser"

local definition = {}

local FILE <const> = "template.yaml"

local FIELDS <const> = { summary = true, version = true, parameters = true, files = true, keep = true, lint = true,
  next = true }
local PARAMETER_FIELDS <const> = { type = true, question = true, help = true, default = true, choices = true,
  pattern = true, expects = true, min = true, max = true, when = true }
local RULE_FIELDS <const> = { when = true, as = true }
local TYPES <const> = { text = true, boolean = true, choice = true, integer = true, number = true }
local OTHER_WORDS <const> = { string = "text", str = "text", bool = "boolean", int = "integer", float = "number",
  enum = "choice", select = "choice", list = "choice" }

-- What every template may use besides its parameters: its name, the version of rille, the year in which the project was
-- made, the folder of the stubs for editors, and the project's folder as the shell reads it, for `next`.
local GIVEN <const> = { template = { type = "text" }, rille_version = { type = "text" }, year = { type = "text" },
  library = { type = "text" }, dir = { type = "text" } }

-- A value of the file and where it is: { doc, path, v }.
local Spot = {}
Spot.__index = Spot

-- Raises at the value, or of_key at its key.
function Spot:fail(of_key, fmt, ...)
  local at = self.doc.where[self.path]
  errors.at(nil, "%s:%d: %s", self.doc.name, of_key and at.key_line or at.line, string.format(fmt, ...))
end

-- How many lines of the file are before the text: that of a block, as in `next: |`, begins below.
function Spot:lines_before()
  local at = self.doc.where[self.path]
  local line = self.doc.lines[at.line]:sub(at.column)
  return line:find "^[|>][-+%d]*%s*$" and at.line or at.line - 1
end

-- What is in the file where a text is wanted: 1.0 is the text "1.0".
function Spot:raw()
  local at = self.doc.where[self.path]
  return type(self.v) == "string" and self.v or at.text or tostring(self.v)
end

function Spot:child(key)
  if self.v[key] == nil then return nil end
  local path = type(key) == "string" and value_parser.path(self.path, key) or self.path .. "[" .. key .. "]"
  return setmetatable({ doc = self.doc, path = path, v = self.v[key] }, Spot)
end

-- The children of a map as { { key, spot } ... } in the order of the file.
function Spot:children(what)
  if type(self.v) ~= "table" or self.v[1] ~= nil then self:fail(false, "%s is a map, as in NAME: VALUE", what) end
  local list = {}
  for key in next, self.v do list[#list + 1] = { key, self:child(key) } end
  local where = self.doc.where
  table.sort(list, function(a, b)
    local x, y = where[a[2].path], where[b[2].path]
    if x.key_line ~= y.key_line then return x.key_line < y.key_line end
    return x.key_column < y.key_column
  end)
  return list
end

function Spot:check_fields(what, fields)
  local names = {}
  for name in next, fields do names[#names + 1] = name end
  for _, pair in ipairs(self:children(what)) do
    if not fields[pair[1]] then
      pair[2]:fail(true, '%s: unknown field "%s"%s', what, pair[1], suggest.hint(pair[1], names))
    end
  end
end

-- The text of a field, or nil.
function Spot:text_of(key, what)
  local spot = self:child(key)
  if not spot then return nil end
  if type(spot.v) == "table" or spot.v == "" then spot:fail(true, "%s: %s is a text", what, key) end
  return spot:raw(), spot
end

-- The texts of a list, or {}.
function Spot:texts_of(key)
  local spot, list = self:child(key), {}
  if not spot then return list end
  if type(spot.v) ~= "table" or next(spot.v) ~= nil and spot.v[1] == nil then
    spot:fail(true, "%s is a list, as in [main.lua]", key)
  end
  for i, one in ipairs(spot.v) do
    if type(one) ~= "string" then spot:child(i):fail(false, "%s: expected the path of a file", key) end
    list[i] = { text = one, at = spot:child(i) }
  end
  return list
end

-- A condition of the file: true, false, or a text.
function Spot:condition(scope, what)
  local v = self.v
  if type(v) == "boolean" then return function() return v end end
  if type(v) ~= "string" then self:fail(false, "%s: expected a condition, as in \"license ~= 'none'\"", what) end
  return condition.parse(v, scope, function(fmt, ...) self:fail(false, "%s: %s", what, string.format(fmt, ...)) end)
end

-- Parameters -------------------------------------------------------------------------------

-- The choices of a parameter and what is said of each.
local function take_choices(parameter, spot, what)
  local choices = spot:child "choices"
  if parameter.type ~= "choice" then
    if choices then choices:fail(true, "%s: a %s has no choices; make it a choice", what, parameter.type) end
    return
  end
  if not choices or type(choices.v) ~= "table" or next(choices.v) == nil then
    (choices or spot):fail(true, "%s: a choice has choices, as in [staging, production]", what)
  end
  parameter.choices, parameter.labels = {}, {}
  if choices.v[1] ~= nil then
    for i in ipairs(choices.v) do parameter.choices[i] = choices:child(i):raw() end
  else
    for i, pair in ipairs(choices:children(what)) do
      parameter.choices[i], parameter.labels[pair[1]] = pair[1], pair[2]:raw()
    end
  end
end

local function take_limits(parameter, spot, what)
  for _, key in ipairs { "min", "max" } do
    local limit = spot:child(key)
    if limit then
      if parameter.type ~= "integer" and parameter.type ~= "number" and parameter.type ~= "text" then
        limit:fail(true, "%s: %s is for texts, integers and numbers", what, key)
      end
      if type(limit.v) ~= "number" then limit:fail(true, "%s: %s is a number", what, key) end
      parameter[key] = limit.v
    end
  end
  if parameter.min and parameter.max and parameter.min > parameter.max then
    spot:child("min"):fail(true, "%s: min is greater than max", what)
  end
end

local function take_pattern(parameter, spot, what)
  local pattern, at = spot:text_of("pattern", what)
  parameter.expects = spot:text_of("expects", what)
  if not pattern then return end
  if parameter.type ~= "text" then at:fail(true, "%s: a pattern is for texts", what) end
  if not parameter.expects then at:fail(true, "%s: say in `expects` what the pattern means", what) end
  local ok, message = pcall(string.find, "", pattern)
  if not ok then at:fail(false, "%s: %s is not a pattern of Lua: %s", what, pattern, message) end
  parameter.pattern = "^" .. pattern:gsub("^%^", ""):gsub("([^%%])%$$", "%1") .. "$"
end

-- A default is a value, or a text with placeholders, which is read as an answer would be.
local function take_default(parameter, spot, scope, what)
  local default = spot:child "default"
  if not default then return end
  if type(default.v) == "table" then default:fail(true, "%s: the default is a single value", what) end
  local raw = default:raw()
  local at, pieces = string.format("%s: the default", what), nil
  if raw:find("<%", 1, true) then
    pieces = text.parse(raw, default.doc.name, scope, default:lines_before())
  else
    local _, reason = answer.parse(parameter, raw)
    if reason then default:fail(false, "%s: %s", at, reason) end
  end
  parameter.has_default = true
  function parameter.default(values)
    local shown = pieces and text.render(pieces, values) or raw
    local v, reason = answer.parse(parameter, shown)
    if reason then default:fail(false, "%s is %s: %s", at, errors.describe(shown), reason) end
    return v
  end
end

local function read_parameter(name, spot, scope)
  local what = "parameter " .. name
  if not name:find "^%a[%w_]*$" or name:find "__" then
    spot:fail(true, "%s: the name of a parameter has letters, digits and single _, and begins with a letter", what)
  end
  if GIVEN[name] then spot:fail(true, "%s: every template has that name already", what) end
  spot:check_fields(what, PARAMETER_FIELDS)
  local parameter = { name = name, type = spot:text_of("type", what), question = spot:text_of("question", what),
    help = spot:text_of("help", what), line = spot.doc.where[spot.path].key_line }
  if not TYPES[parameter.type] then
    local near = OTHER_WORDS[parameter.type] or parameter.type and suggest.nearest(parameter.type,
      { "text", "boolean", "choice", "integer", "number" })
    local got = parameter.type and string.format(', got "%s"%s', parameter.type,
      near and '; did you mean "' .. near .. '"?' or "") or ""
    local at = spot:child "type" or spot
    at:fail(true, "%s: expected the type text, boolean, choice, integer or number%s", what, got)
  end
  take_choices(parameter, spot, what)
  take_limits(parameter, spot, what)
  take_pattern(parameter, spot, what)
  local when = spot:child "when"
  parameter.when = when and when:condition(scope, what .. ": when") or function() return true end
  parameter.when_text = when and when:raw()
  take_default(parameter, spot, scope, what)
  if when and not parameter.has_default then
    spot:fail(true, "%s has a `when`, so it needs a default for where it is not asked", what)
  end
  if not parameter.question and not (when and when.v == false) then
    spot:fail(true, "%s: the question is missing", what)
  end
  return parameter
end

local function read_parameters(spot)
  local scope, list = {}, {}
  for name, variable in next, GIVEN do scope[name] = variable end
  local children = spot and spot:children "parameters" or {}
  for _, pair in ipairs(children) do scope[pair[1]] = scope[pair[1]] or { later = true } end
  for i, pair in ipairs(children) do
    local parameter = read_parameter(pair[1], pair[2], scope)
    list[i] = parameter
    scope[pair[1]] = { type = parameter.type, choices = parameter.choices }
  end
  return list, scope
end

-- Files ----------------------------------------------------------------------------------------

-- A path in template.yaml stays inside the project.
local function check_path(spot, path)
  if path:sub(1, 1) == "/" then spot:fail(true, "%s: a path begins in the project, without a /", path) end
  for part in (path:gsub("/$", "") .. "/"):gmatch "([^/]*)/" do
    if part == "" or part == "." or part == ".." then spot:fail(true, "%s: a path has no %s in it", path,
      part == "" and "empty part" or part) end
  end
end

-- Is the rule's path that of a file, or of a folder around it?
local function fits(rule, path)
  if rule:sub(-1) == "/" then return path:sub(1, #rule) == rule end
  return path == rule or path == rule .. ".template" or path:sub(1, #rule + 1) == rule .. "/"
end
definition.fits = fits

local function check_fits(spot, path, files)
  local names = {}
  for i, file in ipairs(files) do
    if fits(path, file.path) then return end
    names[i] = file.path:gsub("%.template$", "")
  end
  spot:fail(true, "the template has no file %s%s", path, suggest.hint(path, names))
end

local function read_rule(path, spot, scope, files)
  local what, rule = "files: " .. path, { path = path, line = spot.doc.where[spot.path].key_line }
  check_path(spot, path)
  check_fits(spot, path, files)
  local when = spot
  if type(spot.v) == "table" then
    spot:check_fields(what, RULE_FIELDS)
    when = spot:child "when"
    local as, at = spot:text_of("as", what)
    if as then
      check_path(at, as)
      if path:sub(-1) == "/" then at:fail(true, "%s: a folder keeps its name; give `as` for a file", what) end
    end
    rule.as = as
  end
  rule.when = when and when:condition(scope, what) or function() return true end
  return rule
end

-- The paths of `keep` and `lint`: of files of the template, or of those that rules make of them.
local function read_paths(spot, key, files, rules)
  local list, names = spot:texts_of(key), table.move(files, 1, #files, 1, {})
  for _, rule in ipairs(rules) do if rule.as then names[#names + 1] = { path = rule.as } end end
  for i, one in ipairs(list) do
    check_path(one.at, one.text)
    check_fits(one.at, one.text, names)
    list[i] = one.text
  end
  return list
end

-- Reads the template.yaml of a template.
---@param source rille.template.source
---@return rille.template.definition
function definition.read(source)
  local name, yaml_text = (source.shown or source.name) .. "/" .. FILE, nil
  local files = {}
  for _, file in ipairs(source.files) do
    if file.path == FILE then yaml_text = file.read():gsub("^\xef\xbb\xbf", "") else files[#files + 1] = file end
  end
  local ok, v, where = pcall(require("rille.yaml").decode, yaml_text, name)
  if not ok then errors.at(nil, "%s", v) end
  local doc = { name = name, where = where, lines = diff.lines_of(yaml_text) }
  local spot = setmetatable({ doc = doc, path = "", v = v }, Spot)
  if type(v) ~= "table" or v == json.null then errors.at(nil, "%s:1: a template has a summary and a version", name) end
  spot:check_fields("the template", FIELDS)
  local self = { name = source.name, place = source.place, shown = source.shown or source.name, files = files,
    at = name, rules = {} }
  for _, key in ipairs { "summary", "version" } do
    self[key] = spot:text_of(key, "the template")
    if not self[key] then errors.at(nil, "%s:1: the template has no %s", name, key) end
  end
  self.parameters, self.scope = read_parameters(spot:child "parameters")
  for i, pair in ipairs(spot.v.files and spot:child("files"):children "files" or {}) do
    self.rules[i] = read_rule(pair[1], pair[2], self.scope, files)
  end
  self.keep, self.lint = read_paths(spot, "keep", files, self.rules), read_paths(spot, "lint", files, self.rules)
  local next_text, next_at = spot:text_of("next", "the template")
  self.next = next_text and text.parse(next_text, name, self.scope, next_at:lines_before()) or nil
  return self
end

return definition
