-- rille experiment-tracker list | describe | register | update | delete | flavors | export

local out = require "rille.show.out"

-- rille experiment-tracker export RUN|PIPELINE... [--tracker NAME]
local function export(args)
  if not args[2] then
    out.usage "experiment-tracker export: name runs or pipelines: rille experiment-tracker export RUN|PIPELINE..."
  end
  for _, name in ipairs { "flavor", "set", "unset" } do
    if args[name] then out.usage("experiment-tracker export: --%s has no effect here", name) end
  end
  if args.script then require("rille.run.script_file").library(args.script) end
  require("rille.show.tracker_export").run(table.move(args, 2, #args, 1, {}), args.tracker, args.stack)
end

return require("rille.show.component_command").of {
  word = "experiment-tracker", order = 423, summary = "where parameters and metrics are copied",
  more = { export = export },
  options = { ["--tracker"] = { value = "NAME", text = "export to this one" },
    ["--stack"] = { value = "STACK", text = "export to those of this stack" } },
  synopsis = "rille experiment-tracker export RUN|PIPELINE... [--tracker NAME]\n       [--stack STACK]\n",
  about = [[
  export     write past runs again, in place of what was written of them: after
             a move of the folder, to another tracker, or when a run was killed;
             PIPELINE stands for all its listed runs.  All steps are written: a
             record does not have the tracker = of step:with
]],
  about_options = [[
  --tracker NAME       export to this one
  --stack STACK        export to those of this stack; else of the active one
]],
  intro = [[
An experiment tracker copies the parameters and metrics of runs to where other
tools show them (rille help tracking).  A stack may have several.]],
  examples = [[
  rille experiment-tracker register board --flavor tensorboard
  rille experiment-tracker export digits --tracker board
]],
}
