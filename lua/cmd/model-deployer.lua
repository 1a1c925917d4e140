-- rille model-deployer list | describe | register | update | delete | flavors
return require("rille.show.component_command").of {
  word = "model-deployer", order = 426, summary = "what serves models",
  intro = [[
A model deployer serves versions of models.]],
  examples = [[
  rille model-deployer list
  rille model-deployer flavors
]],
}
