-- The orchestrator "local": steps run on this machine, in forked workers or in this process.
return {
  kind = "orchestrator", name = "local", summary = "runs the steps on this machine",
  open = function() return { runner = function() return nil end } end,
}
