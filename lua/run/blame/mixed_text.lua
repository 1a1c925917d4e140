-- mixed_text: the texts of two runs' code, and texts in which some places are as in the one and some as in the other.
--
-- A place is what is switched at once: all changed lines within a function, or a changed stretch outside of functions;
-- { file, hunks = { hunk... }, a, b = first lines }.  Which places belong together because one does not work without
-- the other is found by loading them (run/blame/suspects.lua).

local diff = require "rille.base.diff"
local json = require "rille.json"
local stretches = require "rille.run.blame.stretches"

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

-- The functions of a file that the steps of a graph reach: { { first, last, path }... }
local function functions_of(report, path)
  local list, seen = {}, {}
  for _, node in next, report.by_id do
    local leaves = not seen[node.leaves] and node.leaves ~= "" and json.unpack(node.leaves).leaves or {}
    seen[node.leaves] = true
    for _, leaf in ipairs(leaves) do
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

-- Puts the hunks of another place into one.
---@param x table
---@param y table
function mixed_text.join(x, y)
  x.parts = x.parts or { { file = x.file, hunks = table.move(x.hunks, 1, #x.hunks, 1, {}) } }
  x.parts[#x.parts + 1] = { file = y.file, hunks = y.hunks }
  x.hunks = table.move(y.hunks, 1, #y.hunks, #x.hunks + 1, table.move(x.hunks, 1, #x.hunks, 1, {}))
end

-- Places -------------------------------------------------------------------------------------

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

-- The places in which files differ; their stretches become the hunks of the files.
---@param files rille.blame.file[]
---@param none table report of GOOD (run/blame/probe.lua)
---@param all table report of BAD
---@return table[] places
function mixed_text.places(files, none, all)
  local places = {}
  for _, file in ipairs(files) do
    local by = { a = {}, b = {} }
    local list = stretches.of(file, functions_of(none, file.path), functions_of(all, file.path))
    file.hunks = {}
    for i, stretch in ipairs(list) do
      file.hunks[i] = stretch.hunk
      add_to(places, by, file, stretch)
    end
  end
  return few(places)
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
