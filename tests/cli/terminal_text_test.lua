-- terminal_text_test: what names, parameters, errors, logs, previews and file names
-- hold does nothing on a terminal: it is shown escaped.  In a pipe bytes stay as they are.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local screen = require "screen"

-- { text, as it is shown in a line, as a step's log shows it where that differs }.
-- The texts end in an "e", so that a log that shows the end of a line shows something.
local TEXTS <const> = {
  { "up\27[3A\27[10De", "up\\x1b[3A\\x1b[10De" },
  { "erase\27[2J\27[Ke", "erase\\x1b[2J\\x1b[Ke" },
  { "title\27]0;owned\7e", "title\\x1b]0;owned\\x07e" },
  { "link\27]8;;http://x.example\27\\here\27]8;;\27\\e", "link\\x1b]8;;http://x.example\\x1b\\here\\x1b]8;;\\x1b\\e" },
  { "clipboard\27]52;c;ZXZpbA==\7e", "clipboard\\x1b]52;c;ZXZpbA==\\x07e" },
  { "device\27P1$r0m\27\\e", "device\\x1bP1$r0m\\x1b\\e" },
  { "alternate\27[?1049h\27[?25le", "alternate\\x1b[?1049h\\x1b[?25le" },
  { "reset\27ce", "reset\\x1bce" },
  { "charset\14e\27(0e", "charset\\x0ee\\x1b(0e" },
  { "report\27[6n\27[ce", "report\\x1b[6n\\x1b[ce" },
  { "c1\u{9b}2J\u{9d}0;t\u{9c}e", "c1\\u{9b}2J\\u{9d}0;t\\u{9c}e" },
  { "bytes\x9b2J\xff\xc3e", "bytes\\x9b2J\\xff\\xc3e" },
  { "failed\rcompletede", "failed\\rcompletede", "completede" },
  { "back\8\8\8\8gonee", "back\\x08\\x08\\x08\\x08gonee" },
  { "bell\7\7e", "bell\\x07\\x07e" },
  { "bidi\u{202e}dlrow\u{202c}\u{2066}x\u{2069}e", "bidi\\u{202e}dlrow\\u{202c}\\u{2066}x\\u{2069}e" },
  { "separator\u{2028}two\u{2029}e", "separator\\u{2028}two\\u{2029}e" },
  { "colour\27[35;5me", "colour\\x1b[35;5me", "coloure" },
  { "huge\27[" .. ("1;"):rep(100) .. "35me", "huge\\x1b[" .. ("1;"):rep(100) .. "35me" },
  { "delete\127null\0cut\27[e", "delete\\x7fnull\\x00cut\\x1b[e" },
}
-- As names: without controls of ASCII.
local NAMES <const> = {
  { "n\u{9b}2J\u{202e}x", "n\\u{9b}2J\\u{202e}x" },
  { "n\u{2066}\u{2028}\u{2029}x", "n\\u{2066}\\u{2028}\\u{2029}x" },
}

local SCRIPT <const> = [[
local rille = require "rille"
local t = rille.types
local TEXT = %q
local make = rille.step "make" { params = { p = TEXT }, outputs = { t.string "x" { name = %q, tags = { %q } }, t.any "v" },
  run = function(p) print(TEXT) return TEXT .. p.p, { "v", n = 1 } end }
local fails = rille.step "fails" { inputs = { t.string "x" }, outputs = { t.any "y" },
  run = function(x) io.stderr:write(TEXT, "\n") error(TEXT .. x:sub(1, 0)) end }
return rille.pipeline "p" { define = function() fails { x = make {}.x } end }
]]

local function project_of(text, name)
  local project = scratch.new()
  project:write("main.lua", SCRIPT:format(text, name or "name", name or "tag"))
  return project
end

-- Runs rille on a terminal of 900 columns; the screen and all bytes.
local function on_terminal(project, arguments)
  local r = project:sh(string.format('export TERM=xterm; unset NO_COLOR; %s 900 60 rec -- "$RILLE" %s',
    scratch.pty(check), arguments))
  check.eq(r.code, 0, r.err)
  local bytes = {}
  local f = assert(io.open(project:path "rec", "rb"))
  while true do
    local head = f:read "l"
    local size = head and head:match "^o [%d.]+ (%d+)$"
    if size then bytes[#bytes + 1] = f:read(math.tointeger(size)) end
    if not head or head:sub(1, 1) == "x" then break end
  end
  f:close()
  return table.concat(bytes)
end

local OURS <const> = { ["0"] = true, ["1"] = true, ["31"] = true, ["32"] = true, ["33"] = true, ["34"] = true,
  ["2"] = true }

-- What a terminal got holds nothing that acts but rille's own colours, the sequences
-- of its live region and, in logs, the colours that a step printed.
local function check_bytes(bytes, what, colour)
  local text = bytes:gsub("\27%[([%d;]*)([mAKJ])", function(n, final)
    if final ~= "m" then return n:find ";" == nil and n ~= "2" and n ~= "3" and "" or nil end
    return (OURS[n] or n == colour) and "" or nil
  end):gsub("\r+\n", "\n")
  local bad = text:find "[\0-\8\11-\31\127]" or text:find "\xc2[\x80-\x9f]" or text:find "\xe2\x80[\xa8-\xae]"
    or text:find "\xe2\x81[\xa6-\xa9]"
  if bad or not utf8.len(text) then
    error(string.format("%s gives %q", what, text:sub(math.max(1, (bad or 1) - 40), (bad or 1) + 60)), 2)
  end
end

local function shows(project, arguments, shown, colour)
  local bytes = on_terminal(project, arguments)
  check_bytes(bytes, arguments, colour)
  local text = screen.play(project:path "rec", { columns = 900, lines = 60 }):text()
  if shown then check.has(text, shown) end
  return text
end

check.test("what a step prints and how it fails does nothing on a terminal, during the run and after", function()
  for _, one in ipairs(TEXTS) do
    local text, shown, logged = one[1], one[2], one[3] or one[2]
    local project <close> = project_of(text)
    local colour = text:match "^colour\27%[([%d;]+)m"
    local run = shows(project, "run main.lua --name r", logged, colour)
    check.has(run, "failed step fails")
    check.has(run, shown)
    shows(project, "log r", logged, colour)
    shows(project, "log r/fails", logged, colour)
    shows(project, "log -f r/make", logged, colour)
    shows(project, "show r/fails", shown)
    shows(project, "show r/make")
    shows(project, "show name")
    -- a terminal is refused what is no text
    shows(project, "artifact get name", (text:find "%z" or not utf8.len(text)) and "is not text" or shown)
    shows(project, "why fails")
    shows(project, "config main.lua")
    shows(project, "lineage name")
    shows(project, "graph r")
  end
end)

check.test("what the command line and files are called does nothing in messages", function()
  for _, one in ipairs(TEXTS) do
    local text, shown = one[1], one[2]
    if not text:find "\0" then
      local project <close> = project_of "plain"
      project:rille "run main.lua"
      shows(project, "show " .. scratch.quoted(text), shown:sub(1, 60))
      shows(project, "run main.lua --set " .. scratch.quoted(text .. "=1"))
      shows(project, "-e " .. scratch.quoted("error([==[" .. text .. "]==], 0)"), not text:find "\r" and shown or nil)
      if not text:find "/" then
        project:write(text .. ".lua", "local x = = 1")
        shows(project, "run " .. scratch.quoted("./" .. text .. ".lua"))
        shows(project, "run " .. scratch.quoted("./" .. text .. "missing.lua"), shown)
      end
    end
  end
end)

check.test("names of runs and artifacts, and tags, stay in their cells", function()
  for _, one in ipairs(NAMES) do
    local name, shown = one[1], one[2]
    local project <close> = project_of("plain", name)
    local quoted = scratch.quoted(name)
    local text = shows(project, string.format("run main.lua --name %s --tag %s", quoted, quoted), "run " .. shown)
    check.has(text, "failed " .. shown .. " in")
    local runs = shows(project, "runs", shown .. "  failed")
    check.eq(#runs:match "([^\n]*)status", #shown + 2)
    shows(project, "show " .. quoted, shown)
    shows(project, "log " .. quoted .. "/make", "plain")
    shows(project, "artifact list", shown .. "        1  string")
    shows(project, "artifact show " .. quoted, shown)
    shows(project, "artifact tag " .. quoted .. " " .. scratch.quoted("t" .. name), "t" .. shown)
    check.has(shows(project, "artifact get " .. quoted), "plain")
    shows(project, "lineage " .. quoted, shown)
    shows(project, "graph " .. quoted, shown)
    shows(project, "why fails", shown)
    shows(project, "run main.lua --name other")
    shows(project, "diff " .. quoted .. " other", shown)
    shows(project, "verify " .. quoted, shown)
    shows(project, "pipeline show p", "p")
    shows(project, "fsck")
    check.has(project:rille("runs").out, name)
    check.has(project:rille("artifact list").out, name)
    check.has(project:rille("graph " .. quoted).out, shown)
  end
end)

check.test("ends of lines and tabs are escaped in cells and stay in messages", function()
  local project <close> = scratch.new()
  project:write("main.lua", SCRIPT:format("one\n\ttwo", "name", "tag"))
  check.has(shows(project, "run main.lua --name r"), ": one\n        two\n")
  check.has(shows(project, "config main.lua"), "one\\n\\ttwo")
end)

check.test("what a running step says of its progress is shown in its line", function()
  for _, one in ipairs(TEXTS) do
    local project <close> = scratch.new()
    project:write("main.lua", string.format([[
local rille = require "rille"
local s = rille.step "s" { outputs = { rille.types.any "x" }, retries = 1, run = function(_, ctx)
  for k = 1, 5 do
    ctx:progress(k / 10, %q)
    os.execute "sleep 0.15"
  end
  return 1
end }
return rille.pipeline "p" { define = function() s {} end }
]], one[1] .. "\n\tmore"))
    local bytes = on_terminal(project, "run main.lua -j 1")
    -- the region's own lines are drawn from the first column
    check_bytes((bytes:gsub("\r([\27 ])", "%1")), "run")
    check.has(bytes, one[2] .. "\\n\\tmore")
  end
end)

check.test("tests, notes and what log -f shows of a running run do nothing on a terminal", function()
  local text, shown = TEXTS[1][1], TEXTS[1][2]
  local project <close> = project_of(text)
  project:write("x_test.lua",
    string.format('local testing = require "rille.testing"\ntesting.test(%q, function() error(%q) end)\n', text, text))
  shows(project, "test x_test.lua", shown)
  shows(project, "x_test.lua", shown)
  project:write("slow.lua",
    (SCRIPT:format(text, "name", "tag"):gsub("print%(TEXT%)", "print(TEXT) os.execute 'sleep 1'")))
  project:sh('"$RILLE" run slow.lua -j 1 --name slow >/dev/null 2>&1 & n=0; until "$RILLE" log slow -f >pipe '
    .. '2>/dev/null || [ $n -gt 100 ]; do n=$((n + 1)); sleep 0.02; done; wait')
  shows(project, "log slow -f", shown)
end)

check.test("a program's own output and the steps that it runs", function()
  local project <close> = scratch.new()
  project:write("main.lua", [[
local rille = require "rille"
print "own\27[35mcolour\27[0m"
local s = rille.step "s" { outputs = { rille.types.any "x" }, run = function() print "a\27[2Jb\u{202e}" return 1 end }
rille.pipeline "p" { define = function() s {} end }:run {}
]])
  local bytes = on_terminal(project, "main.lua")
  check.has(bytes, "own\27[35mcolour\27[0m")
  check.has(bytes, "a\\x1b[2Jb\\u{202e}")
end)

check.test("in a pipe all bytes are as they are", function()
  for _, one in ipairs(TEXTS) do
    local text = one[1]
    local project <close> = project_of(text)
    local r = project:rille "run main.lua --name r"
    check.eq(r.code, 1, r.err)
    check.has(r.err, "── make ──\n" .. text .. "\n")
    check.has(r.err, "main.lua:7: " .. text)
    check.has(project:rille("log r").out, text .. "\n")
    check.has(project:rille("log -f r/make").out, text .. "\n")
    check.has(project:rille("show r/fails").out, "main.lua:7: " .. text)
    if not text:find "[%z/]" then
      check.has(project:rille("show " .. scratch.quoted(text)).err, "'" .. text:sub(1, 60))
    end
  end
end)

check.test("errors and logs of any bytes are told as JSON", function()
  local project <close> = project_of "bad\xff\xc3bytes"
  local r = project:rille "run main.lua --name r --json"
  check.eq(r.code, 1, r.err)
  local last
  for line in r.out:gmatch "[^\n]+" do
    check.ok(utf8.len(line), line)
    last = require("rille.json").decode(line)
  end
  check.eq(last.event, "run_end")
  for _, arguments in ipairs { "show r", "show r/fails", "log r", "why fails", "diff r r" } do
    r = project:rille(arguments .. " --json")
    check.eq(r.code, 0, arguments .. ": " .. r.err)
    require("rille.json").decode(r.out)
  end
  check.has(project:rille("show r/fails --json").out, "bad\u{FFFD}\u{FFFD}bytes")
end)

check.done()
