-- suggest: "did you mean", for every name that a user types.

local text_width = require "rille.base.text_width"

local suggest = {}

local LONGEST <const> = 60          -- bytes of a name that is listed

-- The number of edits (insert, delete, replace, swap) from a to b.
local function distance(a, b)
  local before, last
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    before, last, row = last, row, { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      local d = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same and 0 or 1))
      if before and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        d = math.min(d, before[j - 2] + 1)
      end
      row[j] = d
    end
  end
  return row[#b]
end

-- Of two names that are equally near but for case: is a nearer than b?
local function before(name, a, b)
  local by_case = distance(name, a) - distance(name, b)
  return by_case < 0 or by_case == 0 and a < b
end

-- The one of names (a list; what is no string is passed over) that is nearest to
-- name, or else begins with it, or nil.
---@param name string
---@param names string[]
---@return string?
function suggest.nearest(name, names)
  local best, longer
  local best_d = math.min(math.max(1, #name // 3), #name - 1)      -- no farther than this
  for _, other in ipairs(names) do
    if type(other) == "string" and other ~= name then
      local d = distance(name:lower(), other:lower())
      if d < best_d or d == best_d and (not best or before(name, other, best)) then best, best_d = other, d end
      if #name > 2 and other:find(name, 1, true) == 1 and (not longer or other < longer) then longer = other end
    end
  end
  return best or longer
end

-- Are the words of two names, as of min_depth, near one by one?
local function same_words(a, b)
  local x, y = {}, {}
  for word in a:gmatch "[^_]+" do x[#x + 1] = word:lower() end
  for word in b:gmatch "[^_]+" do y[#y + 1] = word:lower() end
  if #x ~= #y then return true end
  for i = 1, #x do
    if distance(x[i], y[i]) > math.max(1, #x[i] // 3) then return false end
  end
  return true
end

-- The one of names that name seems to misspell, or nil.  As nearest, but other words and
-- numbers make another name: max_depth is not min_depth, x2 not x1, dx not dy.
---@param name string
---@param names string[]
---@return string?
function suggest.misspelt(name, names)
  local list, plain = {}, name:gsub("%d", "")
  for _, other in ipairs(names) do
    local other_letters = #name <= 2 and #other == #name and other:lower() ~= name:lower()
    if other:gsub("%d", "") ~= plain and not other_letters and same_words(name, other) then list[#list + 1] = other end
  end
  return suggest.nearest(name, list)
end

-- `; did you mean "x"?`, or the names there are when none is near and they are few.
---@param name any
---@param names string[]
---@param in_order boolean? they are listed as they stand, not sorted
---@return string
function suggest.hint(name, names, in_order)
  local near = type(name) == "string" and suggest.nearest(name, names)
  if near then return string.format("; did you mean %q?", near) end
  if #names == 0 then return "" end
  local list = table.move(names, 1, #names, 1, {})
  if not in_order then table.sort(list) end
  if #list > 12 then return "" end
  for i, one in ipairs(list) do list[i] = type(one) == "string" and text_width.shorten(one, LONGEST) or one end
  return "; available: " .. table.concat(list, ", ")
end

-- Is name one of names?
function suggest.has(name, names)
  for _, other in ipairs(names) do if other == name then return true end end
  return false
end

return suggest
