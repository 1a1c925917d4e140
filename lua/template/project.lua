-- project: the files that a template makes with some answers.
--
--     files = { { path, text, executable, from } ... }       sorted by path; from: the file of the template
--
-- All texts of the template are read first, so that a mistake shows whatever the answers are; then those files are
-- rendered whose conditions are true, and no others.

local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"
local text = require "rille.template.text"

local project = {}

local ENDING <const> = "%.template$"

local function names_of(definition)
  local names = {}
  for i, parameter in ipairs(definition.parameters) do names[i] = parameter.name end
  return names
end

-- The path with the answers in place of __names__.  Other words between __ stay, unless they look like a misspelt name.
local function named(path, definition, values, shown)
  return (path:gsub("__(%a[%w_]-)__", function(name)
    if definition.scope[name] then
      local value = text.of(values[name])
      if value == "" or value:find "[/%c]" or value:find "^%.+$" then
        errors.at(nil, "%s: %s is %s, which cannot be part of the name of a file", shown, name, errors.describe(value))
      end
      return value
    end
    local near = suggest.nearest(name, names_of(definition))
    if near then errors.at(nil, '%s: there is no parameter %s; did you mean "__%s__"?', shown, name, near) end
  end))
end

local fits = require("rille.template.definition").fits

-- Is the file made with these answers, and under which path?
local function chosen(definition, file, values)
  local path = file.path:gsub(ENDING, "")
  if not path:find "[^/]$" then
    errors.at(nil, "%s/%s: without .template it has no name", definition.shown, file.path)
  end
  for _, rule in ipairs(definition.rules) do
    if fits(rule.path, file.path) then
      if not rule.when(values) then return nil end
      path = rule.as or path
    end
  end
  return named(path, definition, values, definition.shown .. "/" .. file.path)
end

-- Reads the texts that are rendered: { [path of the file] = pieces }.
---@param definition table of template/definition.lua
---@return table<string, rille.template.pieces>
function project.read(definition)
  local pieces = {}
  for _, file in ipairs(definition.files) do
    if file.path:find(ENDING) then
      pieces[file.path] = text.parse(file.read(), definition.shown .. "/" .. file.path, definition.scope)
    end
  end
  return pieces
end

-- Where template.yaml gives one of the files its path.
local function place_of(definition, ...)
  for _, path in ipairs { ... } do
    for _, rule in ipairs(definition.rules) do
      if rule.as and fits(rule.path, path) then return definition.at .. ":" .. rule.line end
    end
  end
  return definition.at
end

-- Raises where two files have one path, or one is where the other has a folder.
local function check_paths(files, definition)
  local from = {}
  for _, file in ipairs(files) do
    if from[file.path] then
      errors.at(nil, "%s: %s and %s both make %s with these answers", place_of(definition, from[file.path], file.from),
        from[file.path], file.from, file.path)
    end
    from[file.path] = file.from
  end
  for _, file in ipairs(files) do
    local folder = file.path:match "^(.*)/[^/]*$"
    while folder do
      if from[folder] then
        errors.at(nil, "%s: %s makes the file %s, and %s needs a folder there", definition.at, from[folder], folder,
          file.from)
      end
      folder = folder:match "^(.*)/[^/]*$"
    end
  end
end

-- The files of the project.
---@param definition table
---@param pieces table<string, rille.template.pieces> of project.read
---@param values table<string, any>
---@return { path: string, text: string, executable: boolean, from: string }[]
function project.render(definition, pieces, values)
  local files = {}
  for _, file in ipairs(definition.files) do
    local path = chosen(definition, file, values)
    if path then
      local parsed = pieces[file.path]
      files[#files + 1] = { path = path, executable = file.executable, from = file.path,
        text = parsed and text.render(parsed, values) or file.read() }
    end
  end
  table.sort(files, function(a, b) return a.path < b.path end)
  check_paths(files, definition)
  return files
end

return project
