-- neighbours.lua -- the pipeline of native_step.cc, whose two steps and whose type "neighbours" are written in C++.

local rille = require "rille"
local csv, split = require "rille.csv", require "rille.split"
local t = rille.types

local load_digits = rille.step "load_digits" {
  outputs = { t.matrix "X_train", t.matrix "X_test", t.vector "y_train", t.vector "y_test" },
  run = function()
    local f = csv.read "../data/digits.csv"
    return split.train_test(f:drop { "label" }:to_matrix(), f:column "label", { test_size = 0.2, shuffle = false })
  end,
}

-- A step in Lua may take what one in C++ has made, too.
local accuracy = rille.step "accuracy" {
  inputs = { t.vector "labels", t.vector "y_test" },
  outputs = { t.number "share" },
  run = function(labels, y) return labels:eq(y):mean() end,
}

rille.pipeline "digits" {
  params = { k = 3 },
  define = function(p)
    local data = load_digits()
    local model = rille.steps.learn { X = data.X_train, y = data.y_train }
    accuracy { rille.steps.classify { model = model, X = data.X_test, k = p.k }, data }
  end,
}
