-- rille artifact-store list | describe | register | update | delete | flavors
return require("rille.show.component_command").of {
  word = "artifact-store", order = 420, summary = "where artifacts are stored",
  intro = [[
The artifact store keeps the bytes of artifacts.  Every stack has one; the one
named default is in the project's store (rille help store).  A result that is in
one artifact store is not in the cache of another.]],
  examples = [[
  rille artifact-store describe
  rille artifact-store register team --flavor read-through --set shared=/mnt/x
]],
}
