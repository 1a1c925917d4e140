-- rille.csv: random texts give the tables, or the errors, that they gave, as digests of the day on which this was
-- written say.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local csv = require "rille.csv"
local hash = require "rille.host.hash"

local function hex(text)
  return (hash.sha256(text):sub(1, 8):gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

-- Numbers from 1 to n, the same on every machine.
local state = 1
local function draw(n)
  state = (state * 6364136223846793005 + 1442695040888963407) & 0xffffffffffffffff
  return (state >> 33) % n + 1
end

local function pick(list) return list[draw(#list)] end

local function add_column(parts, c)
  if not array.is(c) and getmetatable(c) then c = c:totable() end
  if array.is(c) then parts[#parts + 1] = array.digest(c) return end
  for i = 1, #c do parts[#parts + 1] = string.pack("<s8", tostring(c[i])) end
end

local function add(parts, text, options)
  local ok, f = pcall(csv.decode, text, options)
  if not ok then
    parts[#parts + 1] = "error" .. (tostring(f):match "csv:(%d+:%d+):" or "")   -- its place; words may change
    return false
  end
  parts[#parts + 1] = table.concat(f.columns, ",") .. "\n"
  for _, name in ipairs(f.columns) do add_column(parts, f:column(name)) end
  return true
end

local function pinned(name, want, compute)
  check.test(name, function()
    local parts = {}
    state = 1
    compute(parts)
    check.eq(hex(table.concat(parts)), want)
  end)
end

local PIECES <const> = { "a", "b", "word", "two words", "a longer text, by far", "\xc3\xa4", "\xe2\x82\xac", "1",
  "-2.5", "007", "true", "2026-11-30", "", " ", "\t", "'", ";", "|", "#", "\\", "\"", "\"\"", "\r", "0123456789abcdef" }

local function word()
  local parts = {}
  for i = 1, draw(4) - 1 do parts[i] = pick(PIECES) end
  return table.concat(parts)
end

local function quoted(s) return '"' .. s:gsub('"', '""') .. '"' end

-- A field as a careful writer has it.
local function field(s)
  if s:find '[,"\r\n]' or draw(5) == 1 then return quoted(s) end
  return s
end

local function careful(rows, columns, line_end, words)
  local lines, head = {}, {}
  for j = 1, columns do head[j] = "c" .. j end
  lines[1] = table.concat(head, ",")
  for i = 1, rows do
    local fields = {}
    for j = 1, columns do fields[j] = field(words()) end
    lines[i + 1] = table.concat(fields, ",")
  end
  return table.concat(lines, line_end) .. (draw(2) == 1 and line_end or "")
end

pinned("tables of any words", "7a5a5f0eb84b41b9", function(parts)
  for i = 1, 600 do
    add(parts, careful(draw(30) - 1, draw(5), i % 2 == 0 and "\n" or "\r\n", word), { header = true })
  end
end)

pinned("tables of few words, read as text", "ee295218cb113476", function(parts)
  local list = {}
  for i = 1, 6000 do list[i] = word() .. (i % 3 == 0 and i or "") end
  for i = 1, 12 do
    local types = { c1 = "string", c2 = "string" }
    add(parts, careful(2500, 2, "\n", function() return list[draw(i * 500)] end), { types = types, header = true })
  end
end)

pinned("texts of any bytes", "466df56b0cf05943", function(parts)
  local marks <const> = { ",", ",", "\n", "\n", "\r\n", '"', '""', "\r", ";", "\t", "\\", "'", "#" }
  local forms <const> = { {}, {}, {}, { header = false }, { separator = ";" }, { separator = "\t" }, { quote = "" },
    { quote = "'" }, { escape = "\\" }, { comment = "#" }, { ragged = "pad" }, { ragged = "skip" }, { skip = 1 },
    { missing = { "a", "1" } }, { encoding = "bytes" }, { escape = "\\", quote = "'" },
    { comment = "#", escape = "\\", ragged = "pad" } }
  local good = 0
  for i = 1, 12000 do
    local text = {}
    for k = 1, draw(24) do text[k] = draw(2) == 1 and pick(marks) or pick(PIECES) end
    local options = {}
    for k, v in pairs(pick(forms)) do options[k] = v end
    if options.header == nil and draw(2) == 1 then options.header = true end
    if i % 3 == 0 then options.ragged = options.ragged or "pad" end
    if add(parts, table.concat(text), options) then good = good + 1 end
  end
  check.ok(good > 2000, "only " .. good .. " texts were tables")
end)

pinned("long fields, and fields at every distance from the end", "286314bf865788aa", function(parts)
  for n = 0, 70 do
    for _, last in ipairs { "", "\n", "\r\n", "\r" } do
      local s = ("x"):rep(n)
      add(parts, "a,b\n" .. s .. "," .. s .. last, { header = true })
      add(parts, "a,b\n" .. s .. "\r," .. quoted(s .. '"' .. s) .. last, { header = true })
      add(parts, "a\n" .. s .. ("\xc3\xa4"):rep(n % 5) .. last, { header = true })
    end
  end
end)

pinned("numbers of every kind", "563e36a0f528c82f", function(parts)
  local digits <const> = { "0", "1", "-", "+", ".", "e", "9", "12345678", "9007199254740993", "inf", "nan", " ", "1e5" }
  for _ = 1, 3000 do
    add(parts, careful(draw(6), 1, "\n", function()
      local s = pick(digits)
      for _ = 1, draw(4) - 1 do s = s .. pick(digits) end
      return s
    end), { header = true })
  end
end)

check.done()
