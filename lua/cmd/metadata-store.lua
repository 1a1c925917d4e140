-- rille metadata-store list | describe | register | update | delete | flavors
return require("rille.show.component_command").of {
  word = "metadata-store", order = 421, summary = "where runs are recorded",
  intro = [[
The metadata store records runs, steps, artifacts and the cache.  Every stack
has one; the one named default is in the project's store (rille help store).]],
  examples = [[
  rille metadata-store list
  rille metadata-store describe
]],
}
