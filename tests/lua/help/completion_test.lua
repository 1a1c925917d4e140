-- completion: the scripts of `rille completion SHELL`, that for bash in a real bash.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local commands = require "rille.commands"
local completion = require "rille.help.completion"

local RILLE <const> = paths.rille

local function shell(text)
  local p = io.popen("{ " .. text .. "; } 2>&1")
  local out = p:read "a"
  p:close()
  return out
end

local folder = shell("mktemp -d"):gsub("\n", "")
os.execute("cd " .. folder .. " && touch digits.lua notes.txt && '" .. RILLE .. "' completion bash > rille.bash")

-- What bash offers for the last of the words.
local function offered(...)
  local words = { ... }
  for i, word in ipairs(words) do words[i] = "'" .. word .. "'" end
  return shell(string.format([[cd %s && bash --norc -c 'source ./rille.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _rille; echo "${COMPREPLY[@]}"' bash %s]],
    folder, table.concat(words, " "))):gsub("\n$", "")
end

check.test("the first word is a command or a script", function()
  check.eq(offered("rille", "wa"), "watch")
  check.eq(offered("rille", "di"), "diff digits.lua")
  check.eq(offered("rille", "--store", "x", "ru"), "run runs")
  local all = offered("rille", "")
  for _, name in ipairs(commands.names()) do check.ok((" " .. all .. " "):find(" " .. name .. " ", 1, true), name) end
end)

check.test("a word that begins with - is an option of the command, or one that every command has", function()
  check.eq(offered("rille", "run", "--no"), "--no-cache --no-memo")
  check.eq(offered("rille", "run", "digits.lua", "--fa"), "--fail-fast")
  check.eq(offered("rille", "show", "--s"), "--scripts --source --store")
  check.eq(offered("rille", "--st"), "--store")
  check.eq(offered("rille", "fsck", "--no"), "")
end)

check.test("the value of an option, and an argument, is left to the completion of files", function()
  check.eq(offered("rille", "run", "--config", ""), "")
  check.eq(offered("rille", "run", "d"), "")
  check.eq(offered("rille", "--store", ""), "")
end)

check.test("the value of an option that has few is one of them", function()
  check.eq(offered("rille", "runs", "--status", ""), "running completed failed stopped")
  check.eq(offered("rille", "runs", "--status", "co"), "completed")
  check.eq(offered("rille", "artifact", "get", "x", "--as", "js"), "json jsonl")
  check.eq(offered("rille", "runs", "--color", "a"), "always auto")
  check.eq(offered("rille", "--color", "n"), "never")
end)

check.test("the first argument of some commands is one of their words", function()
  check.eq(offered("rille", "artifact", "t"), "tag")
  check.eq(offered("rille", "completion", ""), "bash zsh fish")
  check.eq(offered("rille", "help", "stopp"), "stopping")
  check.eq(offered("rille", "artifact", "tag", ""), "")
end)

check.test("bash takes the function for rille", function()
  check.has(shell("bash --norc -c 'source " .. folder .. "/rille.bash; complete -p rille'"),
    "complete -o default -F _rille rille")
end)

check.test("every shell gets every command, option and word", function()
  for _, name in ipairs { "bash", "zsh", "fish" } do
    local text = completion[name](commands)
    for _, command in ipairs(commands.all()) do
      check.has(text, command.name)
      for flag in pairs(command.options or {}) do check.has(text, (flag:gsub("^%-+", ""))) end
    end
  end
end)

check.test("another shell is an error of usage", function()
  check.has(shell("'" .. RILLE .. "' completion bsh; echo $?"), 'completion bsh; did you mean "bash"?')
end)

-- Names in a store --------------------------------------------------------------------

local f = assert(io.open(folder .. "/main.lua", "w"))
f:write [[
local rille = require "rille"
local t = rille.types
local load_data = rille.step "load_data" { outputs = { t.integer "n" }, run = function() return 1 end }
local double = rille.step "double" { inputs = { t.integer "n" }, outputs = { t.integer "m" },
  run = function(n) return 2 * n end }
return rille.pipeline "words" { define = function() double { n = load_data() } end }
]]
f:close()
shell("cd " .. folder .. " && '" .. RILLE .. "' -q run main.lua --name first && '" .. RILLE .. "' -q run main.lua")
local bin = RILLE:match "^(.*)/"

