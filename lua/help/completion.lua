-- completion: the scripts of `rille completion SHELL`, made from the records of the commands.
--
-- Each completes the name of the command, then its options and the words that its first
-- argument may be.  Where nothing of that fits (a script, the value of an option) the shell
-- completes the names of files.

local completion = {}

local function sorted_keys(t)
  local keys = {}
  for key in next, t do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- All options of a command, by flag.
local function options_of(commands, command)
  local options = {}
  for flag, option in next, commands.common do options[flag] = option end
  for flag, option in next, command.options or {} do options[flag] = option end
  return options
end

local function words_of(commands, command)
  local words = command.words or {}
  return type(words) == "function" and words(commands) or words
end

-- Those of the flags that take a value.
local function valued(options)
  local flags = {}
  for _, flag in ipairs(sorted_keys(options)) do if options[flag].value then flags[#flags + 1] = flag end end
  return flags
end

local BASH <const> = [[
# completion of rille for bash: source <(rille completion bash)
_rille() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  local command= arguments=0 options= valued="%s" words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --store|--scripts) ((i++)) ;;
      -*) ;;
      *) if [ -z "$command" ]; then command=${COMP_WORDS[i]}; else ((arguments++)); fi ;;
    esac
  done
  case $command in
    '') options="%s" words="%s" ;;
%s  esac
  COMPREPLY=()
  case " $valued " in *" $before "*) return ;; esac
  if [ "${current:0:1}" = - ]; then
    words=$options
  elif [ "$arguments" -gt 0 ]; then
    words=
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ -n "$command" ] || COMPREPLY+=($(compgen -f -X '!*.lua' -- "$current"))
}
complete -o default -F _rille rille
]]

---@param commands Commands
---@return string
function completion.bash(commands)
  local cases = {}
  for i, command in ipairs(commands.all()) do
    local options = options_of(commands, command)
    cases[i] = string.format('    %s) options="%s" valued="%s" words="%s" ;;\n', command.name,
      table.concat(sorted_keys(options), " "), table.concat(valued(options), " "),
      table.concat(words_of(commands, command), " "))
  end
  local common = commands.common
  return (BASH:format(table.concat(valued(common), " "), table.concat(sorted_keys(common), " "),
    table.concat(commands.names(), " "), table.concat(cases)))
end

local ZSH <const> = [[
# completion of rille for zsh: source <(rille completion zsh)
autoload -Uz compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit
]]

---@param commands Commands
---@return string
function completion.zsh(commands) return ZSH .. completion.bash(commands):gsub("^[^\n]*\n", "") end

local function quoted(text) return "'" .. text:gsub("[\\']", "\\%0") .. "'" end

local function fish_option(condition, flag, option)
  local kind = flag:find "^%-%-" and "-l " or "-s "
  return string.format("complete -c rille -n %s %s%s%s -d %s\n", quoted(condition), kind, flag:gsub("^%-+", ""),
    option.value and " -r" or "", quoted(option.text))
end

---@param commands Commands
---@return string
function completion.fish(commands)
  local lines = { "# completion of rille for fish: rille completion fish | source\n" }
  for _, flag in ipairs(sorted_keys(commands.common)) do
    lines[#lines + 1] = fish_option("true", flag, commands.common[flag])
  end
  for _, command in ipairs(commands.all()) do
    local condition = "__fish_seen_subcommand_from " .. command.name
    lines[#lines + 1] = string.format("complete -c rille -n __fish_use_subcommand -a %s -d %s\n", command.name,
      quoted(command.summary))
    local words = words_of(commands, command)
    if words[1] then
      lines[#lines + 1] = string.format("complete -c rille -n %s -f -a %s\n", quoted(condition),
        quoted(table.concat(words, " ")))
    end
    for _, flag in ipairs(sorted_keys(command.options or {})) do
      lines[#lines + 1] = fish_option(condition, flag, command.options[flag])
    end
  end
  return table.concat(lines)
end

return completion
