-- completion: the scripts of `rille completion SHELL`, made from the records of the commands.
--
-- Each completes the name of the command, then its options, the words that its first argument may be, and the
-- names of runs, steps, artifacts and pipelines, for which it asks `rille completion names KIND BEGINNING`.  Where
-- nothing of that fits (a script, the value of an option) the shell completes the names of files.

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

-- The words that the value of an option may be, or nil.
local function option_words(option)
  local words = option.words
  if type(words) == "function" then words = words() end
  return words and words[1] and words or nil
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

-- What kind of names the value of an option has, by what the value is called (lua/query/names.lua).
local VALUE_KINDS <const> = { RUN = "run", PIPELINE = "pipeline", ["STEP,..."] = "step", S = "stack" }
for _, kind in ipairs(require("rille.stack.kinds").list) do VALUE_KINDS[kind.word:upper()] = kind.word end

-- "--run=run", for the options of a command whose values are names; "--color=:always,never" for those of few words.
local function named_values(options)
  local list = {}
  for _, flag in ipairs(sorted_keys(options)) do
    local words, kind = option_words(options[flag]), VALUE_KINDS[options[flag].value]
    if words then kind = ":" .. table.concat(words, ",") end
    if kind then list[#list + 1] = flag .. "=" .. kind end
  end
  return list
end

-- The part that bash and zsh share: what the command takes.
local CASES <const> = [[
  case $command in
    '') flags="%s" words="%s" named="%s" ;;
%s  esac
]]

local function cases_of(commands)
  local cases = {}
  for i, command in ipairs(commands.all()) do
    local options = options_of(commands, command)
    cases[i] = string.format('    %s) flags="%s" valued="%s" words="%s" named="%s" takes="%s" ;;\n', command.name,
      table.concat(sorted_keys(options), " "), table.concat(valued(options), " "),
      table.concat(words_of(commands, command), " "), table.concat(named_values(options), " "),
      table.concat(command.takes or {}, " "))
  end
  local common = commands.common
  return (CASES:format(table.concat(sorted_keys(common), " "), table.concat(commands.names(), " "),
    table.concat(named_values(common), " "), table.concat(cases)))
end

-- A word ends for readline at : and @ too, so the line is split here, and what stands before is taken off the answers.
local BASH <const> = [=[
# completion of rille for bash: source <(rille completion bash)
_rille() {
  local command= arguments=0 flags= valued="VALUED" words= named= takes= kinds= store= i
  local -a line
  if [ -n "$COMP_LINE" ]; then
    read -a line <<< "${COMP_LINE:0:COMP_POINT}"
    case ${COMP_LINE:0:COMP_POINT} in *[[:space:]]) line+=("") ;; esac
  else
    line=("${COMP_WORDS[@]:0:COMP_CWORD+1}")
  fi
  local last=$((${#line[@]} - 1))
  local current=${line[last]} before=${line[last-1]}
  for ((i = 1; i < last; i++)); do
    case ${line[i]} in
      --store) store=${line[++i]} ;;
      --scripts) ((i++)) ;;
      -*) ;;
      *) if [ -z "$command" ]; then command=${line[i]}; else ((arguments++)); fi ;;
    esac
  done
CASES  COMPREPLY=()
  case " $valued " in
    *" $before "*)
      for i in $named; do [ "${i%%=*}" = "$before" ] && kinds=${i#*=}; done
      words= command=${command:--}
      case $kinds in
        '') return ;;
        :*) words=${kinds#:} words=${words//,/ } kinds= ;;
      esac ;;
    *)
      if [ "${current:0:1}" = - ]; then
        words=$flags
      else
        i=($takes)
        kinds=${i[arguments]}
        [ "$arguments" -gt 0 ] && words=
      fi ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ -n "$command" ] || COMPREPLY+=($(compgen -f -X '!*.lua' -- "$current"))
  case $kinds in ''|-) return ;; esac
  while IFS= read -r i; do
    printf -v i %q "$i"
    COMPREPLY+=("$i")
  done < <("${line[0]/#\~/$HOME}" completion names "$kinds" "$current" ${store:+--store "$store"} 2>/dev/null)
  case $COMP_WORDBREAKS in *:*|*@*)
    [ -n "$current" ] && printf -v current %q "$current"
    local head=${current%"${current##*[:@]}"}
    [ -n "$head" ] && COMPREPLY=("${COMPREPLY[@]#"$head"}") ;;
  esac
}
complete -o default -F _rille rille
]=]

