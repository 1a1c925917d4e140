-- text_width_test.lua -- texts cut to bytes and columns: rille.base.text_width.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local text_width = require "rille.base.text_width"

check.test("a text that is cut by bytes ends and begins with whole characters", function()
  for _, c in ipairs { "x", "é", "€", "\u{1F600}" } do
    for lead = 0, 5 do
      local text = ("x"):rep(lead) .. c:rep(40)
      for most = 3, 30 do
        for _, part in ipairs { text_width.head(text, most), text_width.tail(text, most),
          text_width.shorten(text, most) } do
          check.ok(utf8.len(part), part)
          check.ok(#part <= most and #part > most - 4, part)
        end
      end
    end
  end
  check.eq({ text_width.head("aéb", 3), text_width.head("aéb", 2), text_width.head("é", 1) }, { "aé", "a", "" })
  check.eq({ text_width.shorten("abcdef", 6), text_width.shorten("abcdefg", 6) }, { "abcdef", "abc..." })
end)

check.test("bytes that are no UTF-8 are cut as bytes", function()
  check.eq({ #text_width.head(("\x80"):rep(9), 7), #text_width.tail(("\x80"):rep(9), 7) }, { 7, 7 })
end)

check.done()
