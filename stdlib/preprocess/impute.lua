-- impute: a value in the place of missing ones.  What is learned of a column is { value = v }.

local column = require "rille.frame.column"
local columns = require "rille.preprocess.columns"
local errors = require "rille.base.errors"
local values = require "rille.preprocess.values"

local STRATEGIES <const> = { "mean", "median", "most_frequent", "constant" }
local NUMBERS <const> = { number = true }
local BOTH <const> = { number = true, string = true }

local impute = {
  name = "impute",
  hint = { string = 'strategy = "most_frequent", or "constant" with a string as value, takes strings',
    boolean = "booleans are never missing" },
  options = {
    strategy = { kind = "choice", values = STRATEGIES, what = "a strategy", default = "mean" },
    value = { kind = "cell" },
  },
}

function impute.check(who, o)
  if o.strategy == "constant" and o.value == nil then
    errors.raise('%s: strategy = "constant" wants the value: value = 0', who)
  elseif o.strategy ~= "constant" and o.value ~= nil then
    errors.raise('%s: value is for strategy = "constant", not for "%s"', who, o.strategy)
  end
  if o.value == "" or o.value ~= o.value then errors.raise("%s: value is itself a missing value", who) end
end

-- What becomes of a missing value (seen.lua).
function impute.missing() return "filled" end

-- Kinds of columns that it takes.
function impute.kinds(o)
  if o.strategy == "most_frequent" then return BOTH end
  return o.strategy == "constant" and { [type(o.value)] = true } or NUMBERS
end

local learn = {}

function learn.mean(who, name, c) return columns.values(who, name, c):mean() end
function learn.median(who, name, c) return columns.values(who, name, c):quantile(0.5) end

-- Of equally frequent ones the smallest.
function learn.most_frequent(who, name, c)
  if columns.kind(c) == "number" then c = columns.floats(who, name, c) end
  local best = values.most_frequent(c)
  if best == nil then
    errors.raise('%s: column "%s" has no values; drop it, or impute { "%s", strategy = "constant", value = ... }', who,
      name, name)
  end
  return best
end

function impute.learn(who, name, c, o)
  if o.strategy == "constant" then return { value = o.value } end
  return { value = learn[o.strategy](who, name, c) }
end

function impute.apply(who, name, c, learned)
  if columns.kind(c) == "number" then c = columns.floats(who, name, c) end
  return { column.fill(name, c, learned.value) }
end

return impute
