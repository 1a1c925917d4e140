-- rille alerter list | describe | register | update | delete | flavors
return require("rille.show.component_command").of {
  word = "alerter", order = 203, summary = "where messages about runs are sent",
  intro = [[
An alerter sends messages to people (rille help stacks).  A stack may have
several.]],
  examples = [[
  rille alerter flavors
  rille alerter describe chat
]],
}
