-- The live region: what stands in it, and that what is drawn is what stands there.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local columns = require "rille.base.text_width"
local live = require "rille.show.progress"
local printed = require "rille.show.step_output"
local screens = require "screen"

local function state(given)
  local s = { total = 120, finished = 24, ran = 5, cached = 18, failed = 1, left = 45.2, elapsed = 12.9, jobs = 4,
    id_width = 18, running = {} }
  for k, v in pairs(given or {}) do s[k] = v end
  return s
end

local function texts(lines)
  local list = {}
  for i, line in ipairs(lines) do list[i] = live.text(line) end
  return list
end

local function last(s, width) local list = texts(live.lines(s, 100.0, width, 24)) return list[#list] end

-- What stands there --------------------------------------------------------------

check.test("the bottom line has finished of total, the counts, the time and what is left", function()
  check.eq(last(state(), 100),
    "  ━━━━────────────────────  24/120  5 ran  18 cached  1 failed  12 s elapsed, 45 s left")
  check.eq(last(state { left = false, failed = 0, cached = 0 }, 80), "  ━━━━────────────────────  24/120  5 ran  12 s")
end)

check.test("a lower bound says so, a step that is late what it usually takes", function()
  check.has(last(state { at_least = true }, 100), "12 s elapsed, at least 45 s left")
  local running = { { id = "a", since = 90.0, usual = 30 }, { id = "b", since = 95.0, usual = 3 } }
  local list = texts(live.lines(state { running = running }, 100.0, 80, 24))
  check.has(list[1], "of about 30 s")
  check.has(list[2], "usually 3 s")
end)

check.test("at 60 columns the bar is short, at 40 the least important counts go", function()
  check.eq(last(state(), 64), "  ━━─────────  24/120  5 ran  18 cached  1 failed  45 s left")
  check.eq(last(state { failed = 0 }, 60), "  24/120  5 ran  18 cached  12 s elapsed, 45 s left")
  check.eq(last(state(), 40), "  24/120  1 failed  45 s left")
end)

check.test("no line is as wide as the terminal, whatever its width and whatever steps say", function()
  local running = { { id = "名前の長い工程_αβγδεζηθ_🚀", since = 0.0, fraction = 0.5,
    text = "エポック 4 / 10 — ✓ über\n\27[31mrot\xff" },
    { id = ("x"):rep(90), since = 50.0, usual = 90 }, { id = "a", since = 90.0, text = ("word "):rep(40) } }
  for width = 10, 140 do
    for _, line in ipairs(texts(live.lines(state { running = running }, 100.0, width, 24))) do
      check.ok(utf8.len(line), "cut inside a character")
      check.ok(not line:find "%c", "a control character")
      if width >= 40 then
        check.ok(columns.width(line) <= width - 4,
          string.format("%d of %d columns: %s", columns.width(line), width, line))
      end
    end
  end
end)

check.test("running steps stand with the longest first, as many as there are jobs and at most six", function()
  local running = {}
  for i = 1, 9 do running[i] = { id = "s" .. i, since = 100.0 - i } end
  local list = texts(live.lines(state { running = running, jobs = 8 }, 100.0, 80, 24))
  check.eq(#list, 7)
  check.eq(list[1], "  running   s9                     9 s")
  check.eq(list[6], "  running   s4                     4 s")
  check.eq(#texts(live.lines(state { running = running, jobs = 2 }, 100.0, 80, 24)), 3)
  check.eq(#texts(live.lines(state { running = running, jobs = 8 }, 100.0, 80, 4)), 3, "a terminal of four lines")
end)

check.test("a step that has just begun is not shown", function()
  check.eq(#live.lines(state { running = { { id = "s", since = 99.9 } } }, 100.0, 80, 24), 1)
end)

check.test("ctx:progress is shown, and what a step usually takes where it says nothing", function()
  local running = { { id = "train", since = 39.0, fraction = 0.4, text = "epoch 4" },
    { id = "fit", since = 88.0, usual = 31.2 } }
  local list = texts(live.lines(state { running = running }, 100.0, 80, 24))
  check.eq(list[1], "  running   train                 1:01   40%  epoch 4")
  check.eq(list[2], "  running   fit                   12 s  of about 31 s")
end)

-- What steps print ------------------------------------------------------------------

check.test("what two steps print comes in groups; of one that runs alone whole lines come at once", function()
  local said = {}
  local p = printed.new(function(id, text) said[#said + 1] = (id and "[" .. id .. "] " or "") .. text end)
  p:add(1, "a", "a1\n", false)
  p:add(2, "b", "b1\nb", false)
  p:add(1, "a", "a2", false)
  check.eq(said, {})
  p:finish(1, "a")
  p:add(2, "b", "2\nb3", true)
  p:finish(2, "b")
  p:add(1, "a", "again\n", true)
  check.eq(said, { "[a] a1\na2\n", "[b] b1\nb2\n", "b3\n", "[a] again\n" })
end)

-- Drawing ---------------------------------------------------------------------------

-- A screen and the terminal that it draws on.
local function terminal(width, height)
  local t = screens.new(width, height)
  local written = {}
  local screen = live.screen(function(text)
    written[#written + 1] = text
    t:feed((text:gsub("\n", "\r\n")))
  end, function(_, text) return "\27[32m" .. text .. "\27[0m" end)
  return t, screen, written
end

local function lines_of(...)
  local lines = {}
  for i, text in ipairs { ... } do lines[i] = { { text, i == 1 and "green" or nil } } end
  return lines
end

check.test("what is drawn is what stands there, through any sequence of lines, widths and texts above", function()
  local seed = tonumber(os.getenv "RILLE_SEED") or 1
  local function random(n)
    seed = (seed * 6364136223846793005 + 1442695040888963407) & 0x7fffffffffffffff
    return (seed >> 33) % n + 1
  end
  for _ = 1, 200 do
    local width = 20 + random(60)
    local t, screen = terminal(width, 40)
    local above, want = {}, {}
    for k = 1, 30 do
      local lines, text = {}, ""
      if random(10) == 1 then
        width = 20 + random(60)
        t:resize(width, 40, true)
      end
      for i = 1, random(5) - 1 do lines[i] = ("%d"):rep(random(width - 4)):gsub("%%d", tostring(random(9))) end
      if random(3) == 1 then
        for _ = 1, random(4) do
          above[#above + 1] = "line " .. #above
          text = text .. above[#above] .. "\n"
        end
      end
      screen:show(lines_of(table.unpack(lines)), width, text)
      want = table.move(lines, 1, #lines, #above + 1, table.move(above, 1, #above, 1, {}))
      check.eq((t:text():gsub("\n+$", "")), table.concat(want, "\n"), "step " .. k)
    end
    screen:erase(width)
    check.eq((t:text():gsub("\n+$", "")), table.concat(above, "\n"), "at the end")
  end
end)

check.test("only lines that changed are written, and nothing when none did", function()
  local _, screen, written = terminal(60, 10)
  screen:show(lines_of("one", "two", "three"), 60)
  screen:show(lines_of("one", "two", "three"), 60)
  check.eq(#written, 1)
  screen:show(lines_of("one", "TWO", "three"), 60)
  check.ok(not written[2]:find "one", "it was written again")
  check.has(written[2], "TWO")
end)

check.test("a ^C behind the region is taken away, and after a stop the region is drawn below", function()
  local t, screen = terminal(60, 10)
  screen:show(lines_of("one", "two"), 60)
  t:feed "^C"
  screen:tear()
  screen:show(lines_of("one", "two"), 60, "stopping\n")
  check.eq(t:text(), "stopping\none\ntwo")
  t:feed "^Z\r\n[1]+ Stopped\r\n$ fg\r\n"
  screen:forget()
  screen:show(lines_of("one", "two"), 60)
  check.eq(t:text(), "stopping\none\ntwo^Z\n[1]+ Stopped\n$ fg\none\ntwo")
end)

check.done()
