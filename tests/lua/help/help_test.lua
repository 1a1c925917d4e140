-- The help: every command and every topic has a text that fits a terminal.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"

local commands = require "rille.commands"
local help = require "rille.help"

local NAMES <const> = commands.names()

-- The names of all commands and topics.
local function all()
  local topics = help.topics()
  return table.move(topics, 1, #topics, #NAMES + 1, { table.unpack(NAMES) })
end

local function text_of(name) return help.text(commands, name) end

local function lines(text)
  local list = {}
  for line in text:gmatch "([^\n]*)\n" do list[#list + 1] = line end
  return list
end

local function run(args)
  local p = io.popen("'" .. paths.rille .. "' " .. args .. " 2>&1")
  local text = p:read "a"
  local _, _, code = p:close()
  return text, code or 0
end

check.test("every command is a record that is named as its file", function()
  check.ok(#NAMES > 10, "there are few commands")
  for _, name in ipairs(NAMES) do
    local command = commands.get(name)
    check.eq(command.name, name)
    for _, field in ipairs { "summary", "usage", "help", "order" } do
      check.ok(command[field], name .. " has no " .. field)
    end
    check.eq(command.usage:match "^%S+", name)
    check.eq((command.synopsis or name):match "^%S+", name)
    for flag, option in pairs(command.options or {}) do check.ok(option.text, name .. " " .. flag .. " has no text") end
  end
end)

check.test("commands.has knows the commands and nothing else", function()
  for _, name in ipairs(NAMES) do check.ok(commands.has(name), name) end
  for _, name in ipairs { "runz", "run.lua", "./run", "cmd/run", "" } do check.eq(commands.has(name), false) end
end)

check.test("a start of the program loads no command but its own", function()
  local text = run [[-e 'for name in pairs(package.loaded) do if name:find "^rille%.cmd%." then print(name) end end']]
  check.eq(text, "")
end)

check.test("every command and every topic has a text, which begins with what it is about", function()
  for _, name in ipairs(all()) do
    local text = text_of(name)
    check.ok(#lines(text) >= 8, name .. " is short")
    check.ok(text:sub(-1) == "\n" and text:sub(-2) ~= "\n\n", name .. " ends with one line feed")
  end
  for _, name in ipairs(NAMES) do check.eq(text_of(name):sub(1, 6 + #name), "rille " .. name) end
end)

check.test("no line is wider than 80 columns or ends with a blank, and none has a tab", function()
  local wrong = {}
  local function look(name, text)
    for i, line in ipairs(lines(text)) do
      if #line > 80 or line:find "[ \t]$" or line:find "\t" then wrong[#wrong + 1] = name .. ":" .. i end
    end
  end
  look("overview", text_of())
  for _, name in ipairs(all()) do look(name, text_of(name)) end
  check.eq(table.concat(wrong, " "), "")
end)

check.test("the overview names every command and every topic", function()
  local text = text_of()
  for _, name in ipairs(NAMES) do
    check.has(text, (commands.get(name).part_of and "" or "rille ") .. name)
  end
  for _, name in ipairs(help.topics()) do check.ok(text:find("%f[%w]" .. name .. "%f[%W]"), name) end
end)

check.test("a command's help gives its usage, its options, its exit codes and two examples", function()
  for _, name in ipairs(NAMES) do
    local text = text_of(name)
    check.has(text, "Exit codes: 0 ")
    local command = commands.get(name)
    for option in pairs(command.options or {}) do
      check.ok(text:find(option, 1, true), name .. " says nothing of " .. option)
    end
    local examples = 0
    for line in text:match "Exit codes.*$":gmatch "\n  (rille %l[^\n]*)" do
      examples = examples + (line:find("rille " .. name, 1, true) and 1 or 0)
    end
    check.eq(examples, 2, name)
  end
end)

check.test("a command without a text has one from its record", function()
  local record = { name = "greet", usage = "greet NAME [--loud]", summary = "say hello",
    options = { ["--loud"] = { text = "shout" }, ["--to"] = { value = "FILE", text = "write to FILE" } } }
  local known = { has = function() return true end, get = function() return record end }
  check.eq(help.text(known, "greet"), [[
rille greet NAME [--loud]

say hello

  --loud                shout
  --to FILE             write to FILE
]])
end)

check.test("commands that are wider than their column share a line", function()
  local function command(synopsis) return { name = synopsis, synopsis = synopsis, summary = "does" } end
  check.eq(help.command_lines { command "a", command "a-very-long-command", command "another-long-command",
    command "b" },
    "  rille a                does\n  rille a-very-long-command, rille another-long-command\n  rille b           "
      .. "     does\n")
end)

check.test("commands that are parts of one thing stand in one place, with what they do", function()
  local function command(name) return { name = name, summary = "does", part_of = "change parts" } end
  local list = { { name = "a", summary = "does" } }
  for i = 2, 12 do list[i] = command("part-" .. i) end
  list[13] = { name = "b", summary = "does" }
  check.eq(help.command_lines(list), [[
  rille a                does
  rille part-2, part-3, part-4, part-5, part-6, part-7, part-8, part-9,
  part-10, part-11, part-12
                         change parts
  rille b                does
]])
end)

check.test("commands stand under headings by their order, new ones at the end", function()
  check.eq(help.overview_lines { { name = "go", summary = "goes", order = 110 },
    { name = "look", summary = "looks", order = 200 }, { name = "new", summary = "is new" } }, [[
Run
  rille FILE [ARGS]      run a script as a program
  rille go               goes

Past runs
  rille look             looks

More
  rille new              is new
]])
end)

check.test("an unknown topic is an error of usage, with what was meant", function()
  local ok, err = pcall(text_of, "stesp")
  check.eq(ok, false)
  check.has(err.usage, 'there is no help on "stesp"; did you mean "steps"?')
  local text, code = run "help stesp"
  check.eq(code, 2)
  check.has(text, "did you mean")
  check.eq(select(2, run "help nothingatall"), 2)
end)

check.test("rille help, rille help COMMAND and rille COMMAND -h print the texts", function()
  check.eq(run "help", text_of())
  check.eq(run "--help", text_of())
  check.eq(run "help why", text_of "why")
  check.eq(run "why -h", text_of "why")
  check.eq(run "run --help", text_of "run")
end)

check.done()
