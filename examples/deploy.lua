-- A model that is served: training asks for a deployment of the version that it makes, inference predicts over HTTP
-- with what is deployed, and in memory where nothing is.
--
--   cd examples
--   rille deploy.lua                     trains, serves, predicts, and stops the server
--   rille run deploy.lua training        and now the server stays:
--   rille deploy status wine
--   rille run deploy.lua inference       over HTTP
--   rille deploy stop wine
--   rille run deploy.lua inference       in memory, and says so

local rille = require "rille"
local array, csv, deployment = require "rille.array", require "rille.csv", require "rille.deployment"
local preprocess, svm = require "rille.preprocess", require "rille.svm"
local step, pipeline, t = rille.step, rille.pipeline, rille.types

local load_wine = step "load_wine" {
  outputs = { t.frame "trained_on", t.frame "asked" },
  run = function()
    local wine = csv.read "data/wine.csv"
    local order = array.random(#wine, 42):argsort()
    return wine:take(order:slice(9, #wine)), wine:take(order:slice(1, 8)):drop { "target" }
  end,
}

-- A chain is given raw rows, and has their signature: it can be served as it is.
local train = step "train" {
  inputs = { t.frame "trained_on" }, outputs = { t.transformer "model" { kind = "model" } },
  run = function(rows)
    local chain = preprocess.chain { preprocess.scale {}, svm.SVC }
    return chain:fit(rows:drop { "target" }, rows:column "target")
  end,
}

-- The server starts when the run is committed: it serves the version that the run makes.
local deploy = step "deploy" {
  inputs = { t.transformer "model" }, outputs = { t.deployment "served" { kind = "deployment" } },
  run = function(_, _, ctx) return ctx:deploy(ctx.model, { name = "wine" }) end,
}

local predict = step "predict" {
  inputs = { t.frame "asked", t.deployment "served", t.transformer "model" },
  outputs = { t.vector "kinds", t.string "by" },
  run = function(asked, served, model)
    local kinds, answer = served:predict_or(function(rows) return model:predict(rows) end, asked)
    return kinds, answer.by
  end,
}

local training = pipeline "training" {
  model = rille.model "wine" { description = "kinds of wine by their chemistry" },
  define = function() deploy { model = train { trained_on = load_wine().trained_on } } end,
}

local inference = pipeline "inference" {
  define = function()
    predict { asked = rille.external { pipeline = "training", artifact = "load_wine::asked" },
      served = deployment.named "wine", model = rille.external { model_artifact = "model", model = "wine" } }
  end,
}

if rille.main() then
  training:run {}
  local run = inference:run {}
  local outputs = run.steps.predict.outputs
  print("kinds " .. table.concat(outputs.kinds:load():totable(), " ") .. ", by " .. outputs.by:load())
  deployment.named("wine"):stop()
end
