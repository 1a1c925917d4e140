-- damage.lua -- every cut and many changes of a model's dump: an error or a model
-- that can be used, never a crash.
--
--   damage.check(module.load, "linear.load", dump, use)      use(m): predicts and the like

local check = require "check"

local damage = {}

local function survives(load, who, bytes, use)
  local ok, m = pcall(load, bytes)
  if not ok then
    check.has(m, who .. ": ")
    return false
  end
  use(m)
  check.eq(#m:dump(), #bytes)
  return true
end

local function replaced(bytes, at, byte) return bytes:sub(1, at - 1) .. string.char(byte) .. bytes:sub(at + 1) end

function damage.check(load, who, bytes, use)
  local state = #bytes
  local function draw(n)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n + 1
  end
  for n = 0, #bytes - 1, math.max(1, #bytes // 500) do check.ok(not survives(load, who, bytes:sub(1, n), use), n) end
  check.ok(not survives(load, who, bytes .. "\0", use), "a byte too many")
  for _ = 1, 1000 do survives(load, who, replaced(bytes, draw(#bytes), draw(256) - 1), use) end
  for at = 1, math.min(#bytes, 100) do               -- the head, where the sizes are
    for _, byte in ipairs { 0, 1, 127, 128, 255 } do survives(load, who, replaced(bytes, at, byte), use) end
  end
  for at = 1, math.min(#bytes - 4, 100) do           -- sizes out of all proportion
    survives(load, who, bytes:sub(1, at - 1) .. "\xfe\xff\xff\x7f" .. bytes:sub(at + 4), use)
  end
end

return damage