-- The template with the text of a name in place of the name.
local function filled(template, values)
  return (template:gsub("%u%u%u%u%u+", values))
end

---@param commands Commands
---@return string
function completion.bash(commands)
  return filled(BASH, { VALUED = table.concat(valued(commands.common), " "), CASES = cases_of(commands) })
end

-- Both read by source and found as _rille in a folder of $fpath.
local ZSH <const> = [=[
#compdef rille
# completion of rille for zsh: source <(rille completion zsh), or this file as _rille in a folder of $fpath
_rille() {
  local command= arguments=0 flags= valued="VALUED" words_= named= takes= kinds= store= i
  local current=${words[CURRENT]} before=${words[CURRENT-1]}
  for ((i = 2; i < CURRENT; i++)); do
    case ${words[i]} in
      --store) ((i++)); store=${words[i]} ;;
      --scripts) ((i++)) ;;
      -*) ;;
      *) if [[ -z $command ]]; then command=${words[i]}; else ((arguments++)); fi ;;
    esac
  done
CASES  if [[ " $valued " = *" $before "* ]]; then
    for i in ${=named}; do [[ ${i%%=*} = $before ]] && kinds=${i#*=}; done
    words_= command=${command:--}
    [[ $kinds = :* ]] && words_=${${kinds#:}//,/ } && kinds=-
  elif [[ $current = -* ]]; then
    compadd -- ${=flags}
    return
  else
    local -a list
    list=(${=takes})
    kinds=${list[arguments+1]}
    ((arguments > 0)) && words_=
  fi
  [[ -n $words_ ]] && compadd -- ${=words_}
  if [[ -z $command ]]; then
    _files -g '*.lua'
  elif [[ -n $kinds && $kinds != - ]]; then
    local -a found
    found=(${(f)"$(${~words[1]} completion names $kinds "${(Q)current}" ${store:+--store} $store 2>/dev/null)"})
    compadd -- $found || [[ -n $words_ ]] || _files
  elif [[ -z $words_ ]]; then
    _files
  fi
}
if [[ $funcstack[1] = _rille ]]; then
  _rille "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
  compdef _rille rille
fi
]=]

---@param commands Commands
---@return string
function completion.zsh(commands)
  return filled(ZSH, { VALUED = table.concat(valued(commands.common), " "),
    CASES = cases_of(commands):gsub('words="', 'words_="') })
end

local function quoted(text) return "'" .. text:gsub("[\\']", "\\%0") .. "'" end

-- The names of some kinds, as what fish calls for arguments.
local function fish_names(kinds)
  return quoted("(rille completion names " .. kinds .. " (commandline -ct | string unescape) 2>/dev/null)")
end

local function fish_option(condition, flag, option)
  local kind = flag:find "^%-%-" and "-l " or "-s "
  local names = VALUE_KINDS[option.value]
  local words = option_words(option)
  local values = words and quoted(table.concat(words, " ")) or names and fish_names(names)
  local taken = values and " -x -a " .. values or option.value and " -r" or ""
  return string.format("complete -c rille -n %s %s%s%s -d %s\n", quoted(condition), kind, (flag:gsub("^%-+", "")),
    taken, quoted(option.text))
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
    for k, kinds in ipairs(command.takes or {}) do
      if kinds ~= "-" then
        lines[#lines + 1] = string.format("complete -c rille -n %s -f -a %s\n",
          quoted(condition .. "; and __fish_is_nth_token " .. k + 1), fish_names(kinds))
      end
    end
    for _, flag in ipairs(sorted_keys(command.options or {})) do
      lines[#lines + 1] = fish_option(condition, flag, command.options[flag])
    end
  end
  return table.concat(lines)
end

return completion
