-- rille artifact-store list | describe
return require("rille.show.describe").command {
  name = "artifact-store", order = 190, synopsis = "artifact-store describe",
  summary = "where artifacts are stored",
  help = [[
rille artifact-store list [--json]
rille artifact-store describe [NAME] [--json]

The artifact store keeps the bytes of artifacts.  It is a component of the
stack.  A project has one, named default, in its store (rille help store).

  --json   list: {"items":[COMPONENT],"next":null}; describe: COMPONENT,
           {"kind","name","flavor","path","exists"}

Exit codes: 0 success; 2 usage; 3 no such component.

  rille artifact-store list
  rille artifact-store describe
]],
}
