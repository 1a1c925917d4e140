-- rille experiment-tracker list | describe | register | update | delete | flavors
return require("rille.show.component_command").of {
  word = "experiment-tracker", order = 202, summary = "where parameters and metrics are copied",
  intro = [[
An experiment tracker copies the parameters and metrics of runs to where other
tools show them (rille help stacks).  A stack may have several.]],
  examples = [[
  rille experiment-tracker flavors
  rille experiment-tracker describe board
]],
}
