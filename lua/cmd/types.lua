-- rille types [FILE]

local json = require "rille.json"
local script_file = require "rille.run.script_file"
local materialize = require "rille.artifact.materialize"
local format = require "rille.base.format"
local project = require "rille.project"
local value_text = require "rille.base.value_text"
local terminal = require "rille.base.terminal"
local types = require "rille.script.types"

local command = { usage = "types [FILE] [--json]", max = 1 }

-- What a type says it expects of a value that none but any accepts.
local NOTHING <const> = setmetatable({}, { __name = "nothing" })

local function accepts(typ)
  local v, expected = types.admit(typ, NOTHING)
  if v ~= types.REFUSED then return "every value that has a materializer" end
  return (expected or typ.name):gsub("; .- is missing", ""):gsub("^an? ", "")
end

local function sorted(map)
  local names = {}
  for name in next, map do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- { name, accepts, materializer?, version?, own, at?, doc? } of every type.
local function all()
  local list = {}
  for i, name in ipairs(sorted(types.registered)) do
    local typ = types.registered[name]
    local keeper = materialize.of_type(typ)
    local m = keeper and materialize.named(keeper)
    local own = materialize.own[name]
    list[i] = { name = name, accepts = accepts(typ), materializer = keeper, version = m and m.version, own = own ~= nil, at = own and own.at, doc = own and own.doc }
  end
  return list
end

-- Types that are made with others.
local MADE = {
  { "list(T)", "list of values of T", "list" },
  { "enum{...}", "one of the values", "that of the value" },
  { "any_of{T, U}", "what one of the types accepts", "that of the value" },
}

local function keeper_text(one)
  if not one.materializer then return { "that of the value", "grey" } end
  return one.materializer .. (one.own and " version " .. one.version or "")
end

function command.run(args)
  if args[1] then script_file.library(args[1]) end
  local list = all()
  if project.options.json then
    for _, one in ipairs(list) do
      one.materializer = one.materializer or json.null
      one.version = one.version or json.null
    end
    io.stdout:write(value_text.json { items = json.array(list), next = json.null }, "\n")
    return 0
  end
  local rows = {}
  for _, one in ipairs(list) do
    local name = one.own and { one.name, "green" } or one.name
    rows[#rows + 1] = { name, keeper_text(one), one.accepts .. (one.doc and ": " .. one.doc or "") .. (one.at and " (" .. one.at .. ")" or "") }
  end
  for _, one in ipairs(MADE) do rows[#rows + 1] = { one[1], { one[3], one[3]:find " " and "grey" or nil }, one[2] } end
  terminal.put(format.table({ "type", "kept by", "accepts" }, rows))
  return 0
end

return command
