-- command_recipe: the program of a command step as plain data: checked, and shown as text.
--
-- A command step is a step whose `run` is a closure over its recipe, which the fingerprint
-- walks like any captured table (lua/execute/command.lua carries it out):
--     { words = { template... } | shell = template, strict = how bash runs it, nil for sh,
--       env = { { NAME, template | true }... },
--       stdout = NAME | false, depends = { pattern... }, declared = depends was given,
--       inputs = { { name, form | false }... }, outputs = { { name, form, type, values }... } }
-- (templates: lua/script/command_template.lua, forms: lua/script/port_file_form.lua).

local command_template = require "rille.script.command_template"
local errors = require "rille.base.errors"
local port_file_form = require "rille.script.port_file_form"
local strict_mode = require "rille.shell.strict_mode"
local suggest = require "rille.base.suggest"

local command_recipe = {}

---@class Recipe
---@field words table[]? templates, one a word
---@field shell table? template of a text for the shell
---@field strict string? how bash runs the text; nil: sh runs it
---@field env table[] { NAME, template | true }
---@field stdout string|false the output that is the program's standard output
---@field depends string[] files, or patterns of files, that the program reads
---@field declared boolean the script said depends
---@field secrets table<string, true>? the parameters that are secrets
---@field inputs { name: string, form: string|false }[]
---@field outputs { name: string, form: string, type: string, values: any[]? }[]

local function names_of(spec)
  local names = { tmpdir = true }
  for _, field in ipairs { "inputs", "params", "outputs" } do
    for _, one in ipairs(spec[field]) do names[field .. "." .. one.name] = true end
  end
  return names
end

local function parse_command(what, given, names, made)
  if type(given) == "string" then
    if not given:find "%S" then errors.raise("%s: it is empty", what) end
    made.shell = command_template.parse(what, given, names, true)
    return
  end
  if type(given) ~= "table" or debug.getmetatable(given) then
    errors.raise('%s: expected a list of words, as in { "python3", "train.py" }, or a text for the shell, found %s',
      what, errors.describe(given))
  end
  for k in next, given do
    if math.type(k) ~= "integer" or k < 1 or k > #given then
      errors.raise('%s: expected a list of words, found the key "%s"', what, tostring(k))
    end
  end
  if #given == 0 then errors.raise("%s: it is empty", what) end
  made.words = {}
  for i, word in ipairs(given) do
    if type(word) == "number" then word = port_file_form.text(word) end
    if type(word) ~= "string" or word:find "%z" then
      errors.raise("%s: word %d is %s, expected a string", what, i, errors.describe(word))
    end
    made.words[i] = command_template.parse(what, word, names)
  end
  if given[1] == "" then errors.raise("%s: the program, its first word, is empty", what) end
end

-- Which shell a text is for: bash, which ends with the first failure, or sh as it is.
local function parse_shell(what, given, made)
  if given ~= nil and not made.shell then
    errors.raise('%s: shell applies only if the command is a text, as in command = "sort {inputs.names} | uniq"', what)
  end
  if given ~= nil and given ~= "bash" and given ~= "sh" then
    errors.raise('%s: shell must be "bash" (the default, which fails when any part of the text fails) or "sh", '
      .. "found %s", what, errors.describe(given))
  end
  if made.shell and given ~= "sh" then made.strict = strict_mode.MODE end
end

