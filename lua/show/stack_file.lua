-- stack_file: a stack and its components in a file of YAML, for another project.
--
-- The file has the form of .rille/config.yaml (stack/config.lua) with the components that the stack uses.  Secrets are
-- in it as names of environment variables alone.

local config = require "rille.stack.config"
local edit = require "rille.stack.edit"
local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local json = require "rille.json"
local out = require "rille.show.out"
local stacks = require "rille.show.stacks"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local stack_file = {}

local MOST <const> = 1 << 16        -- bytes

---@param name string
---@param path string? nil: standard output
function stack_file.export(name, path)
  local made = stacks.read()
  local plain = config.plain(edit.extract(made, name))
  local text = "# a stack of rille; add it to a project with: rille stack import FILE\nformat: 1\n"
    .. require("rille.yaml").encode(plain)
  if not path or path == "-" then return terminal.put(text) end
  local file, message = require("rille.host.output_file").write(path, text)
  if not file then errors.at(nil, "%s", message) end
  stacks.changed({ name = name, path = path }, "stack %s exported to %s", name, path)
end

---@param path string "-": standard input
---@param name string?
function stack_file.import(path, name)
  local text, message
  if path == "-" then text = io.stdin:read(MOST + 1) or ""
  else text, message = sys.read_stream(path, MOST + 1) end
  if not text then errors.at(nil, "%s", message) end
  if #text > MOST then errors.at(nil, "%s: larger than %d bytes, not a stack", path, MOST) end
  local other = config.parse(text, path == "-" and "stdin" or path, true)
  local added = edit.change(function(made) return edit.merge(made, other, name) end)
  if global_options.json then
    return out.json { stacks = json.array(added.stacks), components = json.array(added.components) }
  end
  if not added.stacks[1] and not added.components[1] then return out.line "the same stack is here already" end
  for _, one in ipairs(added.components) do out.line("registered %s", one) end
  for _, one in ipairs(added.stacks) do
    out.line("registered stack %s; to make it active: rille stack set %s", one, one)
  end
  for _, flavor in ipairs(added.unknown) do
    terminal.say('rille: flavor "', flavor, "\" is not one of rille's own: a run checks its options\n")
  end
end

return stack_file
