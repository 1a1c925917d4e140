-- describe: the commands about a stack and its components: list, describe.

local json = require "rille.json"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local out = require "rille.show.out"
local components = require "rille.query.components"
local suggest = require "rille.base.suggest"
local terminal = require "rille.base.terminal"

local describe = {}

local function as_json(one)
  local exists = one.exists
  if exists == nil then exists = json.null end
  return { kind = one.kind, name = one.name, flavor = one.flavor, path = one.path or json.null, exists = exists }
end

local function path_text(one)
  if not one.path then return "" end
  return one.path .. (one.exists and "" or "  (made by the first run)")
end

local function table_of(list)
  local rows = {}
  for i, one in ipairs(list) do rows[i] = { one.kind, one.name, one.flavor, path_text(one) } end
  return format.table({ "component", "name", "flavor", "path" }, rows)
end

-- There is one stack, and one component of each kind: another name is an error.
local function check_name(what, name)
  if name and name ~= components.NAME then
    errors.at(nil, 'no %s named "%s"; available: %s', what, name, components.NAME)
  end
end

local stacks = {}

function stacks.list()
  local names = {}
  for i, one in ipairs(components.components()) do names[i] = one.flavor .. " " .. one.kind end
  if global_options.json then
    return out.json { items = json.array { { name = components.NAME, active = true } }, next = json.null }
  end
  terminal.put(format.table({ "stack", "active", "components" },
    { { components.NAME, "yes", table.concat(names, ", ") } }))
end

function stacks.describe(name)
  check_name("stack", name)
  local list = components.components()
  if global_options.json then
    local items = {}
    for i, one in ipairs(list) do items[i] = as_json(one) end
    return out.json { name = components.NAME, active = true, components = json.array(items) }
  end
  terminal.put(format.in_colour("bold", "stack " .. components.NAME), "  active\n\n", table_of(list))
end

local function component_actions(kind)
  return {
    list = function()
      local one = components.component(kind)
      if global_options.json then return out.json { items = json.array { as_json(one) }, next = json.null } end
      terminal.put(table_of { one })
    end,
    describe = function(name)
      check_name(kind, name)
      local one = components.component(kind)
      if global_options.json then return out.json(as_json(one)) end
      terminal.put(format.in_colour("bold", kind .. " " .. one.name), "\n")
      for _, line in ipairs { { "flavor", one.flavor }, { "path", path_text(one) }, { "keeps", one.detail } } do
        terminal.put(string.format("%-11s %s\n", line[1], line[2]))
      end
    end,
  }
end

-- Completes the record of a command, which is named "stack" or for a kind of component.
---@param command table with name, summary and help
---@return Command
function describe.command(command)
  local what = command.name
  local actions = what == "stack" and stacks or component_actions(what)
  command.usage, command.min, command.max = what .. " list | describe [NAME] [--json]", 1, 2
  command.words = { "list", "describe" }
  function command.run(args)
    local action = actions[args[1]]
    if not action then
      local hint = suggest.hint(args[1], command.words)
      out.usage("%s %s%s; usage: rille %s", what, args[1], hint, command.usage)
    end
    action(args[2])
    return 0
  end
  return command
end

return describe
