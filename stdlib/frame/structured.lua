-- structured: a frame as the bytes of a .npy file, a record with a field for each column, as NumPy has structured
-- arrays: np.load(path)["x"], pandas.DataFrame(np.load(path)).
--
-- Dates are datetime64[ms], a missing one NaT.  Strings are of the width of the longest (<U5).

local array = require "rille.array"
local date = require "rille.frame.date"
local errors = require "rille.base.errors"

local structured = {}

local CHUNK <const> = 1000          -- rows that are packed at once
local TYPES <const> = { bool = "|b1", u8 = "|u1", i32 = "<i4", i64 = "<i8", f32 = "<f4", f64 = "<f8" }
local PACKED <const> = { bool = "B", u8 = "B", i32 = "i4", i64 = "i8", f32 = "f", f64 = "d" }

local function width_of(name, c)
  local widest = 1
  for i, s in ipairs(c) do
    local n = utf8.len(s)
    if not n then
      errors.raise('column "%s", row %d: the string is not UTF-8, which .npy requires; write .csv', name, i)
    elseif s:find "%z$" then
      errors.raise('column "%s", row %d: a string that ends in a zero byte loses it in .npy; write .csv', name, i)
    end
    widest = math.max(widest, n)
  end
  return widest
end

-- A string as code points of 4 bytes, filled with zeros.
local function wide(s, width)
  local codes, n = {}, 0
  for _, code in utf8.codes(s) do
    n = n + 1
    codes[n] = string.pack("<I4", code)
  end
  return table.concat(codes) .. ("\0\0\0\0"):rep(width - n)
end

local function zero_or_one(v) return v and 1 or 0 end

-- { type, format, change?, values = function(first, last) } of a column.
local function column_of(name, c)
  if date.is(c) or array.is(c) then
    local a = date.is(c) and c.ms or c
    return { type = date.is(c) and "<M8[ms]" or TYPES[c.dtype], format = PACKED[a.dtype],
      change = a.dtype == "bool" and zero_or_one or nil,
      values = function(first, last) return a:slice(first, last):totable() end }
  end
  local width = width_of(name, c)
  return { type = "<U" .. width, format = "c" .. 4 * width, change = function(s) return wide(s, width) end,
    values = function(first, last) return table.move(c, first, last, 1, {}) end }
end

-- A text as Python writes it.
local function quoted(name)
  if not utf8.len(name) then errors.raise("the name of a column is not UTF-8, which .npy requires") end
  return "'" .. name:gsub("[\\'%c\127-\255]+", function(s)
    return (s:gsub(utf8.charpattern, function(char)
      local code = utf8.codepoint(char)
      return code < 128 and code >= 32 and "\\" .. char or string.format(code < 65536 and "\\u%04x" or "\\U%08x", code)
    end))
  end) .. "'"
end

-- The header of version 1.0, or 2.0 where it is longer than 64 KiB, of ASCII alone.
local function header(fields, rows)
  local text = string.format("{'descr': [%s], 'fortran_order': False, 'shape': (%d,), }",
    table.concat(fields, ", "), rows)
  local long = #text + 74 > 65535
  local head = long and 12 or 10
  text = text .. (" "):rep(-(head + #text + 1) % 64) .. "\n"
  return "\x93NUMPY" .. (long and "\2\0" or "\1\0") .. string.pack(long and "<I4" or "<I2", #text) .. text
end

---@param f frame
---@return string
function structured.npy(f)
  if #f.columns == 0 then errors.raise "a frame without columns has no .npy file; write .json" end
  local columns, fields, format = {}, {}, "<"
  for k, name in ipairs(f.columns) do
    if name == "" then errors.raise('column %d has no name, and a field of .npy needs one; see f:rename', k) end
    columns[k] = column_of(name, f.data[name])
    fields[k] = string.format("(%s, '%s')", quoted(name), columns[k].type)
    format = format .. columns[k].format
  end
  local parts, many = { header(fields, f.n_rows) }, #columns > 200
  for first = 1, f.n_rows, CHUNK do
    local last, values = math.min(first + CHUNK - 1, f.n_rows), {}
    for k, c in ipairs(columns) do
      local list = c.values(first, last)
      if c.change then for i, v in ipairs(list) do list[i] = c.change(v) end end
      values[k] = list
    end
    for i = 1, last - first + 1 do
      if many then
        for k, c in ipairs(columns) do parts[#parts + 1] = string.pack("<" .. c.format, values[k][i]) end
      else
        local row = {}
        for k, list in ipairs(values) do row[k] = list[i] end
        parts[#parts + 1] = string.pack(format, table.unpack(row))
      end
    end
  end
  return table.concat(parts)
end

return structured
