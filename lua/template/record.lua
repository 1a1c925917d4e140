-- record: .rille-template.yaml of a project that was made of a template: the template, its version, the answers, and
-- what each file was.  A later init takes the answers from there, and knows by the digests which files a person has
-- changed.

local answer = require "rille.template.answer"
local errors = require "rille.base.errors"
local hash = require "rille.host.hash"
local sys = require "rille.host.sys"

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

-- What the project in the folder was made of; nil when it was made of no template.
---@param dir string
---@return rille.template.record?
function record.read(dir)
  local path = dir .. "/" .. record.FILE
  if not sys.stat(path) then return nil end
  local text, message = sys.read_file(path)
  if not text then errors.at(nil, "%s", message) end
  local ok, v = pcall(require("rille.yaml").decode, text, path)
  if not ok then errors.at(nil, "%s", v) end
  if type(v) ~= "table" or type(v.template) ~= "string" then
    errors.at(nil, "%s:1: it does not say of which template the project was made", path)
  end
  return { template = v.template, version = tostring(v.version), year = v.year and tostring(v.year),
    answers = texts_of(v.answers), files = texts_of(v.files) }
end

return record
