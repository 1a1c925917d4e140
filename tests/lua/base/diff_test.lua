-- diff_test.lua -- changed lines: rille.diff.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local diff = require "rille.base.diff"

local function shown(before, after)
  local list = {}
  for i, line in ipairs(diff.lines(before, after)) do list[i] = line[1] .. line[2] end
  return table.concat(list, "|")
end

-- What stays of `before` after the changes, with what is added: must be `after`.
local function patched(before, after)
  local kept, added = {}, {}
  for _, line in ipairs(diff.lines(before, after)) do
    local set = line[1] == "-" and kept or added
    set[line[2]] = (set[line[2]] or 0) + 1
  end
  local count = {}
  for _, line in ipairs(diff.lines_of(before)) do count[line] = (count[line] or 0) + 1 end
  for line, n in pairs(kept) do count[line] = count[line] - n end
  for line, n in pairs(added) do count[line] = (count[line] or 0) + n end
  for _, line in ipairs(diff.lines_of(after)) do count[line] = (count[line] or 0) - 1 end
  for line, n in pairs(count) do if n ~= 0 then return line end end
end

check.test("equal texts have no changed lines", function()
  check.eq(shown("", ""), "")
  check.eq(shown("a\nb\n", "a\nb\n"), "")
  check.eq(shown("a\nb", "a\nb\n"), "")
end)

check.test("lines that are new, gone, changed", function()
  check.eq(shown("a\nc\n", "a\nb\nc\n"), "+b")
  check.eq(shown("a\nb\nc\n", "a\nc\n"), "-b")
  check.eq(shown("a\nb\nc\n", "a\nx\nc\n"), "-b|+x")
  check.eq(shown("", "a\nb"), "+a|+b")
  check.eq(shown("a\nb", ""), "-a|-b")
end)

check.test("a line that moved is gone and new once", function()
  check.eq(shown("a\nb\nc", "b\nc\na"), "-a|+a")
end)

check.test("empty lines are lines", function()
  check.eq(shown("a\n\nb", "a\nb"), "-")
  check.eq(shown("a\nb", "a\n\n\nb"), "+|+")
end)

check.test("the changes lead from one text to the other, for any two", function()
  math.randomseed(7)
  for _ = 1, 300 do
    local function text()
      local lines = {}
      for i = 1, math.random(0, 12) do lines[i] = string.char(96 + math.random(4)) end
      return table.concat(lines, "\n")
    end
    local before, after = text(), text()
    check.eq(patched(before, after), nil, string.format("%q -> %q", before, after))
  end
end)

check.test("texts too long for the table count as changed between their equal ends", function()
  local function numbered(first, last, word)
    local lines = {}
    for i = first, last do lines[#lines + 1] = word .. i end
    return table.concat(lines, "\n")
  end
  local before = "head\n" .. numbered(1, 2100, "a") .. "\ntail"
  local after = "head\n" .. numbered(1, 2100, "b") .. "\ntail"
  local lines = diff.lines(before, after)
  check.eq(#lines, 4200)
  check.eq({ lines[1], lines[2101] }, { { "-", "a1" }, { "+", "b1" } })
end)

check.test("changed stretches have their places in both texts", function()
  check.eq(diff.hunks("a\nb\nc\nd\n", "a\nx\ny\nc\nd\ne\n"),
    { { a = 1, n = 1, b = 1, m = 2 }, { a = 4, n = 0, b = 5, m = 1 } })
  check.eq(diff.hunks("a\nb\n", "b\n"), { { a = 0, n = 1, b = 0, m = 0 } })
  check.eq(diff.hunks("a\n", "a\n"), {})
end)

check.done()
