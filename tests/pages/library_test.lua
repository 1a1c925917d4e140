-- lua/library/ is what editors are told of rille's functions: it is true, and has what rille help names.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local array = require "rille.array"
local commands = require "rille.commands"
local frame = require "rille.frame"
local graph = require "rille.graph"
local help = require "rille.help"
local rille = require "rille"

local NAMES <const> = { "array", "bayes", "csv", "deployment", "drift", "forest", "frame", "http", "json", "jsonl",
  "kmeans", "linear", "metrics", "neighbors", "pca", "preprocess", "search", "split", "sqlite", "svm", "testing",
  "tree", "xgboost", "yaml" }

local function read(name)
  local f <close> = assert(io.open(paths.root .. "/lua/library/" .. name .. ".lua"))
  return f:read "a"
end

-- What a class of the stubs stands for.
local one = array.from { 1, 2 }
local step = rille.step "one" { outputs = { rille.types.integer "n" }, run = function() return 1 end }
local node
graph.build("here.lua:1", nil, function() node = step() end)
local VALUES <const> = {
  array = { array = array, Array = one },
  frame = { frame = frame, Frame = frame.new { { "x", one } }, Dates = frame.dates { "2026-11-29" } },
  rille = { rille = rille, Step = step, Node = node, File = rille.file "library_test.lua", Dir = rille.dir ".",
    Pipeline = rille.pipeline "p" { define = function() step() end } },
}

-- Is there a function `name` in the value?  A step and a pipeline have those of their class.
local function has(value, name)
  local ok, f = pcall(function() return value[name] end)
  return ok and f ~= nil
end

local function missing(name, module)
  local wrong, known = {}, VALUES[name] or { [name] = module }
  for class, sep, f in read(name == "rille" and name or "rille/" .. name):gmatch "\nfunction ([%w_]+)([.:])([%w_]+)" do
    local value = known[class]
    if value ~= nil and not (class == "Step" and f == "extend" or class == "Pipeline" and f == "extend")
      and not has(value, f) then wrong[#wrong + 1] = class .. sep .. f end
  end
  return table.concat(wrong, " ")
end

check.test("every function of the stubs is there", function()
  check.eq(missing("rille", rille), "")
  for _, name in ipairs(NAMES) do check.eq(missing(name, require("rille." .. name)), "", name) end
end)

-- Functions of the batteries that are for rille alone.
local OWN <const> = { ["json.pack"] = true, ["json.unpack"] = true, ["frame.assemble"] = true,
  ["array.writenpy"] = true, ["testing.line"] = true, ["testing.message_lines"] = true, ["testing.count_text"] = true }

-- The methods of arrays stand in an upvalue of their class.
local function methods_of(class, value)
  if class == "Array" then return select(2, debug.getupvalue(debug.getmetatable(value).__index, 1)) end
  return class == "Frame" and frame.class.__index or require("rille.frame.date").methods
end

check.test("every function of the batteries, and every method of arrays, frames and dates, has a stub", function()
  local without = {}
  local function look(text, class, sep, functions)
    for name, f in next, functions do
      if type(name) == "string" and name:sub(1, 2) ~= "__" and type(f) == "function" and not OWN[class .. sep .. name]
        and not text:find("\nfunction " .. class .. "[.:]" .. name .. "%f[^%w_]") then
        without[#without + 1] = class .. sep .. name
      end
    end
  end
  for _, name in ipairs(NAMES) do
    local text = read("rille/" .. name)
    look(text, name, ".", require("rille." .. name))
    for class, value in next, VALUES[name] or {} do
      if class ~= name then look(text, class, ":", methods_of(class, value)) end
    end
  end
  table.sort(without)
  check.eq(table.concat(without, " "), "")
end)

-- The names of the module rille: its fields, and those that it makes when they are asked for.
local function names_of_face()
  local names, index = {}, debug.getmetatable(rille).__index
  for name in next, rille do names[name] = true end
  for i = 1, 255 do
    local upvalue, value = debug.getupvalue(index, i)
    if not upvalue then break end
    if type(value) == "table" and rawget(value, "artifacts") then for name in next, value do names[name] = true end end
  end
  return names
end

check.test("every name of the module rille has a stub, and every stub is a name of it", function()
  local text, known, wrong = read "rille", {}, {}
  for field in text:match("%-%-%-@class rille\n(.-)\nlocal rille"):gmatch "@field ([%w_]+)" do known[field] = true end
  for f in text:gmatch "\nfunction rille%.([%w_]+)" do known[f] = true end
  local names = names_of_face()
  check.ok(names.artifacts and names.step, "the names were not found")
  for name in next, names do if not known[name] then wrong[#wrong + 1] = name .. " has no stub" end end
  for name in next, known do if not names[name] then wrong[#wrong + 1] = name .. " is only a stub" end end
  table.sort(wrong)
  check.eq(table.concat(wrong, ", "), "")
end)

check.test("every stub compiles, is marked as one, and gives its module", function()
  for _, name in ipairs { "rille", table.unpack(NAMES) } do
    local path = name == "rille" and name or "rille/" .. name
    local text = read(path)
    check.ok(text:find("^%-%-%-@meta " .. path:gsub("/", "."):gsub("%.", "%%.") .. "\n"), name)
    check.eq(type(assert(load(text))()), "table", name)
  end
end)

-- The functions that a text names, as csv.read: those that are in the module.
check.test("what the texts of rille help name of a module is in its stub", function()
  local wrong = {}
  local function look(name, module)
    local stub = read(name == "rille" and name or "rille/" .. name)
    local topics = help.topics()
    for _, topic in ipairs(table.move(commands.names(), 1, #commands.names(), #topics + 1, topics)) do
      for f in help.text(commands, topic):gmatch("%f[%w]" .. name .. "%.([%l_]+)%f[^%w_]") do
        local ok, value = pcall(function() return module[f] end)
        if ok and type(value) == "function" and not stub:find("function " .. name .. "." .. f .. "(", 1, true) then
          wrong[name .. "." .. f] = true
        end
      end
    end
  end
  look("rille", rille)
  for _, name in ipairs(NAMES) do look(name, require("rille." .. name)) end
  local list = {}
  for name in next, wrong do list[#list + 1] = name end
  table.sort(list)
  check.eq(table.concat(list, " "), "", "add them to lua/library/")
end)

check.done()
