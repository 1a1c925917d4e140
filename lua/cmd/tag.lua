-- rille tag RUN|ARTIFACT|MODEL[@VERSION] TAG...

local command = {
  name = "tag", order = 330, synopsis = "tag RUN",
  summary = "put tags on a run or an artifact",
  usage = "tag RUN|ARTIFACT|MODEL[@VERSION] TAG... [--json]",
  takes = { "run,artifact,model", "-" },
  min = 2,
  options = {},
  help = [[
rille tag RUN|ARTIFACT|MODEL[@VERSION] TAG... [--json]

Puts tags on a run, on a version of an artifact or on one of a model.  rille
untag takes them off.

RUN is a run's name, its id, the beginning of its id, PIPELINE@-1 or @-1.
ARTIFACT is a name such as digits::svc_trainer::model (the newest version), or
NAME@3.  A name that is both is the run, as in rille show; an artifact has its
version then: NAME@-1.  MODEL@VERSION is a version of a model, by number, name,
stage or tag; without one, the latest.

A tag of a run is any text without control characters; a tag of an artifact is
one word, because NAME@TAG names the newest version that has it.  The stages of
models (staging, production, ...) are not tags: rille model promote.

Tags change neither times nor the order of runs and versions.  Who put a tag on
or took it off, and when, is recorded.  Find by tag with rille runs --tag TAG
and rille artifact list --tag TAG; in Lua: run:tag "best", run:untag "best",
artifact:tag "best".

  --json   {"kind":"run"|"artifact"|"model","name","version","changed":[TAG...],
           "tags":[TAG...]}

Exit codes: 0 success, also if nothing changed; 2 usage; 3 no such name;
4 no store.

  rille tag digits@-1 best
  rille tag digits::svc_trainer::model@3 checked shipped
]],
}

function command.run(args) return require("rille.show.tag_report").run(args, true) end

return command
