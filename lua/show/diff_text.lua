-- diff_text: what differs between two values (compare_value.lua), for people.
--
-- diff_text.difference(d) -> a line, and a list of lines below or nil: texts, or { "-" |
-- "+", text } of changed lines of text.

local format = require "rille.base.format"
local sparkline = require "rille.show.sparkline"
local text_width = require "rille.base.text_width"
local value_text = require "rille.base.value_text"

local diff_text = {}

local function show(v)
  if v == nil then return "(none)" end
  if type(v) == "string" then
    return string.format("%q", text_width.shorten(v, 50)):gsub("\\\n", "\\n") .. ""
  end
  if math.type(v) == "float" then
    local text = string.format("%.6g", v)
    return text:find "^%-?%d+$" and text .. ".0" or text
  end
  local text = value_text.text(v)
  return text_width.shorten(text, 50)
end

local function arrow(a, b) return show(a) .. " -> " .. show(b) end

-- " (+0.02)" of two numbers.
local function delta_text(delta)
  return delta and string.format(" (%s%.6g)", delta >= 0 and "+" or "", delta) or ""
end

local SPARK <const> = 32            -- columns of a curve

-- The least and the greatest finite value of both sides.
local function range_of(curve)
  local low, high = math.huge, -math.huge
  for _, side in ipairs { curve.a or { values = {} }, curve.b or { values = {} } } do
    for _, v in ipairs(side.values) do
      if v - v == 0 then low, high = math.min(low, v), math.max(high, v) end
    end
  end
  return low, high
end

-- The lines of a metric's course in two runs (query/compare_series.lua): { { "-" | "+" | " ", text }... }.
---@param curve table
---@return table[]
function diff_text.curve(curve)
  local lines, low, high = {}, range_of(curve)
  local number = value_text.number
  for i, one in ipairs { curve.a or false, curve.b or false } do
    if one then
      local values, steps = one.values, one.steps
      lines[#lines + 1] = { i == 1 and "-" or "+", string.format("%s  %s to %s, steps %s to %s",
        sparkline(values, SPARK, low, high), number(values[1]), number(values[#values]), number(steps[1]),
        number(steps[#steps])) }
    end
  end
  if curve.largest then
    lines[#lines + 1] = { " ", string.format("largest difference %+.6g at step %s", curve.largest.delta,
      number(curve.largest.step)) }
  end
  return lines
end

local function shape_text(shape, dtype) return string.format("%s {%s}", dtype, table.concat(shape, ", ")) end

-- By the kind of a difference (compare_value.lua): gives it as a line, and the lines below.
local writers = {}

function writers.value(d) return arrow(d.a, d.b) .. delta_text(d.delta) end
function writers.type(d) return string.format("its type %s -> %s", d.a, d.b) end
function writers.text(d) return format.plural(#d.lines, "changed line"), d.lines end

function writers.table(d)
  local lines = {}
  for i, cell in ipairs(d.cells) do
    lines[i] = string.format("%s  %s", cell.path == "" and "value" or cell.path, arrow(cell.a, cell.b))
  end
  if d.differing > #d.cells then
    lines[#lines + 1] = string.format("... %s more", format.count(d.differing - #d.cells))
  end
  return format.plural(d.differing, "cell") .. " differ" .. (d.differing == 1 and "s" or ""), lines
end

function writers.array(d)
  local a, b = shape_text(d.shape[1], d.dtype[1]), shape_text(d.shape[2], d.dtype[2])
  local text = a == b and a or a .. " -> " .. b
  if not d.differing then return text end
  if d.differing == 0 then return text .. ", equal elements" end
  local lines = d.at and {
    string.format("largest at [%s]  %s (%.6g)", table.concat(d.at, ", "), arrow(d.a, d.b), d.max),
    string.format("norm of the difference  %.6g", d.norm),
  }
  text = string.format("%s, %s of %s differ", text, format.count(d.differing), format.plural(d.elements, "element"))
  return text, lines
end

function writers.frame(d)
  local lines = {}
  for _, name in ipairs(d.removed) do lines[#lines + 1] = "column " .. name .. " is gone" end
  for _, name in ipairs(d.added) do lines[#lines + 1] = "column " .. name .. " is new" end
  for _, one in ipairs(d.columns) do
    local text = string.format("column %s  %s differ%s", one.name, format.plural(one.differing, "cell"),
      one.differing == 1 and "s" or "")
    if one.dtype then text = text .. string.format(", %s -> %s", one.dtype[1], one.dtype[2]) end
    if one.row then
      text = text .. string.format("%s row %d  %s", one.max and ", largest in" or ", first in", one.row,
        arrow(one.a, one.b))
    end
    lines[#lines + 1] = text
  end
  local rows = d.rows[1] == d.rows[2] and format.plural(d.rows[1], "row")
    or string.format("%s -> %s", format.count(d.rows[1]), format.plural(d.rows[2], "row"))
  return rows, lines
end

function writers.members(d)
  local lines = {}
  for i, one in ipairs(d.members) do
    if i > 10 then
      lines[i] = string.format("... %s more", format.count(#d.members - 10))
      break
    end
    local sizes = one.change == "changed" and "  " .. format.bytes(one.a) .. " -> " .. format.bytes(one.b) or ""
    lines[i] = string.format("%s %s%s", one.name, one.change, sizes)
  end
  local a, b = d.size[1], d.size[2]
  local text = a == b and format.bytes(a) .. ", other bytes" or format.bytes(a) .. " -> " .. format.bytes(b)
  -- of a table the member says which part differs
  return text, (#d.members > 1 or lines[1] and lines[1]:find(": ", 1, true)) and lines or nil
end

diff_text.value, diff_text.arrow, diff_text.delta = show, arrow, delta_text

---@param d table
---@return string text, table? lines
function diff_text.difference(d) return writers[d.kind](d) end

-- A line of such a list.
function diff_text.line(line)
  if type(line) ~= "table" then return line end
  return format.in_colour(line[1] == "-" and "red" or "green", line[1] .. " " .. line[2])
end

return diff_text
