-- named_text: numbers by name as bars to the right, for a terminal:
--
--     total
--     apples   ████████████ 12
--     pears    ███ 3
--     plums  ██              -2

local text_width = require "rille.base.text_width"
local value_text = require "rille.base.value_text"

local PARTS <const> = { "▏", "▎", "▍", "▌", "▋", "▊", "▉" }
local LEAST <const> = 8             -- columns of the bars

local function plain_colour(_, s) return s end

local function is_finite(v) return v - v == 0 end

-- The lowest and the highest end of a bar; 0 is always between them.
local function ends_of(values)
  local low, high = 0, 0
  for _, v in ipairs(values) do
    if is_finite(v) then low, high = math.min(low, v), math.max(high, v) end
  end
  return low, high
end

-- A bar to the right of so many columns, which need be no whole number.
local function bar(columns, ascii)
  if ascii then return ("#"):rep(math.max(columns > 0 and 1 or 0, math.floor(columns + 0.5))) end
  local eighths = math.max(columns > 0 and 1 or 0, math.floor(columns * 8 + 0.5))
  return ("█"):rep(eighths // 8) .. (PARTS[eighths % 8] or "")
end

-- The part of the range that a number takes; halves, as the difference of large numbers may be infinite.
local function share(v, low, high) return high > low and v / 2 / (high / 2 - low / 2) or 0 end

-- The text left of zero and right of it; room: columns of both.
local function sides(v, low, high, room, options)
  local left = math.floor(-share(low, low, high) * room + 0.5)
  if not is_finite(v) then return (" "):rep(left), "" end
  local wide = share(v, low, high) * room
  if v >= 0 then return (" "):rep(left), bar(math.min(wide, room - left), options.ascii) end
  local n = math.max(1, math.min(left, math.floor(-wide + 0.5)))
  return (" "):rep(left - n) .. (options.ascii and "#" or "█"):rep(n), ""
end

-- The lines of bars of names and numbers.
---@param plot rille.plot with names and values
---@param options { columns: integer?, colour: (fun(colour: string, text: string): string)?, ascii: boolean? }
---@return string
return function(plot, options)
  local columns, in_colour = math.max(20, options.columns or 80), options.colour or plain_colour
  local low, high = ends_of(plot.values)
  local name_wide, number_wide, numbers = 0, 0, {}
  for i, name in ipairs(plot.names) do
    numbers[i] = value_text.number(plot.values[i])
    name_wide = math.max(name_wide, text_width.width(name))
    number_wide = math.max(number_wide, #numbers[i])
  end
  name_wide = math.min(name_wide, columns // 3)
  local room = math.max(LEAST, columns - name_wide - number_wide - 3)
  local lines = { in_colour("bold", text_width.cut(plot.title, columns)) }
  for i, name in ipairs(plot.names) do
    local left, right = sides(plot.values[i], low, high, room, options)
    local line = text_width.fit(name, name_wide) .. "  " .. in_colour("cyan", left) .. in_colour("cyan", right)
    lines[#lines + 1] = line .. " " .. numbers[i]
  end
  return table.concat(lines, "\n") .. "\n"
end
