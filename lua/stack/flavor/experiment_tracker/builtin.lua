-- The experiment tracker "builtin": rille's own records.  Parameters, metrics and their series are kept with every step
-- run in any case; this one says so where a stack is asked for a tracker.
return {
  kind = "experiment_tracker", name = "builtin",
  summary = "rille's own records: show, diff, plot",
  open = function() return {} end,
}
