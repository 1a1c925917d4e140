-- arguments: the words of a command line, split by the options that a command takes (commands.lua).

local commands = require "rille.commands"

local arguments = {}

local COMMON <const> = commands.common
local BARE <const> = { text = "" }        -- a switch that an option without its value is

local function usage(fmt, ...) error({ usage = string.format(fmt, ...) }, 0) end

local function unknown_option(flag, options, command, argv)
  for _, word in ipairs(command and {} or argv) do
    if commands.has(word) then
      usage("unknown option %s; the options of %s follow the command: rille %s ... %s", flag, word, word, flag)
    end
  end
  local names = {}
  for name in next, options do names[#names + 1] = name end
  for name in next, COMMON do names[#names + 1] = name end
  local near = require("rille.base.synonyms").flag(flag, options) or require("rille.base.suggest").nearest(flag, names)
  usage("%sunknown option %s%s; see rille help%s", command and command .. ": " or "", flag,
    near and "; did you mean " .. near .. "?" or "", command and " " .. command or "")
end

-- A word as a flag and the value that stands in it: "--set=a=1" -> "--set", "a=1"; "-j4" -> "-j", "4".
local function split_word(word)
  local flag, text = word:match "^(%-%-[%w-]+)=(.*)$"
  if flag then return flag, text end
  text = word:match "^%-j(%d+)$"
  if text then return "-j", text end
  return word, nil
end

-- Sets the option in args: args.keep_going for --keep-going.
local function set(args, flag, option, text, command)
  local name = flag:gsub("^%-+", ""):gsub("%-", "_")
  if not option.value then args[name] = true
  elseif option.list then
    args[name] = args[name] or {}
    table.insert(args[name], text)
  else
    if args[name] and args[name] ~= text then
      usage("%s%s is given twice, with %s and %s; give it once", command and command .. ": " or "", flag, args[name],
        text)
    end
    args[name] = text
  end
end

-- Splits argv[from..]: positional arguments as a list, options by name without dashes.
---@param argv string[]
---@param from integer
---@param options table<string, CommandOption> by flag
---@param command string? its name, for messages
---@param stops_at_file boolean? what follows the first positional argument is left alone: a script's own arguments
---@return table args
function arguments.parse(argv, from, options, command, stops_at_file)
  local args, i = {}, from
  while argv[i] do
    local word = argv[i]
    local flag, text = split_word(word)
    local is_positional = flag:sub(1, 1) ~= "-" or flag == "-" or tonumber(flag)
    if word == "--" or is_positional and stops_at_file then
      table.move(argv, word == "--" and i + 1 or i, #argv, #args + 1, args)
      break
    elseif is_positional then
      args[#args + 1] = word
    else
      local option = options[flag] or COMMON[flag]
      if not option then unknown_option(flag, options, command, argv) end
      if text and not option.value then usage("%s takes no value", flag) end
      if option.value and not text then
        i = i + 1
        text = argv[i]
        if not text and option.bare then flag, option, text = "--" .. option.bare, BARE, nil
        elseif not text then usage("%s needs a value", flag) end
      end
      if text == "" and flag ~= "-e" then usage("%s needs a value, got an empty one", flag) end
      set(args, flag, option, text, command)
    end
    i = i + 1
  end
  return args
end

-- argv with its command in front: options that every command takes may stand before it.
---@param argv string[]
---@return string[]
function arguments.command_first(argv)
  local i = 1
  while argv[i] do
    local flag = argv[i]:match "^(%-%-[%w-]+)=" or argv[i]
    if not COMMON[flag] then break end
    i = i + (COMMON[flag].value and flag == argv[i] and 2 or 1)
  end
  if i == 1 or not argv[i] or not commands.has(argv[i]) then return argv end
  local moved = table.move(argv, 1, i - 1, 2, { argv[i] })
  return table.move(argv, i + 1, #argv, i + 1, moved)
end

local WIDTH <const> = 80
local PROGRAM <const> = "rille: "       -- stands before what is printed

-- "usage: rille run FILE [--set NAME=VALUE | ...]" in lines that fit; what is in brackets stays in one line.
---@param text string of a command
---@return string
function arguments.usage(text)
  local lines, line = {}, "usage: rille"
  local indent, room = (" "):rep(#PROGRAM + #line + 1 + #text:match "^%S+" + 1), WIDTH - #PROGRAM
  for part in text:gsub("%b[]", function(s) return (s:gsub(" ", "\0")) end):gmatch "%S+" do
    part = part:gsub("\0", " ")
    if #line + 1 + #part > room then
      lines[#lines + 1], line, room = line, indent .. part, WIDTH
    else
      line = line .. " " .. part
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

return arguments
