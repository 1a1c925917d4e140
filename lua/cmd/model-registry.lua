-- rille model-registry list | describe | register | update | delete | flavors
return require("rille.show.component_command").of {
  word = "model-registry", order = 425, summary = "where versions of models are published",
  intro = [[
A model registry publishes versions of models outside of the project.]],
  examples = [[
  rille model-registry list
  rille model-registry flavors
]],
}
