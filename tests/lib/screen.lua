-- screen.lua -- what a terminal shows of what tests/lib/pty.c wrote down.
--
--   local s = screen.play(path, { at = seconds, reflow = boolean })
--   s:text()        all lines, scrolled ones first, blanks at their ends cut off
--   s:visible()     those on the screen          s.row, s.column    the cursor's, from 1
--   s.status        the exit code                s.writes = { { at, bytes } ... }
--
-- It knows what rille writes and raises an error on anything else: printable UTF-8,
-- \r \n \t \b \a, the sequences ESC[nA, ESC[K, ESC[J and colours, and what the line editor adds: ESC[nC, ESC[nD,
-- ESC[nG, ESC[n@, ESC[nP and ESC[?2004h.  reflow (the
-- default): a screen that becomes narrower wraps its lines, as most terminals do.

local columns = require "rille.base.text_width"

local screen = {}

local Screen = {}
Screen.__index = Screen

local function blank() return {} end

function screen.new(width, height)
  return setmetatable({ width = width, height = height, lines = { blank() }, top = 1, row = 1, column = 1, colour = "",
    writes = {} },
    Screen)
end

-- row counts from the first line there ever was; top is the first visible one.
local function go_to(self, row)
  self.row = row
  while #self.lines < row do self.lines[#self.lines + 1] = blank() end
  self.top = math.max(self.top, row - self.height + 1)
end

local function put(self, char)
  local wide = columns.width(char)
  if wide == 0 then
    local before = self.lines[self.row][self.column - 1]
    if before then before[1] = before[1] .. char end
    return
  end
  if self.column + wide - 1 > self.width then
    go_to(self, self.row + 1)
    self.column = 1
  end
  local line = self.lines[self.row]
  for k = 1, self.column - 1 do line[k] = line[k] or { " ", "" } end
  line[self.column] = { char, self.colour }
  if wide == 2 then line[self.column + 1] = { "", self.colour } end
  self.column = self.column + wide
end

local function cut(line, from)
  for k = #line, from, -1 do line[k] = nil end
end

local CONTROLS = {
  A = function(self, n) self.row = math.max(self.top, self.row - math.max(1, n)) end,
  K = function(self) cut(self.lines[self.row], self.column) end,
  J = function(self)
    cut(self.lines[self.row], self.column)
    for k = #self.lines, self.row + 1, -1 do self.lines[k] = nil end
  end,
  C = function(self, n) self.column = math.min(self.width, self.column + math.max(1, n)) end,
  D = function(self, n) self.column = math.max(1, self.column - math.max(1, n)) end,
  G = function(self, n) self.column = math.max(1, n) end,
  P = function(self, n)
    for _ = 1, math.max(1, n) do table.remove(self.lines[self.row], self.column) end
  end,
  ["@"] = function(self, n)
    for _ = 1, math.max(1, n) do table.insert(self.lines[self.row], self.column, { " ", "" }) end
  end,
  h = function() end, l = function() end,
  m = function(self, _, text) self.colour = text == "0" and "" or text end,
}

-- A sequence or a character whose end comes with the next read.
local function is_cut_off(bytes, at)
  if bytes:find("^\27%[?%??[%d;]*$", at) then return true end
  local lead = bytes:byte(at)
  local size = lead >= 0xf0 and 4 or lead >= 0xe0 and 3 or lead >= 0xc2 and 2 or 1
  return at + size - 1 > #bytes
end

function Screen:feed(bytes)
  local at = 1
  bytes, self.rest = (self.rest or "") .. bytes, nil
  while at <= #bytes do
    if is_cut_off(bytes, at) then
      self.rest = bytes:sub(at)
      return
    end
    local c = bytes:sub(at, at)
    if c == "\r" then self.column, at = 1, at + 1
    elseif c == "\n" then
      go_to(self, self.row + 1)
      at = at + 1
    elseif c == "\a" then at = at + 1
    elseif c == "\b" then self.column, at = math.max(1, self.column - 1), at + 1
    elseif c == "\t" then self.column, at = (self.column - 1) // 8 * 8 + 9, at + 1
    elseif c == "\27" then
      local text, final, after = bytes:match("^\27%[%??([%d;]*)([%a@])()", at)
      if not text
        or not CONTROLS[final] then error(string.format("the terminal does not know %q", bytes:sub(at, at + 8)), 0) end
      CONTROLS[final](self, tonumber(text) or 0, text)
      at = after
    elseif c:find "%c" then error(string.format("a control character %q", c), 0)
    else
      local char = bytes:match("^" .. utf8.charpattern, at)
      if c:find "[\x80-\xff]"
        and not utf8.len(char) then error(string.format("bytes that are not UTF-8: %q", char), 0) end
      put(self, char)
      at = at + #char
    end
  end
end

-- Lines that are too long for the new width are wrapped, with the cursor in them.
local function rewrap(self, width)
  local lines, row, column = {}, nil, self.column
  for k, line in ipairs(self.lines) do
    local first = #lines + 1
    for from = 1, math.max(1, #line), width do
      lines[#lines + 1] = table.move(line, from, math.min(#line, from + width - 1), 1, {})
    end
    if k == self.row then
      local down = math.min((self.column - 1) // width, #lines - first)
      row, column = first + down, (self.column - 1) % width + 1
    end
  end
  self.lines, self.column = lines, column
  go_to(self, row)
end

function Screen:resize(width, height, reflow)
  if reflow and width < self.width then rewrap(self, width) end
  self.width, self.height = width, height
  self.top = math.max(1, #self.lines - height + 1)
end

local function text_of(line)
  local parts = {}
  for k = 1, #line do parts[k] = line[k][1] end
  return (table.concat(parts):gsub("%s+$", ""))
end

function Screen:all()
  local list = {}
  for k, line in ipairs(self.lines) do list[k] = text_of(line) end
  return list
end

function Screen:text() return table.concat(self:all(), "\n") end
function Screen:visible() return table.concat(self:all(), "\n", self.top, #self.lines) end

---@param path string
---@param options? { at?: number, reflow?: boolean }
function screen.play(path, options)
  options = options or {}
  local f = assert(io.open(path, "rb"))
  local self = screen.new(options.columns or 80, options.lines or 24)
  while true do
    local head = f:read "l"
    if not head then break end
    local kind, at, rest = head:match "^(%a) ([%d.]+) ?(.*)$"
    if kind == "x" then self.status = math.tointeger(tonumber(at)) break end
    if options.at and tonumber(at) > options.at then break end
    if kind == "s" then
      local w, h = rest:match "^(%d+) (%d+)$"
      self:resize(math.tointeger(w), math.tointeger(h), options.reflow ~= false)
    else
      local bytes = f:read(math.tointeger(rest))
      self.writes[#self.writes + 1] = { tonumber(at), bytes }
      self:feed(bytes)
    end
  end
  f:close()
  return self
end

return screen
