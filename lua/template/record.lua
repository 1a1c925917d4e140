-- record: .rille-template.yaml of a project that was made of a template: the template, its version, the answers, and
-- what each file was.  A later init takes the answers from there, and knows by the digests which files a person has
-- changed.

local answer = require "rille.template.answer"
local errors = require "rille.base.errors"
local hash = require "rille.host.hash"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local value_parser = require "rille.script.value_parser"

local record = {}

record.FILE = ".rille-template.yaml"

local HEAD <const> = [[
# The answers that this project was made with; rille init takes them from here when it is called again.
]]
local SHORT <const> = 16                -- hexadecimal digits of a digest that are kept

---@param text string
---@return string
function record.digest(text) return hash.hex(hash.sha256(text)):sub(1, SHORT) end

---@class rille.template.record
---@field template string name, or folder
---@field version string
---@field year string
---@field answers table<string, string>
---@field files table<string, string> digest by path
---@field path string of the file
---@field lines table<string, integer> of the answers

-- The text of the file.
---@param definition table of template/definition.lua
---@param collected table of answers.collect
---@param files table[] of project.render
---@return string
function record.text(definition, collected, files)
  local encode = require("rille.yaml").encode
  local function scalar(v) return (encode(v):gsub("\n$", "")) end
  local lines = { HEAD .. "template: " .. scalar(definition.place or definition.name),
    "version: " .. scalar(definition.version), "rille: " .. scalar(collected.values.rille_version),
    "year: " .. scalar(collected.values.year), collected.asked[1] and "answers:" or "answers: {}" }
  for _, name in ipairs(collected.asked) do
    local v = collected.values[name]
    lines[#lines + 1] = string.format("  %s: %s", name, scalar(v))
  end
  lines[#lines + 1] = "# what each file was when it was written"
  lines[#lines + 1] = files[1] and "files:" or "files: {}"
  for _, file in ipairs(files) do
    lines[#lines + 1] = string.format("  %s: %s", scalar(file.path), scalar(record.digest(file.text)))
  end
  return table.concat(lines, "\n") .. "\n"
end

-- { key = scalar } -> { key = text }
local function texts_of(map)
  local texts = {}
  for key, v in next, type(map) == "table" and map or {} do
    if type(key) == "string" and type(v) ~= "table" then texts[key] = answer.text(v) end
  end
  return texts
end

local FIELDS <const> = { template = true, version = true, rille = true, year = true, answers = true, files = true }

-- Raises for a field that rille does not write: the file can be edited by hand, or merged.
local function check_fields(v, where, path)
  local names = {}
  for name in next, FIELDS do names[#names + 1] = name end
  for name in next, v do
    local at = where[value_parser.path("", tostring(name))]
    if not FIELDS[name] then
      errors.at(nil, '%s:%d: unknown field "%s"%s', path, at and at.key_line or 1, name, suggest.hint(name, names))
    end
  end
  for _, name in ipairs { "answers", "files" } do
    if v[name] ~= nil and (type(v[name]) ~= "table" or v[name][1] ~= nil) then
      errors.at(nil, "%s:%d: %s is a map, as in NAME: VALUE", path, where[name].key_line or where[name].line, name)
    end
  end
end

-- What the project in the folder was made of; nil when it was made of no template.
---@param dir string
---@return rille.template.record?
function record.read(dir)
  local path = dir .. "/" .. record.FILE
  if not sys.stat(path) then return nil end
  local text, message = sys.read_file(path)
  if not text then errors.at(nil, "%s", message) end
  local ok, v, where = pcall(require("rille.yaml").decode, text, path)
  if not ok then errors.at(nil, "%s", v) end
  if type(v) ~= "table" or type(v.template) ~= "string" then
    errors.at(nil, "%s:1: it does not say of which template the project was made", path)
  end
  check_fields(v, where, path)
  local lines = {}
  for name in next, v.answers or {} do
    local at = where[value_parser.path("answers", name)]
    lines[name] = at and (at.key_line or at.line)
  end
  return { template = v.template, version = tostring(v.version), year = v.year and tostring(v.year),
    answers = texts_of(v.answers), files = texts_of(v.files), path = path, lines = lines }
end

return record
