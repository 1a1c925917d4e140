-- command_recipe_reads: which programs and files the words of a recipe name
-- (lua/script/command_recipe.lua).  Nothing runs here.

local command_analysis = require "rille.shell.command_analysis"
local command_reads = require "rille.shell.command_reads"
local command_template = require "rille.script.command_template"
local port_file_form = require "rille.script.port_file_form"
local project = require "rille.project"
local strict_mode = require "rille.shell.strict_mode"
local sys = require "rille.host.sys"

local command_recipe_reads = {}

-- The programs, files and folders that the words of a command name.
---@param recipe Recipe
---@param text fun(kind: string, name: string?): string? the text of a placeholder; nil: a path that rille makes
---@param env table variables of the program, as of command_recipe_reads.variables
---@param path string? its PATH
---@return table account as of lua/shell/command_analysis.lua
function command_recipe_reads.of(recipe, text, env, path)
  local options = { env = env, path = path, folder = project.folder(), exists = command_reads.exists,
    text_of = command_reads.text_of,
    alias_of = function(name) return command_reads.real_name(name, path) end }
  if recipe.shell then
    options.shell = recipe.strict and "bash" or "sh"
    return command_analysis.of_text(command_template.fill(recipe.shell, function(kind, name)
      local known = text(kind, name)
      return known and command_template.quote(known) or "\1"
    end), options)
  end
  local fields = {}
  for i, parts in ipairs(recipe.words) do
    local ours
    local word = command_template.fill(parts, function(kind, name)
      local known = text(kind, name)
      ours = ours or not known or nil
      return known or "\1"
    end)
    fields[i] = { choices = { { text = word, ours = ours } } }
  end
  return command_analysis.of_words(fields, options)
end

-- The environment variables of the command's program and its PATH, nil where it has none.
---@param recipe Recipe
---@param text function as of command_recipe_reads.of
---@return table<string, string|table> variables, string? path
function command_recipe_reads.variables(recipe, text)
  local env, path = {}, nil
  for _, one in ipairs(recipe.env) do
    local name, parts = one[1], one[2]
    local ours
    local value = parts == true and os.getenv(name) or parts ~= true and command_template.fill(parts, function(...)
      local known = text(...)
      ours = ours or not known
      return known or ""
    end) or nil
    env[name] = ours and { text = value, ours = true } or value
    if name == "PATH" then path = value end
  end
  env.PATH = env.PATH or command_reads.SHELL_PATH        -- the shell sets it when it gets none
  return env, path
end

-- What a step's command reads that none of its words names: a list of phrases.
---@param step table
---@return string[]
function command_recipe_reads.unseen(step)
  if step.command.declared then return {} end
  local function text(kind, name)
    for _, param in ipairs(kind == "params" and step.params or {}) do
      if param.name == name and (type(param.default) == "string" or type(param.default) == "number") then
        return port_file_form.text(param.default)
      end
    end
  end
  return command_recipe_reads.of(step.command, text, command_recipe_reads.variables(step.command, text)).unseen
end

-- Raises where bash, which runs a text of the recipe, is not installed.
---@param what string begins the message
function command_recipe_reads.need_bash(what)
  if sys.stat(strict_mode.PROGRAM) ~= "file" then
    error(string.format('%sthere is no %s, which runs texts for the shell; install bash, '
      .. 'or have sh run the text: shell = "sh"', what, strict_mode.PROGRAM), 0)
  end
end

-- Before a run: raises when the step's program is not found, and records the
-- scripts that the command names with the run.
---@param step table
function command_recipe_reads.check(step)
  local recipe = step.command
  local function none() end
  local first = recipe.words and recipe.words[1]
  if recipe.strict then command_recipe_reads.need_bash(string.format('step "%s": ', step.name)) end
  if first and #first == 1 and type(first[1]) == "string" then command_reads.need(step, first[1]) end
  for _, one in ipairs(command_recipe_reads.of(recipe, none,
    command_recipe_reads.variables(recipe, none)).words) do
    if one[1]:find "%." and not one.glob then command_reads.keep(one[1]) end
  end
end

return command_recipe_reads
