-- mixed_text: the texts of two runs' code, and texts in which some places are as in the one and some as in the other.
--
-- A place is what is switched at once: all changed lines within a function, or a changed stretch outside of functions;
-- { file, hunks = { hunk... }, a, b = first lines }.  Which places belong together because one does not work without
-- the other is found by loading them (run/blame/suspects.lua).

local diff = require "rille.base.diff"

local mixed_text = {}

local MOST <const> = 128            -- places

---@class rille.blame.file
---@field path string
---@field a string? text in GOOD
---@field b string? text in BAD
---@field main boolean
---@field hunks table[] { a, n, b, m } of base/diff.lua

-- Files --------------------------------------------------------------------------------------

-- Can a mixture be given this file in another text?
local function is_mixable(path) return path:sub(1, 1) ~= "/" and path:find "%.lua$" ~= nil end

-- The files of both runs whose texts differ, by path; the main script is always among them.
---@param good table of run/blame/recorded.lua
---@param bad table
---@return rille.blame.file[]
function mixed_text.files(good, bad)
  local files = { { path = bad.main, a = good.texts[good.main], b = bad.texts[bad.main], main = true } }
  local paths, seen = {}, { [good.main] = true, [bad.main] = true }
  for _, texts in ipairs { good.texts, bad.texts } do
    for path in next, texts do
      if not seen[path] and is_mixable(path) then seen[path], paths[#paths + 1] = true, path end
    end
  end
  table.sort(paths)
  for _, path in ipairs(paths) do
    files[#files + 1] = { path = path, a = good.texts[path], b = bad.texts[path], main = false }
  end
  for _, file in ipairs(files) do
    file.hunks = file.a and file.b and file.a ~= file.b and diff.hunks(file.a, file.b) or {}
  end
  return files
end

-- Functions ----------------------------------------------------------------------------------

-- Is a chunk's name that of the file?  A name may have more or fewer folders before it.
local function is_of(source, path)
  source = source:gsub("^[@=]", ""):gsub("@%x+$", "")
  return source == path or source:sub(-#path - 1) == "/" .. path or path:sub(-#source - 1) == "/" .. source
end

-- The functions of a file that the steps of a run reach: { { first, last, path }... }
local function functions_of(run, path)
  local list = {}
  for _, step in next, run.steps do
    for _, leaf in ipairs(step.leaves) do
      if leaf.kind == "function" and leaf.source and (leaf.line or 0) > 0 and leaf.last
        and is_of(leaf.source, path) then
        list[#list + 1] = { leaf.line, leaf.last, leaf.path }
      end
    end
  end
  table.sort(list, function(x, y)
    if x[1] ~= y[1] then return x[1] < y[1] end
    return x[2] > y[2]
  end)
  return list
end

-- The number of the outermost function that has one of the lines from + 1 .. from + n, or nil.
local function function_at(functions, from, n)
  for i, one in ipairs(functions) do
    if from + 1 <= one[2] and from + math.max(n, 1) >= one[1] and (n > 0 or from >= one[1]) then return i end
  end
end

-- Puts the hunks of another place into one.
---@param x table
---@param y table
function mixed_text.join(x, y)
  x.parts = x.parts or { { file = x.file, hunks = table.move(x.hunks, 1, #x.hunks, 1, {}) } }
  x.parts[#x.parts + 1] = { file = y.file, hunks = y.hunks }
  x.hunks = table.move(y.hunks, 1, #y.hunks, #x.hunks + 1, table.move(x.hunks, 1, #x.hunks, 1, {}))
end

-- Places -------------------------------------------------------------------------------------

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

-- A stretch in parts: line by line where as many lines went as came, else cut at functions.
local function parts_of(hunk, of_a, of_b)
  local list = {}
  if hunk.n == hunk.m then
    for i = 0, hunk.n - 1 do list[i + 1] = { a = hunk.a + i, n = 1, b = hunk.b + i, m = 1 } end
    return list
  end
  local rest = { a = hunk.a, n = hunk.n, b = hunk.b, m = hunk.m }
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

-- What came and what went in a stretch, each for itself, unless both are in one function.
local function halves_of(part, of_a, of_b)
  local a, b = function_at(of_a, part.a, part.n), function_at(of_b, part.b, part.m)
  local in_one = a and b and of_a[a][3] == of_b[b][3]
  if in_one or part.n == part.m or part.n == 0 or part.m == 0 then return { part } end
  return { { a = part.a, n = 0, b = part.b, m = part.m }, { a = part.a, n = part.n, b = part.b + part.m, m = 0 } }
end

-- The stretches of a file, each with the functions that it is in.
local function stretches_of(file, of_a, of_b)
  local list = {}
  for _, hunk in ipairs(file.hunks) do
    for _, part in ipairs(parts_of(hunk, of_a, of_b)) do
      for _, one in ipairs(halves_of(part, of_a, of_b)) do
        list[#list + 1] = { hunk = one, in_a = one.n > 0 and function_at(of_a, one.a, one.n) or nil,
          in_b = one.m > 0 and function_at(of_b, one.b, one.m) or nil }
      end
    end
  end
  return list
end

local function add_to(places, by, file, stretch)
  local place = stretch.in_a and by.a[stretch.in_a] or stretch.in_b and by.b[stretch.in_b]
  if not place then
    place = { file = file, hunks = {}, a = stretch.hunk.a + 1, b = stretch.hunk.b + 1 }
    places[#places + 1] = place
  end
  if stretch.in_a then by.a[stretch.in_a] = place end
  if stretch.in_b then by.b[stretch.in_b] = place end
  place.hunks[#place.hunks + 1] = stretch.hunk
end

-- At most so many places: each is loaded alone.  Where there are more, neighbours are one.
local function few(places)
  while #places > MOST do
    local halved = {}
    for i = 1, #places, 2 do
      local one, other = places[i], places[i + 1]
      if other then mixed_text.join(one, other) end
      halved[#halved + 1] = one
    end
    places = halved
  end
  return places
end

-- The places in which the code of two runs differs, and the files with their stretches.
---@param good table
---@param bad table
---@return table[] places, rille.blame.file[] files
function mixed_text.places(good, bad)
  local places, files = {}, mixed_text.files(good, bad)
  for _, file in ipairs(files) do
    local by = { a = {}, b = {} }
    local stretches = stretches_of(file, functions_of(good, file.path), functions_of(bad, file.path))
    file.hunks = {}
    for i, stretch in ipairs(stretches) do
      file.hunks[i] = stretch.hunk
      add_to(places, by, file, stretch)
    end
  end
  return few(places), files
end

-- Texts --------------------------------------------------------------------------------------

-- The text of a file with the hunks of a set as in BAD.
local function text_of(file, on)
  local a, b = diff.lines_of(file.a), diff.lines_of(file.b)
  local lines, at = {}, 1
  for _, hunk in ipairs(file.hunks) do
    table.move(a, at, hunk.a, #lines + 1, lines)
    if on[hunk] then table.move(b, hunk.b + 1, hunk.b + hunk.m, #lines + 1, lines)
    else table.move(a, hunk.a + 1, hunk.a + hunk.n, #lines + 1, lines) end
    at = hunk.a + hunk.n + 1
  end
  table.move(a, at, #a, #lines + 1, lines)
  return table.concat(lines, "\n") .. "\n"
end

-- The text of a file in a mixture: exactly that of a run where all its hunks are as there.
---@param file rille.blame.file
---@param on table<table, true> hunks that are as in BAD
---@return string
function mixed_text.of(file, on)
  if not file.a or not file.b then return file.a or file.b end
  local n = 0
  for _, hunk in ipairs(file.hunks) do if on[hunk] then n = n + 1 end end
  if n == 0 then return file.a end
  if n == #file.hunks then return file.b end
  return text_of(file, on)
end

return mixed_text
