-- rille untag RUN|ARTIFACT|MODEL[@VERSION] TAG...

local command = {
  name = "untag", order = 340, synopsis = "untag RUN",
  summary = "take tags off a run or an artifact",
  usage = "untag RUN|ARTIFACT|MODEL[@VERSION] TAG... [--json]",
  takes = { "run,artifact,model", "-" },
  min = 2,
  options = {},
  help = [[
rille untag RUN|ARTIFACT|MODEL[@VERSION] TAG... [--json]

Takes tags off a run, or off a version of an artifact or a model.  Names are as
in rille tag.  The tags that a run or a port was started with can be taken off,
too; the record of who did it, and when, stays.

  --json   {"kind":"run"|"artifact"|"model","name","version","changed":[TAG...],
           "tags":[TAG...]}

Exit codes: 0 success, also if nothing changed; 2 usage; 3 no such name;
4 no store.

  rille untag digits@-1 best
  rille untag digits::svc_trainer::model@3 checked shipped
]],
}

function command.run(args) return require("rille.show.tag_report").run(args, false) end

return command
