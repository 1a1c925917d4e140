-- Signatures of models: recorded with artifacts and versions, shown, repeated on a hit, in keys.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local CHAIN <const> = [[
local preprocess, tree, frame = require "rille.preprocess", require "rille.tree", require "rille.frame"
local f = frame.new { { "age", { 1.0, 2.0, 8.0 } }, { "city", { "Bern", "Chur", "Bern" } } }
local fit = step "fit" { outputs = { t.classifier "model" { kind = "model" } }, run = function()
  return preprocess.chain { preprocess.impute {}, preprocess.one_hot {}, tree }:fit(f, { 0, 0, 1 })
end }
return pipeline "main" { model = rille.model "towns" {}, define = function() fit() end }
]]

check.test("a linked chain's is shown with the version, and is in the JSON of version and artifact", function()
  local p <close> = scratch.script(CHAIN)
  p:ok "run main.lua"
  local out = p:ok "model version show towns"
  check.has(out, "signature    2 columns\n")
  check.has(out, "\n\nsignature  type    missing  seen\nage        f64     allowed  1 to 8\n"
    .. "city       string  no       Bern, Chur\n")
  local want = { input = "frame", columns = { { name = "age", dtype = "f64", missing = true, min = 1.0, max = 8.0 },
    { name = "city", dtype = "string", missing = false, categories = { "Bern", "Chur" } } } }
  check.eq(p:json("model version show towns").signature, want)
  check.eq(p:json("show main::fit::model").metadata.signature, want)
  check.has(p:ok "show main::fit::model", "\nmetadata    signature = 2 columns\n")
end)

local OWN <const> = [[
local Model = {} Model.__index = Model
rille.materializer "own" { class = Model, version = 1, SIGNATURE
  save = function(m, art) art:write("v", tostring(m.v)) end,
  load = function(art) return setmetatable({ v = tonumber(art:read "v") }, Model) end }
local frame = require "rille.frame"
local fit = step "fit" { outputs = { t.any "model" { kind = "model" } }, run = function(_, ctx)
  LOG
  return setmetatable({ v = 1 }, Model)
end }
return pipeline "main" { model = rille.model "own" {}, define = function() fit() end }
]]

local function own(signature, log) return (OWN:gsub("SIGNATURE", signature or ""):gsub("LOG", log or "")) end

local function width(p) return p:json("model version show own").signature end

check.test("a model of a script's own has none, until its materializer says one, whose code is in the key", function()
  local p <close> = scratch.script(own())
  p:ok "run main.lua"
  check.eq(width(p), nil)
  check.eq(p:ok "model version show own":find "signature", nil)
  p:write("main.lua", scratch.HEAD .. own('signature = function(m) return { input = "array", width = 2 } end,'))
  p:ok "run main.lua"
  check.eq(p:statuses(), "fit=completed")
  check.eq(width(p), { input = "array", width = 2, dtype = "f64", missing = false })
  p:ok "run main.lua"
  check.eq(p:statuses(), "fit=cached")
  p:write("main.lua", scratch.HEAD .. own("signature = 3,"))
  check.has(p:rille "run main.lua".err, 'materializer "own": signature must be a function, found 3')
  p:write("main.lua", scratch.HEAD .. own "signature = function(m) return m.v end,")
  check.has(p:rille "run main.lua".err, 'materializer "own": signature: found 1, expected a frame or a matrix')
end)

check.test("what a step logs is repeated on a hit, for the version that the run makes", function()
  local p <close> = scratch.script(own(nil, 'ctx.model:log_signature(frame.new { { "a", { 1.5 } } })'))
  p:ok "run main.lua"
  check.eq(width(p).columns[1].max, 1.5)
  check.eq(p:ok "model version show own":find "metadata", nil)
  p:ok "model version delete own@1 --yes --force"
  p:ok "run main.lua"
  check.eq(p:statuses(), "fit=cached")
  check.eq(p:json("model version show own").number, 2)
  check.eq(width(p).columns[1].max, 1.5)
end)

check.test("mistakes are told where they are made", function()
  local p <close> = scratch.script(own(nil, "ctx.model:log_signature(7)"))
  local err = p:rille "run main.lua".err
  check.has(err, "ctx.model:log_signature: found 7, expected a frame or a matrix like those that the model is given")
  check.has(err, "main.lua:")
  p:write("main.lua", scratch.HEAD .. own(nil, "ctx.model.log_signature(7)"))
  check.has(p:rille "run main.lua".err, "log_signature")
end)

check.done()
