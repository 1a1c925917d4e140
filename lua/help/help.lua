-- help: the texts of `rille help`: an overview, one of each command, and one of each topic,
-- a file in lua/help/topics/.  A topic is { order, text }; in_index = false keeps it out of
-- the index of the overview.

local origin = require "rille.host.origin"
local suggest = require "rille.base.suggest"

local help = {}

-- What to do first, in ten lines.
help.FIRST = [[
Start here
  rille init weather && cd weather           a pipeline, its test and settings
  rille run pipeline.lua                     run it; a second run is cached
  rille plan pipeline.lua --set above=8      what a change would run, and why
  rille run pipeline.lua --set above=8       run what has changed
  rille show weather@-1                      the newest run
  rille why mean                             why a step ran, or was cached
  rille artifact get weather::mean::celsius  take a result out
  rille test                                 run the tests
  rille help steps                           how to write steps; then pipelines
]]

local OVERVIEW <const> = [[
rille: pipelines as Lua scripts, with a cache that knows what a step depends on.

%s
%s
Everywhere: --store DIR, -q (failures and results only), --json.

  rille help COMMAND     usage, options, exit codes, examples; and for FILE
                         and -e:  rille help script
  rille help TOPIC       %s
]]

local HEAD <const> = 22         -- columns of "rille COMMAND" in the overview
local INDENT <const> = 25       -- columns before the second line of topics
local WIDTH <const> = 76        -- columns of the lines of topics

-- The headings of the commands, one for each hundred of their order.
local HEADINGS <const> = { "Run", "Past runs", "Artifacts and models", "Stacks", "The program" }

-- Words with a separator after each, in lines of at most WIDTH columns.
local function wrapped(words, separator, indent)
  local lines, line = {}, nil
  for i, word in ipairs(words) do
    local piece = i < #words and word .. separator or word
    if line and indent + #line + #(piece:gsub(" +$", "")) > WIDTH then
      lines[#lines + 1], line = line:gsub(" +$", ""), nil
    end
    line = (line or "") .. piece
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n" .. (" "):rep(indent))
end

-- The commands that stand beside each other.
local function shared_line(list)
  local words = {}
  for i, command in ipairs(list) do
    words[i] = (i > 1 and command.part_of and "" or "rille ") .. (command.synopsis or command.name)
  end
  local about = list[1].part_of
  return "  " .. wrapped(words, ", ", 2) .. "\n" .. (about and (" "):rep(INDENT) .. about .. "\n" or "")
end

-- The lines of the commands in the overview.  Commands that are wider than their column, and those that are parts of
-- one thing, stand beside each other.
---@param all Command[] in order
---@return string
function help.command_lines(all)
  local lines, together = {}, {}
  local function end_together()
    if together[1] then lines[#lines + 1] = shared_line(together) end
    together = {}
  end
  for _, command in ipairs(all) do
    local head = "rille " .. (command.synopsis or command.name)
    if together[1] and together[1].part_of ~= command.part_of then end_together() end
    if #head > HEAD or command.part_of then
      together[#together + 1] = command
    else
      end_together()
      lines[#lines + 1] = string.format("  %-22s %s\n", head, command.summary)
    end
  end
  end_together()
  return table.concat(lines)
end

-- The same of all commands, under headings.
---@param all Command[] in order
---@return string
function help.overview_lines(all)
  local parts, of = { "Run\n  rille FILE [ARGS]      run a script as a program\n" }, {}
  for _, command in ipairs(all) do
    local heading = HEADINGS[(command.order or math.huge) // 100] or "More"
    if not of[heading] then
      of[heading] = {}
      of[#of + 1] = heading
    end
    table.insert(of[heading], command)
  end
  for _, heading in ipairs(of) do
    parts[#parts + 1] = (heading == "Run" and "" or "\n" .. heading .. "\n") .. help.command_lines(of[heading])
  end
  return table.concat(parts)
end

local PREFIX <const> = "lua/help/topics/"

local function topic(name) return (require("rille.help.topics." .. name)) end

-- The names of the topics, in order.
---@return string[]
function help.topics()
  local names = {}
  for i, path in ipairs(origin.files(PREFIX)) do names[i] = path:sub(#PREFIX + 1, -#".lua" - 1) end
  table.sort(names, function(a, b)
    local x, y = topic(a).order or math.huge, topic(b).order or math.huge
    if x ~= y then return x < y end
    return a < b
  end)
  return names
end

local function topic_lines()
  local names = {}
  for _, name in ipairs(help.topics()) do
    if topic(name).in_index ~= false then names[#names + 1] = name end
  end
  return wrapped(names, "  ", INDENT)
end

-- The text of a command whose record has none.
local function text_from_record(command)
  local lines, flags = { "rille " .. command.usage, "", command.summary }, {}
  for flag in next, command.options or {} do flags[#flags + 1] = flag end
  table.sort(flags)
  for i, flag in ipairs(flags) do
    local option = command.options[flag]
    if i == 1 then lines[#lines + 1] = "" end
    lines[#lines + 1] = string.format("  %-20s  %s", flag .. (option.value and " " .. option.value or ""), option.text)
  end
  return table.concat(lines, "\n") .. "\n"
end

-- The text on a command or a topic, or the overview.
---@param commands Commands
---@param name string?
---@return string
function help.text(commands, name)
  if not name then return (OVERVIEW:format(help.FIRST, help.overview_lines(commands.all()), topic_lines())) end
  if commands.has(name) then
    local command = commands.get(name)
    return command.help or text_from_record(command)
  end
  local topics = help.topics()
  if suggest.has(name, topics) then return topic(name).text end
  local near = suggest.nearest(name, table.move(topics, 1, #topics, #commands.names() + 1, commands.names()))
  local hint = near and string.format("; did you mean %q?", near) or ""
  error({ usage = string.format('there is no help on "%s"%s; see rille help', name, hint) }, 0)
end

return help
