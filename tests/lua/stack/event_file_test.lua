-- Event files of TensorBoard: their bytes, and what an independent reader and protoc find in them.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local event_file = require "rille.stack.event_file"
local event_reader = require "event_reader"
local sys = require "rille.host.sys"

check.test("the first record is that of the published format, to the byte", function()
  local hex = event_file.version(1.0):gsub(".", function(c) return string.format("%02x", c:byte()) end)
  check.eq(hex, "1800000000000000a37f4b2209000000000000f03f1a0d627261696e2e4576656e743a3286bf577a")
end)

check.test("an independent reader finds version, restart, numbers and texts", function()
  local bytes = event_file.version(5) .. event_file.restart(5.5, 3) .. event_file.scalar(6.25, 300, "train/loss", 0.5)
    .. event_file.scalar(7, -1, "é", 0 / 0) .. event_file.text(8, 0, "parameters", ("x"):rep(300))
  local events = event_reader.events(bytes)
  check.eq({ #events, events[1].version, events[1].time }, { 5, "brain.Event:2", 5.0 })
  check.eq({ events[2].status, events[2].step }, { 1, 3 })
  check.eq({ events[3].time, events[3].step }, { 6.25, 300 })
  check.eq(events[3].values, { { tag = "train/loss", number = 0.5 } })
  check.eq({ events[4].step, events[4].values[1].tag, events[4].values[1].number ~= events[4].values[1].number },
    { -1, "é", true })
  check.eq(events[5].values, { { tag = "parameters", text = ("x"):rep(300), plugin = "text" } })
end)

check.test("a changed byte is seen", function()
  local bytes = event_file.scalar(1, 1, "a", 1)
  for i = 1, #bytes do
    local wrong = bytes:sub(1, i - 1) .. string.char(bytes:byte(i) ~ 16) .. bytes:sub(i + 1)
    check.ok(not pcall(event_reader.events, wrong), "byte " .. i)
  end
end)

check.test("protoc reads the messages", function()
  if not os.execute "command -v protoc >/dev/null" then check.cannot "protoc is not installed" end
  local path = os.tmpname()
  assert(sys.write_file(path, event_reader.payloads(event_file.scalar(1.0, 7, "loss", 0.5))[1]))
  local pipe <close> = io.popen("protoc --decode_raw <" .. path)
  local text = pipe:read "a"
  os.remove(path)
  check.eq(text, '1: 0x3ff0000000000000\n2: 7\n5 {\n  1 {\n    1: "loss"\n    2: 0x3f000000\n  }\n}\n')
end)

check.done()
