-- rille orchestrator list | describe | register | update | delete | flavors
return require("rille.show.component_command").of {
  word = "orchestrator", order = 422, summary = "what runs the steps",
  intro = [[
The orchestrator runs the steps of a run.  Every stack has one; the one named
default runs them on this machine.]],
  examples = [[
  rille orchestrator list
  rille orchestrator flavors
]],
}
