-- cli_inputs: the inputs of a pipeline from the command line: --input NAME=PATH reads a file by its ending and by the
-- type of the input, --input NAME=artifact:WHAT takes an artifact of the project by its name or digest.

local errors = require "rille.base.errors"
local input_options = require "rille.run.input_options"
local origin = require "rille.host.origin"
local project = require "rille.project"
local value_parser = require "rille.script.value_parser"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local types = require "rille.script.types"

local cli_inputs = {}

local function usage(fmt, ...) error({ usage = string.format(fmt, ...) }, 0) end

-- A path of the command line starts from the working folder, not the script's.
local function absolute(path)
  if path:sub(1, 1) == "/" then return path end
  return errors.need(sys.cwd()) .. "/" .. path
end

local function text_of(path)
  local text, message = sys.read_file(path)
  if not text then error(message, 0) end
  return text
end

local function read_json(path, typ, options)
  if typ.name ~= "frame" then return require("rille.json").read(path, options) end
  return require("rille.frame").read(path, options)       -- the type knows frames by their class
end

local function read_json_lines(path, typ, options)
  local jsonl = require "rille.jsonl"
  if typ.name == "frame" then return jsonl.read(path, options) end
  return jsonl.list(path, options)
end

local function read_csv(path, _, options) return require("rille.csv").read(path, options) end

local function read_sqlite(path, _, options) return require("rille.frame.file_methods").of_sqlite(path, options) end

local function read_npy(path, typ)
  if typ.name == "frame" then require "rille.frame" end    -- the type knows frames by their class
  return require("rille.array").load(path)
end

-- The value of a .npz file that has the name, that of the input, or is alone.
local function read_npz(path, typ, options, port)
  local array = require "rille.array"
  if typ.name == "frame" then require "rille.frame" end
  if typ.name == "table" and not options then return array.load(path) end
  local values = array.load(path)
  local only = next(values)
  if next(values, only) ~= nil or not only then only = port.name end
  return array.load(path, options and options.name or only)
end

local readers = {
  npz = read_npz,
  db = read_sqlite,
  sqlite = read_sqlite,
  sqlite3 = read_sqlite,
  npy = read_npy,
  csv = read_csv,
  tsv = read_csv,
  txt = read_csv,
  tab = read_csv,
  dat = read_csv,
  json = read_json,
  jsonl = read_json_lines,
  ndjson = read_json_lines,
}

local ARRAY = { array = true, matrix = true, vector = true }
local TEXT = { string = true, bytes = true }
local SCALAR = { integer = true, number = true, boolean = true }

-- A frame as a matrix, or as the vector that is its only column.
local function array_of(frame, typ)
  if typ.name ~= "vector" then return frame:to_matrix() end
  local columns = frame.columns
  if #columns ~= 1 then error(string.format("a vector is one column; the file has %d", #columns), 0) end
  return frame:column(columns[1])
end

local function read(port, text)
  local typ = port.type
  local path, options = input_options.split(text)
  if typ.name == "file" then return require("rille.project.paths").file(path) end
  if typ.name == "dir" then return require("rille.project.paths").dir(path) end
  if TEXT[typ.name] then return text_of(path) end
  if SCALAR[typ.name] or typ.values then
    local content = text_of(path):gsub("%s+$", "")
    if content == "" then error("the file is empty", 0) end
    return value_parser.parse(typ, content, path)
  end
  local ending = path:gsub("%.gz$", ""):gsub("%.zst$", ""):match "%.(%w+)$"
  local reader = readers[ending]
  if not reader then
    error(string.format("a %s is read from .npy, .csv, .json, .jsonl or .sqlite, and this is %s", typ.name,
      ending and "." .. ending or "neither"), 0)
  end
  local is_table = reader == read_csv or reader == read_sqlite
  if options and ending == "npy" then error("a .npy file takes no options after ?", 0) end
  local v = reader(path, typ, options, port)
  return is_table and ARRAY[typ.name] and array_of(v, typ) or v
end

-- The message without a place in rille's own Lua.
local function without_position(message)
  return origin.is_at(message) and message:gsub("^[^:]+:[^:]+:%d+: ", "") or message
end

local function artifact(name, what)
  project.need "read"
  local row, message = project.meta:find_artifact(what)
  if not row then
    usage("--input %s=artifact:%s: %s", name, what, require("rille.query.did_you_mean").no_artifact(what, message))
  end
  return require("rille.query.history").artifact_of(row)
end

-- A hint where a value is given in place of a path.
local function value_hint(port, text)
  if not SCALAR[port.type.name] or sys.stat(absolute(text)) then return "" end
  return "; an input is read from a file; to set a parameter use --set"
end

-- The value of one input.
local function value_of(pipeline, name, text)
  local names = {}
  for i, port in ipairs(pipeline.inputs) do
    names[i] = port.name
    if port.name == name then
      local what = text:match "^artifact:(.+)$"
      if what then return artifact(name, what) end
      local ok, v = pcall(read, port, absolute(text))
      if not ok then
        local message = without_position(errors.text_of(v, "the file"))
        usage("--input %s=%s: %s%s%s", name, text, message, value_hint(port, text), input_options.hint(message, text))
      end
      local admitted, expected = types.admit(port.type, v)
      if admitted == types.REFUSED then
        usage("--input %s=%s: expected %s, found %s", name, text, expected, errors.describe(v))
      end
      return v
    end
  end
  for _, param in ipairs(pipeline.params) do
    if param.name == name then usage("--input %s: a parameter of the pipeline; use --set %s=VALUE", name, name) end
  end
  if #names == 0 then usage('--input %s: pipeline "%s" takes no inputs', name, pipeline.name) end
  usage('--input %s: pipeline "%s" has no input "%s"%s', name, pipeline.name, name, suggest.hint(name, names))
end

-- The values of inputs by their names.
---@param pipeline table
---@param list string[]? "NAME=PATH"
function cli_inputs.inputs(pipeline, list)
  local values = {}
  for _, text in ipairs(list or {}) do
    local name, path = text:match "^([^=]+)=(.+)$"
    if not name then usage("--input %s: expected NAME=PATH or NAME=artifact:WHAT", text) end
    if values[name] ~= nil then usage("--input %s: given twice", name) end
    values[name] = value_of(pipeline, name, path)
  end
  return values
end

return cli_inputs
