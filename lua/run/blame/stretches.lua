-- stretches: the changed lines between two texts, in the smallest parts that can be switched one by one.
--
-- A stretch is { hunk = { a, n, b, m } (base/diff.lua), in_a, in_b = numbers of the functions that it is in }.  Outside
-- of functions lines that came, lines that went, and lines that stand for others are taken apart into statements: a
-- part ends where the text with it alone can be compiled.

local diff = require "rille.base.diff"

local stretches = {}

local LONG <const> = 200            -- lines: a longer part is not taken apart

-- The number of the outermost function that has one of the lines from + 1 .. from + n, or nil.
local function function_at(functions, from, n)
  for i, one in ipairs(functions) do
    if n > 0 and from + 1 <= one[2] and from + n >= one[1] then return i end
  end
end

-- The lines before which a stretch is cut: where a function that both texts have begins or ends in it.
local function cuts_of(hunk, of_a, of_b)
  local by_path, cuts = {}, {}
  for _, one in ipairs(of_b) do by_path[one[3]] = one end
  local function add(a, b)
    if a > hunk.a and a < hunk.a + hunk.n and b > hunk.b and b < hunk.b + hunk.m then cuts[#cuts + 1] = { a, b } end
  end
  for _, one in ipairs(of_a) do
    local other = by_path[one[3]]
    if other then
      add(one[1] - 1, other[1] - 1)
      add(one[2], other[2])
    end
  end
  table.sort(cuts, function(x, y) return x[1] < y[1] end)
  return cuts
end

-- A hunk cut at functions, unless as many lines went as came.
local function parts_of(hunk, of_a, of_b)
  if hunk.n == hunk.m then return { hunk } end
  local list, rest = {}, { a = hunk.a, n = hunk.n, b = hunk.b, m = hunk.m }
  for _, cut in ipairs(cuts_of(hunk, of_a, of_b)) do
    local n, m = cut[1] - rest.a, cut[2] - rest.b
    if n > 0 and m > 0 then
      list[#list + 1] = { a = rest.a, n = n, b = rest.b, m = m }
      rest = { a = cut[1], n = rest.n - n, b = cut[2], m = rest.m - m }
    end
  end
  list[#list + 1] = rest
  return list
end

-- Lines i .. j of a part: both sides of it; those that came; those that went, which stand behind what came.
local SIDES <const> = {
  both = function(part, i, j) return { a = part.a + i - 1, n = j - i + 1, b = part.b + i - 1, m = j - i + 1 } end,
  came = function(part, i, j) return { a = part.a, n = 0, b = part.b + i - 1, m = j - i + 1 } end,
  went = function(part, i, j) return { a = part.a + i - 1, n = j - i + 1, b = part.b + part.m, m = 0 } end,
}

local Cutter = {}
Cutter.__index = Cutter

local function text_with(self, hunk)
  local lines = table.move(self.a, 1, hunk.a, 1, {})
  table.move(self.b, hunk.b + 1, hunk.b + hunk.m, #lines + 1, lines)
  table.move(self.a, hunk.a + hunk.n + 1, #self.a, #lines + 1, lines)
  return table.concat(lines, "\n")
end

local function compiles(self, hunk) return load(text_with(self, hunk):gsub("^#[^\n]*", ""), "=text", "t") ~= nil end

-- Adds the lines i .. j, which are outside of functions, as statements.
local function add_statements(self, take, part, i, j)
  while i <= j do
    local last = i
    while last < j and (j - i > LONG or not compiles(self, take(part, i, last))) do last = last + 1 end
    self.list[#self.list + 1] = { hunk = take(part, i, last) }
    i = last + 1
  end
end

-- Adds the lines of one side of a part.
local function add_side(self, take, part, count)
  local from
  for i = 1, count + 1 do
    local one = i <= count and take(part, i, i)
    local in_a, in_b
    if one then in_a, in_b = function_at(self.of_a, one.a, one.n), function_at(self.of_b, one.b, one.m) end
    if from and (not one or in_a or in_b) then
      add_statements(self, take, part, from, i - 1)
      from = nil
    end
    if in_a or in_b then self.list[#self.list + 1] = { hunk = one, in_a = in_a, in_b = in_b }
    elseif one then from = from or i end
  end
end

-- What a line begins with: "local c1", "gamma".
local function word_of(line) return line:match "^%s*([%a_][%w_]*%s*[%w_]*)" end

-- Does line i that came stand for the one that went: in a function, or as it begins with the same word?
local function stands_for(self, part, i)
  local a, b = part.a + i, part.b + i
  return function_at(self.of_a, a - 1, 1) ~= nil or function_at(self.of_b, b - 1, 1) ~= nil
    or word_of(self.a[a]) == word_of(self.b[b])
end

local function add_apart(self, part)
  add_side(self, SIDES.came, part, part.m)
  add_side(self, SIDES.went, part, part.n)
end

-- Adds a part in which as many lines went as came.
local function add_pairs(self, part)
  local from = 1
  for i = 1, part.n do
    local now = stands_for(self, part, i)
    if i == part.n or stands_for(self, part, i + 1) ~= now then
      local sub = SIDES.both(part, from, i)
      if now then add_side(self, SIDES.both, sub, sub.n) else add_apart(self, sub) end
      from = i + 1
    end
  end
end

local function add_part(self, part)
  local in_a, in_b = function_at(self.of_a, part.a, part.n), function_at(self.of_b, part.b, part.m)
  if part.n == part.m then return add_pairs(self, part) end
  if in_a and in_b and self.of_a[in_a][3] == self.of_b[in_b][3] then
    self.list[#self.list + 1] = { hunk = part, in_a = in_a, in_b = in_b }
    return
  end
  add_apart(self, part)
end

-- The stretches of a file, in order.
---@param file rille.blame.file
---@param of_a { [1]: integer, [2]: integer, [3]: string }[] first and last lines of functions of GOOD, and their paths
---@param of_b table[] of BAD
---@return table[]
function stretches.of(file, of_a, of_b)
  local self = setmetatable({ a = diff.lines_of(file.a or ""), b = diff.lines_of(file.b or ""), of_a = of_a,
    of_b = of_b, list = {} }, Cutter)
  for _, hunk in ipairs(file.hunks) do
    for _, part in ipairs(parts_of(hunk, of_a, of_b)) do add_part(self, part) end
  end
  return self.list
end

return stretches
