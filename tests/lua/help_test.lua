-- The help: every command and every topic has a text that fits a terminal.

local check = dofile "check.lua"

local help = require "rille.help"
local main_text

local here = arg[0]:match "^(.*)/" or "."

local function read(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read "a"
  f:close()
  return text
end
main_text = read "../../lua/main.lua"

-- The names that lua/main.lua knows as commands.
local function commands_of_main()
  local names = {}
  for name in main_text:match "local COMMANDS = (%b{})":gmatch '"([%w_-]+)"' do names[#names + 1] = name end
  return names
end

local function all()
  local names = table.move(help.topics, 1, #help.topics, #help.commands + 1, { table.unpack(help.commands) })
  return names
end

local function lines(text)
  local list = {}
  for line in text:gmatch "([^\n]*)\n" do list[#list + 1] = line end
  return list
end

local function run(args)
  local p = io.popen("'" .. (os.getenv "RILLE" or here .. "/../../build/rille") .. "' " .. args .. " 2>&1")
  local text = p:read "a"
  local _, _, code = p:close()
  return text, code or 0
end

check.test("every command of the program has help, and nothing else has", function()
  local names = commands_of_main()
  check.ok(#names > 10, "lua/main.lua has no COMMANDS")
  check.eq(table.concat(help.commands, " "), table.concat(names, " "))
end)

check.test("every command and every topic has a text, which begins with what it is about", function()
  for _, name in ipairs(all()) do
    local text = help.text(name)
    check.ok(#lines(text) >= 8, name .. " is short")
    check.ok(text:sub(-1) == "\n" and text:sub(-2) ~= "\n\n", name .. " ends with one line feed")
  end
  for _, name in ipairs(help.commands) do check.eq(help.text(name):sub(1, 6 + #name), "rille " .. name) end
end)

check.test("no line is wider than 80 columns or ends with a blank, and none has a tab", function()
  local wrong = {}
  local function look(name, text)
    for i, line in ipairs(lines(text)) do
      if #line > 80 or line:find "[ \t]$" or line:find "\t" then wrong[#wrong + 1] = name .. ":" .. i end
    end
  end
  look("overview", help.text())
  for _, name in ipairs(all()) do look(name, help.text(name)) end
  check.eq(table.concat(wrong, " "), "")
end)

check.test("the overview names every command and every topic", function()
  local text = help.text()
  for _, name in ipairs(help.commands) do check.has(text, "rille " .. name) end
  for _, name in ipairs(help.topics) do check.ok(text:find("%f[%w]" .. name .. "%f[%W]"), name) end
end)

check.test("a command's help gives its usage, its options, its exit codes and two examples", function()
  for _, name in ipairs(help.commands) do
    local text = help.text(name)
    check.has(text, "Exit codes: 0 ")
    local command = require("rille.cmd." .. name)
    for option in pairs(command.options or {}) do check.ok(text:find(option, 1, true), name .. " says nothing of " .. option) end
    local examples = 0
    for line in text:match "Exit codes.*$":gmatch "\n  (rille %l[^\n]*)" do
      examples = examples + (line:find("rille " .. name, 1, true) and 1 or 0)
    end
    check.eq(examples, 2, name)
  end
end)

check.test("an unknown topic is an error of usage, with what was meant", function()
  local ok, err = pcall(help.text, "stesp")
  check.eq(ok, false)
  check.has(err.usage, 'there is no help on "stesp"; did you mean "steps"?')
  local text, code = run "help stesp"
  check.eq(code, 2)
  check.has(text, "did you mean")
  check.eq(select(2, run "help nothingatall"), 2)
end)

check.test("rille help, rille help COMMAND and rille COMMAND -h print the texts", function()
  check.eq(run "help", help.text())
  check.eq(run "--help", help.text())
  check.eq(run "help why", help.text "why")
  check.eq(run "why -h", help.text "why")
  check.eq(run "run --help", help.text "run")
end)

check.done()
