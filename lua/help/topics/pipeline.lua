-- rille help pipeline
return [[
rille pipeline list [--unlisted] [--json]
rille pipeline show NAME [--json]
rille pipeline delete NAME [--yes] [--json]

The pipelines that have run; how the newest run of one was wired: its nodes, and
where each input came from.  A wiring has a version, which grows when the nodes,
the wires between them or what comes after what change, not when define has the
nodes in another order: show lists the versions, and what changed (+ a node is
new, - one is gone, ~ one is wired otherwise).

delete frees the name: a pipeline of that name begins again with version 1 of
its wiring.  Its runs stay, unlisted (rille runs --unlisted): their names, their
artifacts and what the cache has of them can be had as before, and the numbers
of runs and the versions of artifacts go on.

  --yes       of delete: do not ask
  --unlisted  of list: also those that have unlisted runs only
  --json      list: {"items":[{"name","runs","completed","failed","running",
              "newest"}],"next":null}
              show: {"name","version","hash","nodes":[{"id","step","inputs",
              "outputs","after"}],"versions":[{"version","hash","runs",
              "first","nodes","changes"}],"newest":RUN}, an input being
              {"port","from":[{"node","output"} or {"literal":true}]}
              delete: {"name","runs"}

Exit codes: 0 fine; 2 usage; 3 there is no such pipeline, or a run of it is
going on; 4 no store.

  rille pipeline show digits
  rille pipeline delete digits --yes
]]
