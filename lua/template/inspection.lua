-- inspection: looks at a project that was made of a template, before it goes to its place.
--
-- Each file of Lua, YAML and JSON is read for its syntax.  The scripts that template.yaml lists under `lint` are loaded
-- by `rille lint`, in a process of its own, as a person would do it next: what they do while they are loaded is done.

local environment = require "rille.base.environment"
local errors = require "rille.base.errors"
local program = require "rille.project.program"
local spawn = require "rille.host.spawn"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local inspection = {}

local NOTICED <const>, PATIENCE <const> = 3, 60         -- seconds until a script is told that loads, and is killed
local SIGKILL <const> = 9

local SYNTAX = {}

function SYNTAX.lua(text, path)
  local _, message = load(text, "@" .. path, "t", {})
  return message
end

local function decoded(module)
  return function(text, path)
    local ok, message = pcall(require(module).decode, text, path)
    if not ok then return message:find(path, 1, true) and message or path .. ": " .. message end
  end
end

SYNTAX.yaml = decoded "rille.yaml"
SYNTAX.yml = SYNTAX.yaml
SYNTAX.json = decoded "rille.json"

-- Raises at the first file whose syntax is wrong.
---@param definition table
---@param files table[] of template/project.lua
function inspection.syntax(definition, files)
  for _, file in ipairs(files) do
    local check = SYNTAX[file.path:match "%.(%a+)$"]
    local flaw = check and check(file.text, file.path)
    if flaw then
      errors.at(nil, "template %s makes a file with a mistake, from %s/%s:\n  %s\nnothing was written", definition.name,
        definition.shown, file.from, flaw)
    end
  end
end

-- The end of a program: what it wrote, and its exit code.  One that takes long is told, and killed in the end.
local function finish(handle, path, stopped)
  local parts, start, told = {}, sys.mono(), false
  while true do
    local text = handle:read(0.5)
    if text == nil then break end
    if text then parts[#parts + 1] = text end
    local seconds = sys.mono() - start
    if seconds > PATIENCE or stopped() then
      handle:kill(SIGKILL)
      handle:finish()
      if stopped() then return "", 0 end
      return string.format("%s was not loaded within %d s\n", path, PATIENCE), 1
    elseif seconds > NOTICED and not told then
      told = true
      terminal.say("rille lint loads ", path, " of the new project; Ctrl-C stops\n")
    end
  end
  return table.concat(parts), (handle:finish())
end

-- What rille lint says of a script, and its exit code.
local function lint(folder, path, stopped)
  local argv = { "sh", "-c", 'exec 2>&1; exec "$@"', "sh", errors.need(sys.realpath "/proc/self/exe") }
  local scripts = program.argv and program.argv.scripts
  if scripts then table.move({ "--scripts", sys.realpath(scripts) }, 1, 2, #argv + 1, argv) end
  table.move({ "lint", path, "--color", "never" }, 1, 4, #argv + 1, argv)
  local handle, message = spawn.start { path = "/bin/sh", argv = argv, env = environment.list(), cwd = folder,
    group = true }
  if not handle then errors.at(nil, "rille lint: %s", message) end
  return finish(handle, path, stopped)
end

-- Raises where rille lint finds errors in the project.
---@param definition table
---@param files table[]
---@param folder string where the project is
---@param stopped fun(): boolean a signal has come
function inspection.lint(definition, files, folder, stopped)
  local made = {}                 -- path in the project, by that and by the path in the template
  for _, file in ipairs(files) do
    local from = file.from or file.path
    made[from], made[from:gsub("%.template$", "")] = file.path, file.path
  end
  for _, file in ipairs(files) do made[file.path] = file.path end
  for _, given in ipairs(definition.lint) do
    local path = made[given]
    if path then
      local report, code = lint(folder, path, stopped)
      if stopped() then return end
      if code ~= 0 then
        errors.at(nil, "template %s makes a project that rille lint refuses (exit code %s):\n%snothing was written",
          definition.name, code, report:gsub("[^\n]+", "  %0"))
      end
    end
  end
end

return inspection