-- What bash offers at the end of a line, as readline would take it.
local function at_end(line)
  return shell(string.format([[cd %s && PATH=%s:$PATH bash --norc -c 'source ./rille.bash
COMP_WORDBREAKS=$(printf " \t\n\"><=;|&(:@") COMP_LINE=$1 COMP_POINT=${#1}; _rille; echo "${COMPREPLY[@]}"' bash '%s']],
    folder, bin, line)):gsub("\n$", "")
end

check.test("bash offers names of runs, steps, artifacts and pipelines", function()
  check.eq(at_end "rille show fi", "first")
  check.has(at_end "rille why ", "load_data double ")       -- and runs
  check.eq(at_end "rille why lo", "load_data")
  check.eq(at_end "rille show first/d", "first/double")
  check.eq(at_end "rille show words@-1/lo", "-1/load_data")
  check.eq(at_end "rille artifact get words::dou", "double::m")
  check.eq(at_end "rille artifact get words::double:", ":m")
  check.eq(at_end "rille lineage w", "words::double::m words::load_data::n")
  check.eq(at_end "rille runs ", "words")
  check.eq(at_end "rille why double --run fi", "first")
  check.eq(at_end "rille run main.lua --from lo", "load_data")
  check.eq(at_end "rille diff first fi", "first")
  check.eq(at_end "rille diff first first fi", "")
end)

check.test("where there is no store, and for another kind, there are no names and no message", function()
  check.eq(at_end "rille --store nowhere why lo", "")
  check.eq(shell(bin .. "/rille completion names step --store " .. folder .. "/nowhere; echo $?"), "0\n")
  check.has(shell(bin .. "/rille completion names tune"), 'no kind of name is called "tune"')
end)

check.test("bash quotes names with blanks and quotes, and reads them", function()
  shell("cd " .. folder .. " && " .. bin .. "/rille -q run main.lua --name \"it's my run\"")
  check.eq(at_end "rille show it", "it\\'s\\ my\\ run")
  check.eq(shell(("cd %s && PATH=%s:$PATH bash --norc -c 'source ./rille.bash; COMP_LINE=$1 COMP_POINT=${#1}; _rille; "
    .. 'echo "${COMPREPLY[@]}"\' bash "rille show it\\\\\'s\\\\ my\\\\ run/d"'):format(folder, bin)),
    "it\\'s\\ my\\ run/double\n")
end)

check.test("zsh offers the same", function()
  if shell "command -v zsh" == "" then check.cannot "there is no zsh here" end
  shell("'" .. RILLE .. "' completion zsh > " .. folder .. "/_rille")
  local function zsh(line)
    return shell(string.format([=[cd %s && PATH=%s:$PATH zsh -f -c '
compdef() { : }; compadd() { shift; local w; for w; do [[ $w = $words[CURRENT]* ]] && print -rn -- "$w "; done; true }
_files() { print -n "files " }
source ./_rille; words=("${(@s: :)1}"); CURRENT=$#words; _rille' zsh '%s']=], folder, bin, line)):gsub(" $", "")
  end
  check.eq(zsh "rille wa", "watch files")
  check.eq(zsh "rille why lo", "load_data")
  check.eq(zsh "rille artifact get words::d", "words::double::m")
  check.eq(zsh "rille artifact ge", "get")
  check.eq(zsh "rille show --so", "--source")
  check.eq(zsh "rille why double --run fi", "first")
  check.eq(zsh "rille run --config ", "files")
end)

check.test("fish offers the same", function()
  if shell "command -v fish" == "" then check.cannot "there is no fish here" end
  shell("'" .. RILLE .. "' completion fish > " .. folder .. "/rille.fish")
  local function fish(line)
    return shell(string.format([[cd %s && HOME=%s PATH=%s:$PATH fish --no-config -c '
source rille.fish; complete -C "%s"' | cut -f 1 | sort | paste -sd " " -]], folder, folder, bin, line)):gsub("\n$", "")
  end
  check.eq(fish "rille wa", "watch")
  check.eq(fish "rille why lo", "load_data")
  check.eq(fish "rille artifact get words::d", "words::double::m")
  check.eq(fish "rille artifact ge", "get")
  check.eq(fish "rille show --so", "--source")
  check.eq(fish "rille why double --run fi", "first")
end)

os.execute("rm -rf " .. folder)
check.done()
