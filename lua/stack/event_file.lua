-- event_file: TensorBoard's event files: records of events, each a message of protocol buffers.
--
--   record  u64le length, u32le masked crc32c of these 8 bytes, the event, u32le masked crc32c of the event
--   Event   1 double wall_time, 2 int64 step, 3 string file_version, 5 Summary, 7 SessionLog { 1 status }
--   Summary 1 Value (repeated)      Value 1 tag, 2 float simple_value, 8 TensorProto, 9 SummaryMetadata
-- An event_file is a list of records whose first says the version of the format.

local hash = require "rille.host.hash"

local event_file = {}

local VERSION <const> = "brain.Event:2"
local VARINT <const>, FIXED64 <const>, BYTES <const>, FIXED32 <const> = 0, 1, 2, 5
local START <const> = 1             -- status of a SessionLog: what is in earlier files from its step on is dropped
local DT_STRING <const> = 7

-- A negative number has ten bytes: it counts as one of 64 bits.
local function varint(v)
  local bytes = {}
  repeat
    local low = v & 0x7f
    v = v >> 7
    bytes[#bytes + 1] = string.char(v ~= 0 and low | 0x80 or low)
  until v == 0
  return table.concat(bytes)
end

local function key(number, kind) return varint(number << 3 | kind) end

local function integer(number, v) return key(number, VARINT) .. varint(v) end
local function double(number, v) return key(number, FIXED64) .. string.pack("<d", v) end
local function float(number, v) return key(number, FIXED32) .. string.pack("<f", v) end
local function bytes(number, v) return key(number, BYTES) .. varint(#v) .. v end

local function record(payload)
  local length = string.pack("<I8", #payload)
  return length .. string.pack("<I4", hash.crc32c(length)) .. payload .. string.pack("<I4", hash.crc32c(payload))
end

-- The first record of every file.
---@param time number seconds since 1970
---@return string
function event_file.version(time) return record(double(1, time) .. bytes(3, VERSION)) end

-- A writer begins anew: readers drop what earlier files of the folder have from this step on.
---@param time number
---@param step integer
---@return string
function event_file.restart(time, step)
  return record(double(1, time) .. integer(2, step) .. bytes(7, integer(1, START)))
end

local function summary(time, step, value)
  return record(double(1, time) .. integer(2, step) .. bytes(5, bytes(1, value)))
end

-- A number at a step.
---@param time number
---@param step integer
---@param tag string
---@param value number
---@return string
function event_file.scalar(time, step, tag, value) return summary(time, step, bytes(1, tag) .. float(2, value)) end

-- A text, in Markdown, for the page "Text".
---@param time number
---@param step integer
---@param tag string
---@param text string
---@return string
function event_file.text(time, step, tag, text)
  local shape = bytes(2, bytes(2, integer(1, 1)))                   -- one dimension, of one element
  local tensor = integer(1, DT_STRING) .. shape .. bytes(8, text)
  local metadata = bytes(1, bytes(1, "text"))                       -- for the plugin of that name
  return summary(time, step, bytes(1, tag) .. bytes(8, tensor) .. bytes(9, metadata))
end

return event_file
