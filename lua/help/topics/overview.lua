-- rille help
return [[
rille: pipelines as Lua scripts, with a cache that knows what a step depends on.

  rille FILE [ARGS]      run a script as a program
  rille run FILE         run the pipeline that a script returns
  rille watch FILE       run it again whenever what it depends on changes
  rille plan FILE        what would run, and why; nothing is run
  rille why STEP         why a step ran, or was taken from the cache
  rille runs             the runs there have been, newest first
  rille show RUN         a run, a step of it (RUN/STEP), or an artifact
  rille log RUN          what its steps printed and logged; -f while it runs
  rille stop [RUN]       ask a running run to stop
  rille artifact list    what steps made; also show, get, tag
  rille pipeline list    the pipelines that have run; also show, delete
  rille diff RUN RUN     what differs between two runs
  rille config FILE      what a run would be given, and where from
  rille lint FILE        what will keep its steps from being cached
  rille verify RUN       reads a run again, and runs its steps again
  rille lineage NAME     what an artifact was made from, or what came of it
  rille graph RUN        a run or a plan as a drawing: text, SVG, HTML, and more
  rille types            the types of ports, and what keeps their values
  rille stack describe   what runs work with, and where it is
  rille artifact-store describe, rille metadata-store describe
  rille test             run the tests of a project
  rille fsck             is everything in the store there, and whole?
  rille version          the version of rille and of its Lua
  rille help             this page

Everywhere: --store DIR, -q (failures and results only), --json.

  rille help COMMAND     usage, options, exit codes, examples; and for FILE
                         and -e:  rille help script
  rille help TOPIC       steps  programs  pipelines  maps  materializers
                         cache  limits  stopping  history  arrays  frames
                         csv  null  learning  testing  store  commands
                         embedding

A good start:  rille help steps
]]
