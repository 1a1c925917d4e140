-- uuid: UUIDs of version 5 (RFC 9562): the same name has the same UUID everywhere.

local uuid = {}

-- The namespace of names that are URLs and URNs.
local NAMESPACE <const> = "\x6b\xa7\xb8\x11\x9d\xad\x11\xd1\x80\xb4\x00\xc0\x4f\xd4\x30\xc8"

local function rotated(x, n) return (x << n | x >> (32 - n)) & 0xffffffff end

-- The words of a block of SHA-1, extended to 80.
local function words_of(text, at)
  local w = { string.unpack(">" .. ("I4"):rep(16), text, at) }
  for i = 17, 80 do w[i] = rotated(w[i - 3] ~ w[i - 8] ~ w[i - 14] ~ w[i - 16], 1) end
  return w
end

local function mix(i, b, c, d)
  if i <= 20 then return b & c | ~b & 0xffffffff & d, 0x5a827999 end
  if i <= 40 then return b ~ c ~ d, 0x6ed9eba1 end
  if i <= 60 then return b & c | b & d | c & d, 0x8f1bbcdc end
  return b ~ c ~ d, 0xca62c1d6
end

local function add_block(h, w)
  local a, b, c, d, e = table.unpack(h)
  for i = 1, 80 do
    local f, k = mix(i, b, c, d)
    a, b, c, d, e = (rotated(a, 5) + f + e + k + w[i]) & 0xffffffff, a, rotated(b, 30), c, d
  end
  for i, v in ipairs { a, b, c, d, e } do h[i] = (h[i] + v) & 0xffffffff end
end

-- The SHA-1 of a text, 20 bytes; no check value of ours, but part of how UUIDs are made.
---@param text string
---@return string
function uuid.sha1(text)
  local padded = text .. "\x80" .. ("\0"):rep((55 - #text) % 64) .. string.pack(">I8", 8 * #text)
  local h = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 }
  for at = 1, #padded, 64 do add_block(h, words_of(padded, at)) end
  return string.pack(">I4I4I4I4I4", table.unpack(h))
end

-- The UUID of a URL or URN.
---@param name string
---@return string "2ed6657d-e927-568b-95e1-2665a8aea6a2"
function uuid.v5(name)
  local a, b, c, d, e = string.unpack(">I4I2I2I2c6", uuid.sha1(NAMESPACE .. name))
  return string.format("%08x-%04x-%04x-%04x-%s", a, b, c & 0x0fff | 0x5000, d & 0x3fff | 0x8000,
    (e:gsub(".", function(byte) return string.format("%02x", byte:byte()) end)))
end

return uuid
