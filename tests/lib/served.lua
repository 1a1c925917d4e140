-- served.lua -- models as a server has them, without a store, and requests to them.
--
--   local model = served.mixed()
--   local status, body, headers = served.ask(model, { ... })              a table is sent as JSON
--   served.ask(model, text, { type = "text/csv", path = "/invocations", method =, headers =, query =, options = })

local array = require "rille.array"
local csv = require "rille.csv"
local dialects = require "rille.serve.dialects"
local frame = require "rille.frame"
local json = require "rille.json"
local linear = require "rille.linear"
local paths = require "paths"
local preprocess = require "rille.preprocess"
local served_model = require "rille.serve.served_model"

local served = {}

-- A chain of numbers, integers, booleans and strings: missing values of "age" and "city" are filled.
function served.mixed()
  local f = frame.new { { "age", { 20.0, 30.5, 0 / 0, 50.0, 60.0, 70.0 } }, { "rooms", { 1, 2, 3, 4, 5, 6 } },
    { "member", { true, false, true, false, true, true } }, { "city", { "Bern", "Chur", "", "Bern", "Chur", "Basel" } },
    { "grade", { "a", "b", "a", "b", "a", "b" } } }
  local chain = preprocess.chain { preprocess.impute { "age" }, preprocess.one_hot { "city", unknown = "ignore" },
    preprocess.one_hot { "grade" }, preprocess.cast { "member", to = "number" }, preprocess.scale { "age", "rooms" },
    { linear.Logistic, C = 10 } }:fit(f, { 0, 1, 0, 1, 0, 1 })
  return served_model.of { model = "mixed", number = 7, stage = "production", value = chain,
    signature = chain.signature }, f
end

-- Logistic regression on scaled figures, fitted on the first 455 rows; the rest, and their target.
function served.cancer()
  local f = csv.read(paths.root .. "/examples/data/breast_cancer.csv")
  local X, y = f:drop { "target" }, f:column "target"
  local chain = preprocess.chain { preprocess.scale {}, { linear.Logistic, C = 1, tolerance = 1e-10 } }
    :fit(X:rows(1, 455), y:slice(1, 455))
  return served_model.of { model = "cancer", number = 3, value = chain, signature = chain.signature }, X:rows(456, 569),
    y:slice(456, 569), chain
end

-- A model of the script's own, which sees what run(X) is given and predicts what that returns.
function served.own(signature, run)
  local model = { predict = function(_, X) return run(X) end }
  return served_model.of { model = "own", number = 1, value = model, signature = signature, own = signature }
end

-- One that takes a matrix.
function served.matrix(width, run)
  return served.own({ input = "array", width = width, dtype = "f64", missing = false },
    run or function(X) return X:sum(2) end)
end

function served.ask(model, body, more)
  more = more or {}
  local headers = { ["content-type"] = more.type or "application/json" }
  for k, v in pairs(more.headers or {}) do headers[k] = v end
  if type(body) == "table" then body = json.encode(body) end
  local request = { method = more.method or "POST", path = more.path or "/predict", query = more.query or {},
    headers = headers, body = body or "" }
  local status, sent, text, info = dialects.answer(model, request, more.options)
  local is_json = sent["Content-Type"] == "application/json"
  return status, is_json and json.decode(text) or text, sent, info, text
end

-- A frame as columns of the protocol's tensors.
function served.tensors(f)
  local list = {}
  for i, name in ipairs(f.columns) do
    local c = f.data[name]
    local kind = array.is(c) and c.dtype or "string"
    list[i] = { name = name, shape = { f.n_rows }, data = json.array(array.is(c) and c:totable() or c),
      datatype = ({ f64 = "FP64", i64 = "INT64", bool = "BOOL", string = "BYTES" })[kind] }
  end
  return list
end

return served
