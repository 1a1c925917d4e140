-- rille data-validator list | describe | register | update | delete | flavors
return require("rille.show.component_command").of {
  word = "data-validator", order = 427, summary = "what checks values between steps",
  intro = [[
A data validator checks values that steps pass to each other.]],
  examples = [[
  rille data-validator list
  rille data-validator flavors
]],
}
