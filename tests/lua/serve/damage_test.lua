-- Whatever a client sends: a 2xx or a 4xx with the one form of error, never a 500, never an error out of the handler.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local csv = require "rille.csv"
local json = require "rille.json"
local served = require "served"

local mixed <const>, seen <const> = served.mixed()
local ROUNDS <const> = 300 * math.max(1, (tonumber(os.getenv "RILLE_ROUNDS") or 0) // 100)

local state = math.tointeger(tonumber(os.getenv "RILLE_SEED")) or 20261122
local function draw(n)
  state = state * 6364136223846793005 + 1442695040888963407
  return (state >> 33) % n + 1
end

local PIECES <const> = { "{", "}", "[", "]", ",", ":", '"', "\\", "null", "NaN", "true", "1e308", "-", "1.5", "0", "\0",
  "\xff", "\n", "\r", ";", "9007199254740993", '"age"', '"instances"', "[[[[[[[[[", '{"a":', "\\ud800", ",,", "\t", "'",
  "\x93NUMPY", "(1,", "99999999999999999999", "-1", "4294967295" }

local changes = {
  function(s) return s:sub(1, draw(#s + 1) - 1) end,
  function(s) return s:sub(draw(#s + 1)) end,
  function(s)
    local at = draw(#s + 1)
    return s:sub(1, at - 1) .. PIECES[draw(#PIECES)] .. s:sub(at + draw(3) - 2)
  end,
  function(s)
    local at = draw(#s + 1)
    return s:sub(1, at - 1) .. string.char(draw(256) - 1) .. s:sub(at + 1)
  end,
  function(s)
    local a, b = draw(#s + 1), draw(#s + 1)
    return s:sub(1, a) .. s:sub(b)
  end,
  -- a whole token for another
  function(s)
    local n, k = draw(40), 0
    return (s:gsub("[%w%.]+", function()
      k = k + 1
      return k == n and PIECES[draw(#PIECES)] or nil
    end))
  end,
}

local function fine(status, answer, what)
  if status >= 200 and status < 300 then return end
  check.ok(status >= 400 and status < 500, what)
  check.ok(type(answer.error) == "string" and answer.error == answer.message and answer.error_code, what)
  check.ok(not answer.error:find "traceback" and not answer.error:find "%.lua:%d", answer.error)
end

local function survive(name, body, more, model)
  check.test(name, function()
    check.eq((served.ask(model or mixed, body, more)), 200)
    local refused = 0
    for _ = 1, ROUNDS do
      local text = body
      for _ = 1, draw(3) do text = changes[draw(#changes)](text) end
      local status, answer = served.ask(model or mixed, text, more)
      fine(status, answer, string.format("%d for %q", status, text))
      if status ~= 200 then refused = refused + 1 end
    end
    check.ok(refused > ROUNDS // 4, refused)
  end)
end

local rows, records = {}, {}
for row in seen:each() do
  row.age = row.age == row.age and row.age or json.null
  row.city = row.city ~= "" and row.city or json.null
  records[#records + 1] = row
  rows[#rows + 1] = { row.age, row.rooms, row.member, row.city, row.grade }
end

survive("damage to records never gives a 500",
  json.encode { dataframe_records = records, params = { proba = true } })
survive("damage to split never gives a 500",
  json.encode { dataframe_split = { columns = seen.columns, data = rows, index = { 1, 2, 3, 4, 5, 6 } } })
survive("damage to instances never gives a 500",
  json.encode { instances = rows })
survive("damage to bare row never gives a 500",
  json.encode(records[1]))
survive("damage to inputs never gives a 500",
  json.encode { inputs = { age = { 1 }, rooms = { 2 }, member = { true }, city = { "Bern" },
  grade = { "a" } } })
survive("damage to CSV never gives a 500",
  csv.encode(seen), { type = "text/csv" })
survive("damage to .npy never gives a 500",
  array.tonpy(array.random({ 5, 3 }, 1)), { type = "application/x-npy" }, served.matrix(3))

local tensors = served.tensors(seen:fill_missing { age = 1 })
survive("damage to tensors never gives a 500",
  json.encode { id = "1", inputs = tensors, outputs = { { name = "predict_proba" } } },
  { path = "/v2/models/mixed/infer" })

local bytes = string.pack("<dddddd", 1, 2, 3, 4, 5, 6)
local head = json.encode { inputs = { { name = "x", shape = { 2, 3 }, datatype = "FP64",
  parameters = { binary_data_size = #bytes } } }, parameters = { binary_data_output = true } }
survive("damage to tensors as bytes never gives a 500",
  head .. bytes, { path = "/v2/models/own/infer", headers = {
  ["inference-header-content-length"] = tostring(#head) } }, served.matrix(3))

check.test("paths, headers and queries of any bytes are answered", function()
  for _ = 1, ROUNDS do
    local function junk() return PIECES[draw(#PIECES)] .. string.char(draw(256) - 1) .. PIECES[draw(#PIECES)] end
    local paths = { "/predict", "/v2/models/mixed/infer", "/v2/models/" .. junk(), "/v2/" .. junk(), "/" .. junk(),
      "/v2/models/mixed/versions/" .. junk() .. "/infer" }
    local status, answer = served.ask(mixed, junk(), { path = paths[draw(#paths)], type = junk(),
      method = draw(2) == 1 and "GET" or "POST", query = { proba = junk() },
      headers = { ["inference-header-content-length"] = junk() } })
    fine(status, answer, status .. " " .. tostring(answer.error))
  end
  -- what is ignored is named in a header
  for _ = 1, ROUNDS do
    local row = { rooms = 1, member = true, age = 1, city = "a", grade = "a" }
    for _ = 1, draw(3) do row[(utf8.char(draw(300) - 1) .. PIECES[draw(10)]):rep(draw(3) - 1)] = 1 end
    local status, _, headers = served.ask(mixed, row)
    check.eq(status, 200)
    local v = headers["X-Rille-Ignored"]
    check.ok(v:find "%S" and not v:find "[^\x20-\x7e]" and not v:find "^%s" and not v:find "%s$", v)
  end
end)

check.done()
