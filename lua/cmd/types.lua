-- rille types [FILE]

local json = require "rille.json"
local script_file = require "rille.run.script_file"
local materializer_choice = require "rille.artifact.materializer_choice"
local registry = require "rille.artifact.registry"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local out = require "rille.show.out"
local terminal = require "rille.base.terminal"
local types = require "rille.script.types"

local command = {
  name = "types", order = 350, synopsis = "types",
  summary = "list the types of ports, and their materializers",
  usage = "types [FILE] [--json]",
  max = 1,
  help = [[
rille types [FILE] [--json]

Lists the types of ports and parameters, what they accept, and which
materializer saves their values; with FILE, also the types that the script
registers.  In a script, get them with local t = rille.types:

  any                         any value that has a materializer, also nil
  nil boolean string bytes    bytes are stored unchanged
  null                        rille.null: rille help null
  integer number              1.0 is an integer, 1.5 is not; a number port
                              turns 1 into 1.0, and refuses an integer that
                              a float cannot hold exactly (beyond 2^53)
  table                       without a metatable; its fields, at any depth, can
                              be arrays, frames, models, files and any other
                              values with a materializer
  array matrix vector frame   of rille.array and rille.frame; a matrix has two
                              dimensions, a vector one
  file dir                    rille.file "data/x.csv", rille.dir "data": paths
                              from the script's folder, hashed by content.  A
                              step gets a value with .path (of a file also
                              .name): io.lines(f.path).  f:read() is the whole
                              file, d:files() the names in a folder.  .path is
                              as it was written; f:absolute() is for what does
                              not start from the script's folder.  Kept with
                              the bytes: executable bits, and links that stay in
                              the folder or lead nowhere (others are taken as
                              what they lead to).  Pipes, sockets and devices
                              cannot be kept; the project's store is left out
  svm linear tree forest neighbors bayes kmeans pca xgboost
                              a model of rille.svm, rille.linear, ...
  transformer                 a transformer or chain of rille.preprocess
  drift_report                what drift.compare of rille.drift gives
  classifier                  any value with methods predict and score
  artifact                    for inputs only: the step gets the artifact
                              itself, whatever its type: a:load(), a.metadata,
                              a.version, a.producer (rille help history); a
                              value of the script becomes one.  Its digest and
                              metadata are in the key; version, name and
                              producer count where the step reads them, and
                              what else is read of it is not cached
  secret                      for parameters only: a text that is in keys as a
                              keyed hash, and is never stored or shown (rille
                              help secrets)
  list(T)  enum{...}  any_of{T, U}

  t.matrix "X"                a port named X
  t.matrix "X" { name = "training data" }
                              a port with options: name, the name under which
                              its artifacts are kept; tags = { "raw" }, which
                              their versions get; doc, kind
  t.number { default = 0.1, min = 0, max = 1 }
                              a type with options: default, doc and the limits
                              min, max, gt, lt
  t.enum { "rbf", "linear", default = "rbf" }

  rille.interface "model" { methods = { "predict" } }   makes the type t.model
  rille.materializer "point" { ... }                    makes the type t.point

Values are checked when they enter or leave a step; the error names the port,
what was expected and what was found.  A wire between types that cannot match is
an error at definition.

  --json   {"items":[{"name","accepts","materializer","version","own","at",
           "doc"}],"next":null}

Exit codes: 0 success; 2 usage; 3 script error.

  rille types
  rille types digits.lua
]],
}

-- A value that only t.any accepts: the refusal says what a type expects.
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
    local keeper = materializer_choice.of_type(typ)
    local m = keeper and registry.named(keeper)
    local own = registry.own[name]
    list[i] = { name = name, accepts = accepts(typ), materializer = keeper, version = m and m.version, own = own ~= nil,
      at = own and own.at, doc = own and own.doc }
  end
  return list
end

-- Types that are made of others.
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
  if global_options.json then
    for _, one in ipairs(list) do
      one.materializer = one.materializer or json.null
      one.version = one.version or json.null
    end
    out.json { items = json.array(list), next = json.null }
    return 0
  end
  local rows = {}
  for _, one in ipairs(list) do
    local name = one.own and { one.name, "green" } or one.name
    rows[#rows + 1] = { name, keeper_text(one), one.accepts .. (one.doc and ": " .. one.doc or "")
      .. (one.at and " (" .. one.at .. ")" or "") }
  end
  for _, one in ipairs(MADE) do rows[#rows + 1] = { one[1], { one[3], one[3]:find " " and "grey" or nil }, one[2] } end
  terminal.put(format.table({ "type", "kept by", "accepts" }, rows))
  return 0
end

return command
