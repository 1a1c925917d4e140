-- check.lua -- tests that read as sentences.
--
--   package.path = "../lib/?.lua;" .. package.path         -- from the test's folder
--   local check = require "check"
--   check.test("an empty list has no sum", function()
--     check.eq(sum {}, 0)
--     check.raises(function() sum(1) end, "expected a table")
--   end)
--   check.skip("numpy's sums are ours", "numpy is not installed")
--   check.test("a terminal has colours", function()
--     if not terminal then check.cannot "there are no pseudo-terminals here" end
--   end)
--   check.done()               -- prints "N passed, N failed[, N skipped]" and leaves
--
-- RILLE_ONLY=text runs only the tests whose name contains the text.  No such test is a
-- failure, but under tests/run, which goes through many files.

local only = os.getenv "RILLE_ONLY"
if only == "" then only = nil end

local function wanted(name) return not only or name:find(only, 1, true) ~= nil end

local check = { passed = 0, failed = 0, skipped = 0 }

local function show(v)
  if type(v) == "string" then return string.format("%q", v) end
  if type(v) == "number" and math.type(v) == "float" then return string.format("%.17g (float)", v) end
  if type(v) ~= "table" then return tostring(v) end
  local parts = {}
  for k, x in pairs(v) do parts[#parts + 1] = tostring(k) .. "=" .. show(x) end
  table.sort(parts)
  return "{" .. table.concat(parts, ", ") .. "}"
end

-- Deep equality; 1 and 1.0 differ, NaN equals NaN.
local function same(a, b)
  if type(a) ~= type(b) then return false end
  if type(a) == "number" then
    return math.type(a) == math.type(b) and (a == b or (a ~= a and b ~= b))
  end
  if type(a) ~= "table" then return a == b end
  if rawequal(a, b) then return true end
  for k, v in pairs(a) do if not same(v, b[k]) then return false end end
  for k in pairs(b) do if a[k] == nil then return false end end
  return true
end

function check.eq(got, want, what)
  if not same(got, want) then
    error(string.format("%sgot %s, want %s", what and what .. ": " or "", show(got), show(want)), 2)
  end
end

function check.ok(v, what) if not v then error(what or "not so", 2) end return v end

-- text occurs in s (plain)
function check.has(s, text)
  if not tostring(s):find(text, 1, true) then error(string.format("%q does not contain %q", tostring(s), text), 2) end
end

-- fn raises an error whose message contains text (plain); returns the message
function check.raises(fn, text)
  local ok, message = pcall(fn)
  if ok then error("no error was raised", 2) end
  if text and not tostring(message):find(text, 1, true) then
    error(string.format("the error %q does not contain %q", tostring(message), text), 2)
  end
  return tostring(message)
end

function check.test(name, fn)
  if not wanted(name) then return end
  local ok, message = xpcall(fn, debug.traceback)
  if ok then check.passed = check.passed + 1
  elseif type(message) == "table" and message.skip then check.skip(name, message.skip)
  else check.failed = check.failed + 1; print("FAILED " .. name .. "\n  " .. tostring(message)) end
end

-- Within a test: this machine cannot try it, and why.
function check.cannot(why) error({ skip = why }, 0) end

-- What this machine cannot try, and why: counted and said.
function check.skip(name, why)
  if not wanted(name) then return end
  check.skipped = check.skipped + 1
  print("SKIPPED " .. name .. ": " .. why)
end

function check.done()
  if check.passed + check.failed + check.skipped == 0 and not os.getenv "RILLE_SUITE" then
    print(only and string.format("no test's name contains %q", only) or "there is no test")
    check.failed = 1
  end
  local skipped = check.skipped > 0 and ", " .. check.skipped .. " skipped" or ""
  print(string.format("%d passed, %d failed%s", check.passed, check.failed, skipped))
  os.exit(check.failed == 0, true)
end

return check
