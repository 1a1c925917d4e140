-- diff: the lines that differ between two texts: a longest common subsequence by dynamic
-- programming, as texts of steps are short.

local diff = {}

local LIMIT <const> = 4000000      -- cells of the table; beyond it all lines count as changed

local function lines_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = line end
  if lines[#lines] == "" then lines[#lines] = nil end
  return lines
end
diff.lines_of = lines_of

-- How many lines two lists have in common at the end, from line `first` on in both.
local function common_end(a, b, first)
  local last_a, last_b = #a, #b
  while last_a >= first and last_b >= first and a[last_a] == b[last_b] do last_a, last_b = last_a - 1, last_b - 1 end
  return last_a, last_b
end

-- length[i][j]: how many lines of a from first + i and of b from first + j on are common; nil where that is too much.
local function lengths(a, b, first, n, m)
  if n * m > LIMIT then return nil end
  local length = {}
  for i = n, 0, -1 do
    length[i] = {}
    for j = m, 0, -1 do
      if i == n or j == m then length[i][j] = 0
      elseif a[first + i] == b[first + j] then length[i][j] = length[i + 1][j + 1] + 1
      else length[i][j] = math.max(length[i + 1][j], length[i][j + 1]) end
    end
  end
  return length
end

-- Calls back with each changed line: its sign, its text, and the lines before it of both texts.
local function walk(before, after, visit)
  local a, b = lines_of(before), lines_of(after)
  local first = 1
  while first <= #a and a[first] == b[first] do first = first + 1 end
  local last_a, last_b = common_end(a, b, first)
  local n, m = last_a - first + 1, last_b - first + 1
  local length = lengths(a, b, first, n, m)
  local i, j = 0, 0
  while i < n or j < m do
    if length and i < n and j < m and a[first + i] == b[first + j] then i, j = i + 1, j + 1
    elseif i < n and (not length or j == m or length[i + 1][j] >= length[i][j + 1]) then
      visit("-", a[first + i], first + i - 1, first + j - 1)
      i = i + 1
    else
      visit("+", b[first + j], first + i - 1, first + j - 1)
      j = j + 1
    end
  end
end

-- The changed lines: { { "-", line } | { "+", line } ... } in order.
---@param before string
---@param after string
function diff.lines(before, after)
  local out = {}
  walk(before, after, function(sign, line) out[#out + 1] = { sign, line } end)
  return out
end

-- The changed parts, in order: lines a + 1 to a + n of the first text became lines b + 1 to b + m of the second.
---@param before string
---@param after string
---@return { a: integer, n: integer, b: integer, m: integer }[]
function diff.hunks(before, after)
  local out = {}
  walk(before, after, function(sign, _, a, b)
    local last = out[#out]
    if not last or last.a + last.n ~= a or last.b + last.m ~= b then
      last = { a = a, n = 0, b = b, m = 0 }
      out[#out + 1] = last
    end
    if sign == "-" then last.n = last.n + 1 else last.m = last.m + 1 end
  end)
  return out
end

return diff
