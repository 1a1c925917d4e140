-- rille metadata-store list | describe
return require("rille.show.describe").command {
  name = "metadata-store", order = 200, synopsis = "metadata-store describe",
  summary = "where runs and artifacts are recorded",
  help = [[
rille metadata-store list [--json]
rille metadata-store describe [NAME] [--json]

The metadata store records runs, steps, artifacts and the cache.  It is a
component of the stack.  A project has one, named default, in its store (rille
help store).

  --json   list: {"items":[COMPONENT],"next":null}; describe: COMPONENT,
           {"kind","name","flavor","path","exists"}

Exit codes: 0 success; 2 usage; 3 no such component.

  rille metadata-store list
  rille metadata-store describe
]],
}
