-- port_files: writes the value of a port to a file for a program, and reads the file that
-- a program left for an output (forms: lua/script/port_file_form.lua).

local port_file_form = require "rille.script.port_file_form"
local json = require "rille.json"
local materializer_choice = require "rille.artifact.materializer_choice"
local registry = require "rille.artifact.registry"
local materialize = require "rille.artifact.materialize"
local is_data = require("rille.host.value").is_data
local errors = require "rille.base.errors"
local observe = require "rille.host.observe"
local paths = require "rille.project.paths"
local sys = require "rille.host.sys"
local types = require "rille.script.types"

local port_files = {}

local ENDING = { npy = ".npy", csv = ".csv", json = ".json", boolean = ".txt", integer = ".txt", number = ".txt",
  enum = ".txt", string = ".txt", bytes = ".bin" }
-- The file of a port, from its path without an ending.
function port_files.path(form, stem) return stem .. (ENDING[form] or "") end

-- A value, or the error that came in its place as the step's error.
local function need(v, message)
  if not v then error(message, 0) end
  return v
end

-- A new file; feed(write) calls write(bytes) as often as it likes.
local function write_chunks(path, feed)
  local f <close> = need(io.open(path, "wb"))
  local function check(ok, why) if not ok then error(string.format("%s cannot be written: %s", path, why), 0) end end
  feed(function(bytes) check(f:write(bytes)) end)
  -- what is still in the buffer may be what finds the disk full
  check(f:close())
  return path
end

local function write(path, bytes) return write_chunks(path, function(put) put(bytes) end) end

-- Members as files --------------------------------------------------------------

-- What a materializer saves into here, as the art of lua/artifact/artifact_io.lua.
local Files = { __name = "members of a model as files" }
Files.__index = Files

