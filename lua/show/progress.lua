-- progress: draws the live region of a run: its running steps and a bar.
--
-- progress.lines is a function of a state alone; a line is a list of spans { text, colour }.  Every line is some
-- columns narrower than the terminal, so that nothing wraps, not even with a ^C behind it.
--
-- A screen puts lines on the terminal.  It uses \r, ESC[nA (up), ESC[K and ESC[J (erase) and colours, nothing else: the
-- cursor stays visible, and nothing needs to be undone when the program is killed.

---@class rille.progress.state
---@field total integer
---@field finished integer
---@field ran integer
---@field cached integer
---@field failed integer
---@field left number? seconds
---@field at_least boolean? and what is not known comes to that
---@field elapsed number
---@field jobs integer
---@field id_width integer
---@field running { id: string, since: number, fraction: number?, text: string?, usual: number? }[]

local text_width = require "rille.base.text_width"
local terminal_text = require "rille.host.terminal_text"

local progress = { TIME = 8 }           -- columns of a step's time, in the lines above, too

local MOST <const> = 6              -- steps that are shown
local BRIEF <const> = 0.25          -- a step that ran for less is not
local SPARE <const> = 4             -- columns left free at the right
local WORD <const> = 10             -- "running" and a blank, as the lines above have it

-- 12 s, 3:05, 1:02:03
local function clock(seconds)
  local s = math.floor(seconds)
  if s < 60 then return s .. " s" end
  if s < 3600 then return string.format("%d:%02d", s // 60, s % 60) end
  return string.format("%d:%02d:%02d", s // 3600, s // 60 % 60, s % 60)
end

-- "about 40 s left": steps that grow with the time, so that it is calm to read
local function left_text(seconds)
  local s = seconds
  if s < 1.5 then return "1 s left" end
  if s < 10 then return string.format("%d s left", math.floor(s + 0.5)) end
  if s < 57.5 then return string.format("%d s left", math.floor(s / 5 + 0.5) * 5) end
  if s < 3570 then return string.format("%d min left", math.max(1, math.floor(s / 60 + 0.5))) end
  local minutes = math.floor(s / 600 + 0.5) * 10
  return string.format("%d h %02d min left", minutes // 60, minutes % 60)
end

local function count(n)
  local text = tostring(n):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (text:gsub("^,", ""))
end

-- The bottom line ------------------------------------------------------------

local function bar(spans, fraction, wide)
  local full = math.min(wide, math.floor(fraction * wide))
  spans[#spans + 1] = { ("━"):rep(full), "green" }
  spans[#spans + 1] = { ("─"):rep(wide - full), "grey" }
end

-- The parts of the bottom line; where there is no room the last ones are left out.
local function parts_of(state)
  local parts = { { count(state.finished) .. "/" .. count(state.total), "bold", 1 } }
  local function add(text, colour, place) parts[#parts + 1] = { text, colour, place } end
  if state.failed > 0 then add(count(state.failed) .. " failed", "red", 4) end
  if state.left then add((state.at_least and "at least " or "") .. left_text(state.left), nil, 6) end
  if state.cached > 0 then add(count(state.cached) .. " cached", "blue", 3) end
  if state.ran > 0 then add(count(state.ran) .. " ran", nil, 2) end
  add(clock(state.elapsed) .. (state.left and " elapsed" or ""), "grey", 5)
  return parts
end

local LEAST_BAR <const>, MOST_BAR <const> = 6, 24

local function bottom(state, width)
  local kept, used = {}, 2
  for _, part in ipairs(parts_of(state)) do
    local need = #part[1] + 2
    if used + need <= width then
      kept[#kept + 1] = part
      used = used + need
    end
  end
  table.sort(kept, function(a, b) return a[3] < b[3] end)
  local spans, room = { { "  " } }, math.min(MOST_BAR, width - used)
  if room >= LEAST_BAR then
    bar(spans, state.total > 0 and state.finished / state.total or 0, room)
    spans[#spans + 1] = { "  " }
  end
  for i, part in ipairs(kept) do
    -- 12 s elapsed, 30 s left
    if i > 1 then spans[#spans + 1] = { part[3] == 6 and kept[i - 1][3] == 5 and ", " or "  ", "grey" } end
    spans[#spans + 1] = { part[1], part[2] }
  end
  return spans
end

-- Running steps ----------------------------------------------------------------

local function running_line(one, state, now, width)
  local time = now - one.since >= 1 and clock(now - one.since) or ""
  local spans = { { "  " }, { text_width.fit("running", WORD), "yellow" } }
  local room = width - 2 - WORD
  local wide = math.max(4, math.min(state.id_width, room - progress.TIME))
  spans[3] = { text_width.fit(terminal_text.line(one.id), wide) }
  spans[4] = { text_width.fit(time, progress.TIME, true), "grey" }
  room = room - wide - progress.TIME
  local function add(text, colour)
    text = text_width.cut(text, room - 2)
    if text_width.width(text) < 3 then return end
    spans[#spans + 1] = { "  " .. text, colour }
    room = room - text_width.width(text) - 2
  end
  if one.fraction then add(string.format("%3d%%", math.floor(one.fraction * 100))) end
  if one.text and one.text ~= "" then add(terminal_text.line(one.text))
  elseif not one.fraction and one.usual and one.usual >= 2 then
    add((now - one.since <= one.usual and "of about " or "usually ") .. clock(one.usual), "grey")
  end
  return spans
end

-- Those that have run the longest, and how many are left out.
local function longest(state, now, most)
  local list = {}
  for _, one in ipairs(state.running) do
    if now - one.since >= BRIEF then list[#list + 1] = one end
  end
  table.sort(list, function(a, b)
    if a.since ~= b.since then return a.since < b.since end
    return a.id < b.id
  end)
  local n = math.min(#list, most, state.jobs)
  return table.move(list, 1, n, 1, {})
end

-- The lines of the live region.
---@param state rille.progress.state
---@param now number
---@param width integer columns of the terminal
---@param height integer its lines
---@return table[] lines
function progress.lines(state, now, width, height)
  width = math.max(8, width - SPARE)
  local lines = {}
  for i, one in ipairs(longest(state, now, math.max(0, math.min(MOST, height - 2)))) do
    lines[i] = running_line(one, state, now, width)
  end
  lines[#lines + 1] = bottom(state, width)
  return lines
end

-- A line without its colours.
function progress.text(line)
  local parts = {}
  for i, span in ipairs(line) do parts[i] = span[1] end
  return table.concat(parts)
end

-- The terminal -------------------------------------------------------------------

local Screen = {}
Screen.__index = Screen

-- How many rows of the terminal the lines take now: a terminal that has become narrower has wrapped them.
local function rows_of(self, width)
  local rows = 0
  for _, w in ipairs(self.widths) do rows = rows + math.max(1, (w + width - 1) // width) end
  return rows
end

-- To the first column of the first row.
local function home(rows) return rows > 1 and string.format("\r\27[%dA", rows - 1) or "\r" end

-- The sequences that replace the lines on the terminal: only lines that differ are written.
local function changes(self, texts)
  local parts, at = {}, #texts
  for i, text in ipairs(texts) do
    if text ~= self.shown[i] or i == #texts then
      if i ~= at then parts[#parts + 1] = i < at and string.format("\27[%dA", at - i) or ("\n"):rep(i - at) end
      parts[#parts + 1] = "\r" .. text .. "\27[K"
      at = i
    end
  end
  return table.concat(parts)
end

-- Shows lines in place of those before, with one write; text above them scrolls up.
---@param lines table[]
---@param width integer of the terminal
---@param above string? whole lines
function Screen:show(lines, width, above)
  local texts, widths = {}, {}
  for i, line in ipairs(lines) do
    local parts = {}
    for k, span in ipairs(line) do parts[k] = span[2] and span[1] ~= "" and self.paint(span[2], span[1]) or span[1] end
    texts[i], widths[i] = table.concat(parts), text_width.width(progress.text(line))
  end
  local same = #texts == #self.shown and self.width == width and not self.torn
  if same and (above or "") == "" then
    if table.concat(texts, "\n") ~= table.concat(self.shown, "\n") then self.write(changes(self, texts)) end
  else
    local clear = #self.shown > 0 and home(rows_of(self, width)) .. "\27[J" or ""
    local text = clear .. (above or "") .. table.concat(texts, "\n")
    if text ~= "" then self.write(text) end
  end
  self.shown, self.widths, self.width, self.torn = texts, widths, width, false
end

-- Something else was written behind the lines.
function Screen:tear() self.torn = true end

function Screen:erase(width) self:show({}, width or self.width or 80) end

-- What is on the terminal is no longer ours.
function Screen:forget() self.shown, self.widths = {}, {} end

---@param write fun(text: string)
---@param paint fun(colour: string, text: string): string
function progress.screen(write, paint)
  return setmetatable({ write = write, paint = paint, shown = {}, widths = {} }, Screen)
end

return progress
