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
  check.eq(offered("rille", "run", "--no"), "--no-cache")
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

os.execute("rm -rf " .. folder)
check.done()
