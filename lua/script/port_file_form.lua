-- port_file_form: the form in which a program gets the value of a port, by the port's type.
--
--     npy csv json     arrays, frames, tables and lists
--     boolean integer number enum    a line of text
--     string bytes     their bytes
--     file dir         as they are
--     list             a folder with 1.npy, 2.npy ...: elements that are no JSON
--     model            what the materializer makes: one member is a file, several
--                      are a folder
-- A port of several types (any, a union, an interface) has no form: an input's form is
-- that of its value; a program cannot make such an output.

local json = require "rille.json"

local port_file_form = {}

local FORM = { array = "npy", matrix = "npy", vector = "npy", frame = "csv", table = "json", boolean = "boolean",
  integer = "integer",
  number = "number", string = "string", bytes = "bytes", file = "file", dir = "dir" }
local IN_JSON = { json = true, boolean = true, integer = true, number = true, string = true, enum = true }
-- Types without a materializer of their own, and those whose values are no file.
local FORMLESS = { any = true, artifact = true, ["nil"] = true, null = true }

-- The form of a type; nil where the value decides.
---@param typ table
---@return string?
function port_file_form.of(typ)
  if FORM[typ.name] then return FORM[typ.name] end
  if typ.values then return "enum" end
  if typ.element then
    local form = port_file_form.of(typ.element)
    return (not form or IN_JSON[form]) and "json" or "list"
  end
  if typ.members or typ.methods or FORMLESS[typ.name] then return nil end
  return "model"
end

-- A number as JSON, Python and awk read it.
local function number_text(v)
  if v ~= v then return "nan" end
  if v == math.huge or v == -math.huge then return v > 0 and "inf" or "-inf" end
  return json.encode(v)
end

-- A scalar as text.
---@param v string|number|boolean
---@return string
function port_file_form.text(v)
  if type(v) == "number" then return number_text(v) end
  return type(v) == "string" and v or tostring(v)
end

return port_file_form