function Files:place(name)
  if name:find "^/" or ("/" .. name .. "/"):find("/../", 1, true) then
    error("a member's name must be a relative path, found " .. name, 0)
  end
  self.names[#self.names + 1] = name
  local path = self.dir .. "/" .. name
  need(sys.mkdirs((path:match "^(.*)/")))
  return path
end
function Files:write(name, bytes) write(self:place(name), bytes) end
function Files:write_chunks(name, feed)
  write_chunks(self:place(name), feed)
end
function Files:write_file(name, path) write(self:place(name), need(sys.read_file(path))) end
function Files:meta() end
function Files:text() end

-- What it loads from: a folder with a file a member, or the file of the only one.
local Given = { __name = "members of a model as files" }
Given.__index = Given

function Given:read(name)
  if not self.single then return need(sys.read_file(self.path .. "/" .. name)) end
  if self.asked and self.asked ~= name then
    local form = "one file, but the type needs two: %s and %s; write a folder with them"
    error(string.format(form, self.asked, name), 0)
  end
  self.asked = name
  return need(sys.read_file(self.path))
end
function Given:map() return nil end
function Given:extract(name, path)
  write(path, self:read(name))
  return true
end

local function save_model(v, stem)
  local m = materializer_choice.choose(v, types.t.any)
  if not m then error(errors.describe(v) .. " cannot be passed to a command: it has no materializer", 0) end
  if m.pack then return write(stem, m.pack(v)) end
  local env = { folder = function() return stem end }
  local art = setmetatable({ dir = stem, names = {}, version = m.version, env = env }, Files)
  m.save(v, art)
  return art.names[2] and stem or stem .. "/" .. art.names[1]
end

local function load_model(name, path)
  local m = registry.named(name)
  local single = sys.stat(path) == "file"
  if m.pack then return m.unpack(need(sys.read_file(single and path or path .. "/" .. m.member))) end
  local art = setmetatable({ path = path, single = single, version = m.version, members = {}, metadata = {} }, Given)
  return materialize.load_with(m, art)
end

-- In ----------------------------------------------------------------------------

local function form_of_value(v)
  local kind = math.type(v)
  if kind then return kind == "float" and "number" or kind end
  if types.is_array(v) then return "npy" end
  if v == json.null then return "json" end
  if type(v) == "boolean" or type(v) == "string" then return type(v) end
  if paths.is_file(v) then return "file" end
  if paths.is_dir(v) then return "dir" end
  if is_data(v) then return "json" end
  return types.admit(types.t.frame, v) ~= types.REFUSED and "csv" or "model"
end

local writers = {}

function writers.npy(v, path)
  return write_chunks(path, function(put) require("rille.array").writenpy(v, put) end)
end
function writers.csv(v, path) return write(path, require("rille.csv").encode(v, nil, true)) end
-- An array, a frame, a model or a file within a table is no JSON.
local function check_plain(v, place, depth)
  if type(v) == "table" and is_data(v) then
    if depth > 200 then return end                  -- json.encode says so
    local keys = {}
    for k in next, v do keys[#keys + 1] = k end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for _, k in ipairs(keys) do
      local x = v[k]
      local name = type(k) == "string" and k:match "^[%a_][%w_]*$"
      check_plain(x, place .. (name and "." .. name or "[" .. tostring(k) .. "]"), depth + 1)
    end
  elseif (type(v) == "table" or type(v) == "userdata") and v ~= json.null then
    error(string.format("%s is %s, which a .json file does not hold; give it to the command by an input of its own",
      place, errors.describe(v)), 0)
  end
end

function writers.json(v, path)
  check_plain(v, "value", 1)
  return write(path, json.encode(v) .. "\n")
end
function writers.file(v)
  observe.reading(v.path)
  return v:absolute()
end
-- a folder of the store is the step's own; of another one every file may be read
function writers.dir(v)
  for _, name in ipairs(v:files()) do observe.reading(v.path .. "/" .. name) end
  return v:absolute()
end
function writers.model(v, path) return save_model(v, path) end
function writers.string(v, path) return write(path, v) end
writers.bytes = writers.string

-- A new file (or folder) for the value; returns its path.
---@param v any
---@param form string?
---@param stem string where, without an ending
---@return string path
function port_files.write(v, form, stem)
  if v == nil then error("nil cannot be written to a file", 0) end
  form = form or form_of_value(v)
  if form == "list" then
    need(sys.mkdirs(stem))
    for i, one in ipairs(v) do port_files.write(one, nil, stem .. "/" .. i) end
    return stem
  end
  local path = port_files.path(form, stem)
  local writer = writers[form]
  return writer and writer(v, path) or write(path, port_file_form.text(v) .. "\n")
end

-- Out ---------------------------------------------------------------------------

local NUMBERS = { nan = 0 / 0, ["-nan"] = 0 / 0, inf = math.huge, ["+inf"] = math.huge, ["-inf"] = -math.huge,
  infinity = math.huge, ["-infinity"] = -math.huge }
local BOOLEANS = { ["true"] = true, ["false"] = false, True = true, False = false }

local scalars = {}
function scalars.boolean(text) return BOOLEANS[text] end
function scalars.number(text)
  if not text:find "^[+-]?[%d.]" then return NUMBERS[text:lower()] end
  local v = not text:find "[xXpP]" and tonumber((text:gsub("^%+", ""))) or nil
  local digits = math.type(v) == "float" and text:match "^[+-]?0*(%d+)$"
  -- past 64 bits, and no float either
  if digits and string.format("%.0f", math.abs(v)) ~= digits then return nil end
  return v
end
function scalars.integer(text)
  return text:find "^[+-]?%d+$" and math.tointeger(tonumber((text:gsub("^%+", "")))) or nil
end
function scalars.enum(text, port)
  for _, v in ipairs(port.values) do if port_file_form.text(v) == text then return v end end
end

local WANTED = { boolean = "true or false", number = "a number", integer = "an integer", enum = "one of its values" }

local function read_scalar(port, path)
  local text = need(sys.read_file(path))
  local v = scalars[port.form](text:match "^%s*(.-)%s*$", port)
  if v == nil then error(string.format("expected %s, found %s", WANTED[port.form], errors.describe(text)), 0) end
  return v
end

-- JSON's empty array becomes an empty table: values of a script have no metatable.
local function plain(v)
  if type(v) ~= "table" then return v end
  local made = {}
  for k, x in next, v do made[k] = plain(x) end
  return made
end

-- No separator is guessed, and any bytes are text, as in the frames of a step.
local AS_WRITTEN <const> = { separator = ",", encoding = "bytes" }

local readers = {}
function readers.npy(path) return require("rille.array").fromnpy(need(sys.read_file(path))) end
function readers.csv(path, texts)
  return require("rille.csv").decode(need(sys.read_file(path)), AS_WRITTEN, path:match "[^/]*$", texts)
end
function readers.json(path) return plain(json.decode(need(sys.read_file(path)), path:match "[^/]*$")) end
function readers.string(path) return need(sys.read_file(path)) end
readers.bytes = readers.string
function readers.file(path) return paths.file_at(path) end
function readers.dir(path) return paths.dir_at(path) end

-- Notes as read what links of the program lead to.
local function note_links(path, kind)
  observe.reading(sys.realpath(path) or path)
  if kind ~= "folder" then return end
  for _, name in ipairs(paths.dir_at(path):files()) do observe.reading(sys.realpath(path .. "/" .. name) or path) end
end

-- The columns of strings of the frames among the values.  A program was given them with
-- quotes where they look like something else (csv.encode); where it keeps the quotes,
-- the columns of these names come back as strings.
---@param values any[] with n
---@return string[]
function port_files.texts(values)
  local names = {}
  local function look(v)
    if v ~= nil and types.admit(types.t.frame, v) ~= types.REFUSED then
      for _, name in ipairs(v.columns) do
        local column = v:column(name)
        if type(column) == "table" and not debug.getmetatable(column) then names[#names + 1] = name end
      end
    end
  end
  for i = 1, values.n do
    local v = values[i]
    look(v)
    -- t.list(t.frame)
    if type(v) == "table" and not debug.getmetatable(v) then
      for _, one in ipairs(v) do look(one) end
    end
  end
  return names
end

-- The value that a program left at a path.  Raises a text that says why not.
---@param port { name: string, form: string, type: string, values: any[]? }
---@param path string
---@param texts string[]? columns in which what is in quotes is text (port_files.texts)
function port_files.read(port, path, texts)
  local kind = sys.stat(path)
  if not kind then error("the command did not write it", 0) end
  local want = port.form == "dir" and "folder" or "file"
  if port.form ~= "model" and kind ~= want then
    error(string.format("the command made a %s where a %s was expected", kind, want), 0)
  end
  note_links(path, kind)
  if port.form == "model" then return load_model(port.type, path) end
  local reader = readers[port.form]
  if reader then return reader(path, texts) end
  return read_scalar(port, path)
end

return port_files
