-- source: where the files of a template are: in the program, or in a folder of the user's.
--
--     source = { name, place, files = { { path, executable, read() -> text } ... } }     sorted by path
--
-- place is nil for a template of the program, else the folder, absolute.  The paths are relative, with / between their
-- parts.  A symbolic link is refused, wherever it leads.

local errors = require "rille.base.errors"
local format = require "rille.base.format"
local origin = require "rille.host.origin"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"

local source = {}

local FOLDER <const> = "stdlib/templates/"
local DESCRIPTION <const> = "template.yaml"
local MOST <const> = 10000                   -- files of a template
local LARGEST <const> = 64 << 20             -- bytes of one

---@class rille.template.file
---@field path string
---@field executable boolean
---@field read fun(): string

---@class rille.template.source
---@field name string
---@field place string? absolute
---@field files rille.template.file[]

-- The names of the templates that come with rille.
---@return string[]
function source.names()
  local names = {}
  for _, path in ipairs(origin.files(FOLDER)) do
    local name, file = path:sub(#FOLDER + 1):match "^([^/]+)/(.*)$"
    if file == DESCRIPTION then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function usage(fmt, ...) error({ usage = string.format(fmt, ...) }, 0) end

local function by_path(a, b) return a.path < b.path end

local function of_program(name)
  local prefix, files = FOLDER .. name .. "/", {}
  for i, path in ipairs(origin.files(prefix)) do
    local _, executable = origin.text(path)
    files[i] = { path = path:sub(#prefix + 1), executable = executable,
      read = function() return (origin.text(path)) end }
  end
  table.sort(files, by_path)
  return { name = name, files = files }
end

-- Raises for a name that no file of a project may have.
local function check_name(shown, name)
  if name:find "%c" or not utf8.len(name) then
    errors.at(nil, "%s: a template has the file %s; names are UTF-8 without control characters", shown,
      errors.describe(name))
  end
end

local function walk(root, shown, below, files)
  for _, name in ipairs(errors.need(sys.list(root .. below))) do
    local path = below .. name
    local place = shown .. "/" .. path
    check_name(shown, name)
    local kind, executable = sys.entry(root .. path)
    if kind == "folder" then
      if path ~= ".git" and name ~= ".rille" then walk(root, shown, path .. "/", files) end
    elseif kind == "file" then
      if select(2, sys.stat(root .. path)) > LARGEST then
        errors.at(nil, "%s is larger than %s; data of that size does not belong in a template", place,
          format.bytes(LARGEST))
      end
      if #files == MOST then errors.at(nil, "%s: the template has more than %d files", shown, MOST) end
      files[#files + 1] = { path = path, executable = executable, read = function()
        local text, message = sys.read_file(root .. path)
        if not text then errors.at(nil, "%s", message) end
        return text
      end }
    else
      errors.at(nil, "%s is %s; a template has files and folders alone", place,
        kind == "link" and "a symbolic link" or "a special file")
    end
  end
end

local function of_folder(folder)
  local place = sys.realpath(folder)
  local shown = folder:gsub("(.)/+$", "%1")
  if sys.stat(place .. "/" .. DESCRIPTION) ~= "file" then
    usage("--template %s: the folder has no %s; see rille help templates", folder, DESCRIPTION)
  end
  local files = {}
  walk(place .. "/", shown, "", files)
  table.sort(files, by_path)
  return { name = place:match "[^/]+$" or "template", place = place, shown = shown, files = files }
end

-- Finds a template by its name or its folder.
---@param given string
---@return rille.template.source
function source.find(given)
  local names = source.names()
  if suggest.has(given, names) then return of_program(given) end
  local kind = sys.stat(given)
  if kind == "folder" then return of_folder(given) end
  if kind or given:find "/" then
    usage("--template %s: %s", given, kind and "a template is a folder with a " .. DESCRIPTION
      or "there is no such folder")
  end
  usage("--template %s: rille has no such template, and there is no folder of that name%s", given,
    suggest.hint(given, names))
end

return source