local function parse_env(what, env, names)
  local list = {}
  if type(env) ~= "table" then
    errors.raise('%s: expected a table, as in { LANG = "C", PATH = true }, found %s', what, errors.describe(env))
  end
  for name, v in next, env do
    if type(name) ~= "string" or name == "" or name:find "[=%z]" then
      errors.raise("%s: %s is not the name of a variable", what, errors.describe(name))
    end
    if type(v) == "number" then v = port_file_form.text(v) end
    if v ~= true and (type(v) ~= "string" or v:find "%z") then
      errors.raise("%s: %s is %s; give a string, or true to pass on rille's own", what, name, errors.describe(v))
    end
    list[#list + 1] = { name, v == true or command_template.parse(what .. "." .. name, v, names) }
  end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

local function parse_depends(what, depends)
  if type(depends) == "string" then depends = { depends } end
  if type(depends) ~= "table" then
    errors.raise('%s: expected a list of files, as in { "lib/*.py" }, found %s', what, errors.describe(depends))
  end
  local list = {}
  for i, one in ipairs(depends) do
    if type(one) ~= "string" or one == "" or one:find "%z" then
      errors.raise("%s: %d is %s, expected a path", what, i, errors.describe(one))
    end
    list[i] = one
  end
  for k in next, depends do
    if not list[k] then errors.raise('%s: expected a list of files, found the key "%s"', what, tostring(k)) end
  end
  return list
end

local function output_names(spec)
  local names = {}
  for i, port in ipairs(spec.outputs) do names[i] = port.name end
  return names
end

local function parse_outputs(what, spec, stdout)
  local list = {}
  for i, port in ipairs(spec.outputs) do
    local form = port_file_form.of(port.type)
    if not form or form == "list" then
      errors.raise('%s: output "%s": a command cannot produce %s; its outputs need one type that can be a file, '
        .. "such as t.matrix, t.table, t.string or t.file",
        what, port.name, port.type.name)
    end
    list[i] = { name = port.name, form = form, type = port.type.name, values = port.type.values }
  end
  if stdout and not suggest.has(stdout, output_names(spec)) then
    errors.raise('%s: stdout: there is no output "%s"%s', what, stdout, suggest.hint(stdout, output_names(spec)))
  end
  return list
end

local function each_template(made, f)
  for _, parts in ipairs(made.words or { made.shell }) do f(parts) end
  for _, one in ipairs(made.env) do if one[2] ~= true then f(one[2]) end end
end

-- Every output needs a path among the words, or is the standard output.
local function check_outputs(what, made)
  local written = { [made.stdout or ""] = true }
  each_template(made, function(parts)
    for _, part in ipairs(parts) do
      if part[1] == "outputs" and type(part) == "table" then
        if part[2] == made.stdout then
          errors.raise('%s: output "%s" is its standard output, but {outputs.%s} is a file; choose one', what, part[2],
            part[2])
        end
        written[part[2]] = true
      end
    end
  end)
  for _, port in ipairs(made.outputs) do
    if not written[port.name] then
      errors.raise('%s: nothing writes output "%s": use {outputs.%s} in the command, or set stdout = "%s"', what,
        port.name, port.name, port.name)
    end
  end
end

-- The recipe of a step from its fields; inputs, params and outputs were checked.
---@param what string 'step "train"'
---@param fields table
---@param spec { inputs: table[], params: table[], outputs: table[] }
---@return Recipe
function command_recipe.parse(what, fields, spec)
  local names = names_of(spec)
  local made = { inputs = {}, stdout = fields.stdout or false }
  if fields.stdout ~= nil and type(fields.stdout) ~= "string" then
    errors.raise("%s: stdout must be the name of an output, found %s", what, errors.describe(fields.stdout))
  end
  parse_command(what .. ": command", fields.command, names, made)
  parse_shell(what, fields.shell, made)
  made.env = parse_env(what .. ": env", fields.env or {}, names)
  made.depends = parse_depends(what .. ": depends", fields.depends or {})
  made.declared = fields.depends ~= nil
  for i, port in ipairs(spec.inputs) do
    made.inputs[i] = { name = port.name, form = port_file_form.of(port.type) or false }
  end
  for _, param in ipairs(spec.params) do
    if param.type.name == "secret" then
      made.secrets = made.secrets or {}
      made.secrets[param.name] = true
    end
  end
  made.outputs = parse_outputs(what, spec, made.stdout)
  check_outputs(what, made)
  return made
end

-- Text --------------------------------------------------------------------------

local function word_text(parts, value)
  local text = value and command_template.fill(parts, value) or command_template.text(parts)
  local bare = text:gsub("{[%w_.]+}", "")
  return (bare ~= "" or text == "") and bare:find "[^%w_./:=@%%+,-]" and command_template.quote(text) or text
end

-- The command on one line.
---@param made Recipe
---@param value fun(kind: string, name: string?): string? the text of a placeholder; without it placeholders stay
---@return string
function command_recipe.line(made, value)
  if made.shell then return value and command_template.fill(made.shell, value) or command_template.text(made.shell) end
  local words = {}
  for i, parts in ipairs(made.words) do words[i] = word_text(parts, value) end
  return table.concat(words, " ")
end

-- A recipe as it is shown, lines of text.
---@param made Recipe
---@return string
function command_recipe.text(made)
  local lines = { command_recipe.line(made) }
  if made.strict then lines[#lines + 1] = "shell " .. made.strict:match "^[^,]*" end
  for _, one in ipairs(made.env) do
    lines[#lines + 1] = "env " .. one[1] .. (one[2] == true and " (handed on)" or "=" .. command_template.text(one[2]))
  end
  if made.stdout then lines[#lines + 1] = "stdout " .. made.stdout end
  for _, one in ipairs(made.depends) do lines[#lines + 1] = "depends " .. one end
  return table.concat(lines, "\n")
end

-- The function of a command step.
---@param made Recipe
---@param carry_out function carries out a recipe: lua/execute/command.lua
---@return function run
function command_recipe.runner(made, carry_out)
  return function(...) return carry_out(made, ...) end
end

return command_recipe
