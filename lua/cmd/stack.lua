-- rille stack list | describe
return require("rille.show.describe").command {
  name = "stack", order = 180, synopsis = "stack describe",
  summary = "show the components that runs use",
  help = [[
rille stack list [--json]
rille stack describe [NAME] [--json]

A stack is the set of components that a run uses: an orchestrator, which runs
the steps, an artifact store and a metadata store.  A project has one stack,
named default, on this machine; describe shows where its components are.

  --json   list: {"items":[{"name","active"}],"next":null}; describe: {"name",
           "active","components":[{"kind","name","flavor","path","exists"}]}

Exit codes: 0 success; 2 usage; 3 no such stack.

  rille stack list
  rille stack describe
]],
}
