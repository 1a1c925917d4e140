-- rille stack list | describe
return require("rille.show.describe").command {
  name = "stack", order = 180, synopsis = "stack describe",
  summary = "show the components that runs use",
  help = [[
rille stack list [--json]
rille stack describe [NAME] [--json]

What a run works with: an orchestrator, which runs the steps, an artifact store
and a metadata store.  A project has one stack, default, of components of this
machine; describe says where they are.

  --json   list: {"items":[{"name","active"}],"next":null}; describe: {"name",
           "active","components":[{"kind","name","flavor","path","exists"}]}

Exit codes: 0 success; 2 usage; 3 no such stack.

  rille stack list
  rille stack describe
]],
}
