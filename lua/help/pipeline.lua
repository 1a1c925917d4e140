-- rille help pipeline
return [[
rille pipeline list [--json]
rille pipeline show NAME [--json]

The pipelines that have run, or how the newest run of one was wired: its nodes,
and where each input came from.  A wiring has a version, which grows when the
nodes or the wires between them change.

  --json   list: {"items":[{"name","runs","newest"}],"next":null}
           show: {"name","version","hash","nodes":[{"id","step","inputs",
           "outputs"}],"newest":RUN}, an input being
           {"port","from":[{"node","output"} or {"literal":true}]}

Exit codes: 0 fine; 2 usage; 3 there is no such pipeline; 4 no store.

  rille pipeline list
  rille pipeline show digits
]]
