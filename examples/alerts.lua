-- Messages to people: when a step fails, when a number is worth a look, when the run is over.  Without an alerter
-- nothing is sent and the pipeline runs all the same:
--
--   cd examples
--   rille alerts.lua
--
-- An alerter is a component of a stack.  A file, and the incoming webhook of a chat (Slack and most others):
--
--   rille alerter register log --flavor file
--   rille alerter register chat --flavor webhook --set 'url=${env:CHAT_URL}'
--   rille stack register told --alerter log --alerter chat --active
--   rille alerter test chat
--   rille alerts.lua
--   cat .rille/alerts.jsonl

local rille = require "rille"
local csv = require "rille.csv"
local step, pipeline, t = rille.step, rille.pipeline, rille.types

local load_sales = step "load_sales" {
  outputs = { t.frame "sales" },
  on_failure = function(message, ctx) ctx.alerter:alert("no sales today: " .. message, { title = "sales" }) end,
  run = function() return csv.read "data/sales.csv" end,
}

local biggest = step "biggest" {
  inputs  = { t.frame "sales" },
  outputs = { t.number "amount" },
  run = function(sales) return sales:drop_missing():column("amount"):max() end,
}

-- A step that alerts is never cached: it alerts in every run.
local notify = step "notify" {
  cache  = false,
  inputs = { t.number "amount" },
  params = { limit = 90.0 },
  run = function(amount, p, ctx)
    if amount > p.limit then
      ctx.alerter:alert(("a sale of %.2f"):format(amount), { title = "large sale", level = "warning" })
    end
  end,
}

local main = pipeline "sales_watch" {
  define = function() notify { amount = biggest { sales = load_sales() } } end,
  -- once for each run, also when everything is cached, when it failed or was stopped
  on_end = function(run, ctx)
    if run.status ~= "completed" then ctx.alerter:alert(run.name .. " " .. run.status, { level = "error" }) end
  end,
}

if rille.main() then
  local run = main:run {}
  print(("%s, largest sale %.2f"):format(run.status, run.steps.biggest.output:load()))
end
return main
