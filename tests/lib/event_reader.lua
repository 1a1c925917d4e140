-- event_reader: event files of TensorBoard, read from the description of the format alone: records, their sums, and
-- the fields of the events.
--
--   event_reader.events(bytes) -> { { time, step, version?, status?, values = { { tag, number?, text?, plugin? } } } }
--   event_reader.payloads(bytes) -> the messages, for protoc --decode_raw
-- A wrong sum, or an end in the middle of a record, is an error.

local event_reader = {}

local TABLE = {}
for n = 0, 255 do
  local c = n
  for _ = 1, 8 do c = (c & 1 == 1) and (0x82f63b78 ~ (c >> 1)) or (c >> 1) end
  TABLE[n] = c
end

local function sum(bytes)
  local c = 0xffffffff
  for i = 1, #bytes do c = TABLE[(c ~ bytes:byte(i)) & 0xff] ~ (c >> 8) end
  c = c ~ 0xffffffff
  return ((c >> 15 | c << 17 & 0xffffffff) + 0xa282ead8) & 0xffffffff
end

function event_reader.payloads(bytes)
  local list, at = {}, 1
  while at <= #bytes do
    local head = bytes:sub(at, at + 7)
    local length, sum_of_length = string.unpack("<I8I4", bytes, at)
    assert(sum(head) == sum_of_length, "the sum of a length is wrong at byte " .. at)
    local payload = bytes:sub(at + 12, at + 11 + length)
    assert(#payload == length, "the file ends in a record")
    assert(sum(payload) == string.unpack("<I4", bytes, at + 12 + length), "the sum of a record is wrong at byte " .. at)
    list[#list + 1] = payload
    at = at + 16 + length
  end
  return list
end

local function varint(bytes, at)
  local v, shift = 0, 0
  repeat
    local b = bytes:byte(at)
    v, shift, at = v | (b & 0x7f) << shift, shift + 7, at + 1
  until b < 0x80
  return v, at
end

-- { { number, value }... } of a message.
local function fields(bytes)
  local list, at = {}, 1
  while at <= #bytes do
    local key, value
    key, at = varint(bytes, at)
    local kind = key & 7
    if kind == 0 then value, at = varint(bytes, at)
    elseif kind == 1 then value, at = string.unpack("<d", bytes, at)
    elseif kind == 5 then value, at = string.unpack("<f", bytes, at)
    else
      assert(kind == 2, "a kind of field that no event has")
      local n
      n, at = varint(bytes, at)
      value, at = bytes:sub(at, at + n - 1), at + n
    end
    list[#list + 1] = { key >> 3, value }
  end
  return list
end

local function only(bytes, number)
  for _, field in ipairs(fields(bytes)) do if field[1] == number then return field[2] end end
end

local function value_of(bytes)
  local tensor, metadata = only(bytes, 8), only(bytes, 9)
  return { tag = only(bytes, 1), number = only(bytes, 2), text = tensor and only(tensor, 8),
    plugin = metadata and only(only(metadata, 1), 1) }
end

function event_reader.events(bytes)
  local events = {}
  for i, payload in ipairs(event_reader.payloads(bytes)) do
    local event = { step = 0, values = {} }
    for _, field in ipairs(fields(payload)) do
      local number, v = field[1], field[2]
      if number == 1 then event.time = v
      elseif number == 2 then event.step = v
      elseif number == 3 then event.version = v
      elseif number == 7 then event.status = only(v, 1)
      elseif number == 5 then
        for _, one in ipairs(fields(v)) do event.values[#event.values + 1] = value_of(one[2]) end
      end
    end
    events[i] = event
  end
  return events
end

return event_reader
