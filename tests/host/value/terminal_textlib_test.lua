-- terminal_textlib_test.lua -- text from outside does nothing on a terminal but take columns.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local terminal_text = require "rille.host.terminal_text"

check.test("printable text, line ends and tabs stay as they are", function()
  for _, text in ipairs { "", "plain", "a\nb\tc\n", "größer → 表 👩‍👩‍👧 e\u{301}", "C:\\new\\x1b", "\n\n" } do
    check.eq(terminal_text.lines(text), text)
  end
  check.eq(terminal_text.lines "one\r\ntwo\r\n", "one\ntwo\n")
end)

check.test("controls, sequences and bytes that are not UTF-8 are shown escaped", function()
  check.eq(terminal_text.lines "a\27[2Jb\27]0;t\7\b\127\0", "a\\x1b[2Jb\\x1b]0;t\\x07\\x08\\x7f\\x00")
  check.eq(terminal_text.lines "50%\r60%", "50%\\r60%")
  check.eq(terminal_text.lines "\u{9b}2J\u{80}\u{9f}", "\\u{9b}2J\\u{80}\\u{9f}")
  check.eq(terminal_text.lines "a\u{202e}b\u{2066}c\u{2069}\u{2028}\u{2029}",
    "a\\u{202e}b\\u{2066}c\\u{2069}\\u{2028}\\u{2029}")
  check.eq(terminal_text.lines "\xff\xc3\xe2\x82\xf0\x9f\x98\x9b\xed\xa0\x80",
    "\\xff\\xc3\\xe2\\x82\xf0\x9f\x98\x9b\\xed\\xa0\\x80")
end)

check.test("every byte and every control character of Unicode comes out printable", function()
  local function is_fine(text)
    return utf8.len(text) and not text:find "[\0-\8\11-\31\127]" and not text:find "\xc2[\x80-\x9f]"
      and not text:find "\xe2\x80[\xa8-\xae]" and not text:find "\xe2\x81[\xa6-\xa9]"
  end
  for a = 0, 255 do
    for b = 0, 255 do
      local text = string.char(a, b)
      for _, form in ipairs { "lines", "line", "log" } do
        local shown = terminal_text[form](text)
        if not is_fine(shown) or form == "line"
          and shown:find "%c" then error(string.format("%s %q gives %q", form, text, shown)) end
      end
    end
  end
  for code = 0x80, 0x3000 do check.ok(is_fine(terminal_text.lines(utf8.char(code))), string.format("U+%04X", code)) end
end)

check.test("a line has no ends of lines and no tabs", function()
  check.eq(terminal_text.line "a\nb\tc\r\n", "a\\nb\\tc\\r\\n")
end)

check.test("only a sequence of rille's own goes out", function()
  local red, off = terminal_text.sequence "[31m", terminal_text.sequence "[0m"
  check.eq(terminal_text.lines(red .. "x\27[32my" .. off), "\27[31mx\\x1b[32my\27[0m")
  check.ok(not terminal_text.line(red .. "x"):find "\27")
  check.eq(terminal_text.lines(red:sub(1, -6)):sub(1, 4), "\\x1b")
end)

-- As put writes what a step printed.
local function logged(text) return terminal_text.lines(terminal_text.log(text)) end

check.test("of what a step prints the colours stay and end with their line", function()
  check.eq(logged "plain\n", "plain\n")
  check.eq(logged "\27[1;31mred\nnot\n", "\27[1;31mred\27[0m\nnot\n")
  check.eq(logged "\27[38:5:1mred", "\27[38:5:1mred\27[0m")
  check.eq(logged "\27[31mred\27[?25l\n", "\27[31mred\\x1b[?25l\27[0m\n")
  check.eq(logged("\27[" .. ("1;"):rep(4000) .. "m"):sub(1, 9), "\\x1b[1;1;")
  check.eq(logged "\27[31\n", "\\x1b[31\n")
  check.eq(logged "\27[2J\27]0;title\7a\1b\7\bc\u{9b}d\n", "\\x1b[2J\\x1b]0;title\\x07a\\x01b\\x07\\x08c\\u{9b}d\n")
end)

check.test("of a line that carriage returns wrote over the last state is shown", function()
  check.eq(logged "10%\r20%\r100%\ndone\r\n", "100%\ndone\n")
  check.eq(logged "10%\r20%\r\r", "20%")
  check.eq(logged "\r\n\r", "\n")
end)

check.test("rille's own Lua writes for people by terminal_text.put and terminal_text.say alone", function()
  local p = assert(io.popen("cd '" .. paths.root
    .. "' && grep -nE '(io[.](stdout|stderr):write|io[.]write|[^_.:a-z]print) *[(]' -r "
    .. "lua materializers stdlib --include=*.lua --exclude-dir=topics"))
  local found, json = {}, 0
  for line in p:lines() do
    if line:find "io%.stdout:write%([%w_]+%.json" then json = json + 1
    elseif not line:find("^lua/base/terminal%.lua:") and not line:find "^lua/base/method_synonyms%.lua:"
      and not line:find("progress.screen(", 1, true)
      and not line:find "^[^:]+:%d+:%s*%-%-" then found[#found + 1] = line end
  end
  p:close()
  check.ok(json > 0, "the lines that write JSON")
  check.eq(table.concat(found, "\n"), "")
end)

check.done()
