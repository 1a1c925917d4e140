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

-- The changed lines: { { "-", line } | { "+", line } ... } in order.
---@param before string
---@param after string
function diff.lines(before, after)
  local a, b = lines_of(before), lines_of(after)
  local first = 1
  while first <= #a and a[first] == b[first] do first = first + 1 end
  local last_a, last_b = #a, #b
  while last_a >= first and last_b >= first and a[last_a] == b[last_b] do last_a, last_b = last_a - 1, last_b - 1 end
  local n, m = last_a - first + 1, last_b - first + 1
  local out = {}
  local length = {}
  if n * m > LIMIT then length = nil end
  for i = n, 0, -1 do
    if not length then break end
    length[i] = {}
    for j = m, 0, -1 do
      if i == n or j == m then length[i][j] = 0
      elseif a[first + i] == b[first + j] then length[i][j] = length[i + 1][j + 1] + 1
      else length[i][j] = math.max(length[i + 1][j], length[i][j + 1]) end
    end
  end
  local i, j = 0, 0
  while i < n or j < m do
    if length and i < n and j < m and a[first + i] == b[first + j] then i, j = i + 1, j + 1
    elseif i < n and (not length or j == m or length[i + 1][j] >= length[i][j + 1]) then
      out[#out + 1] = { "-", a[first + i] }
      i = i + 1
    else
      out[#out + 1] = { "+", b[first + j] }
      j = j + 1
    end
  end
  return out
end

return diff
