-- rille data-validator list | describe | register | update | delete | flavors
return require("rille.show.component_command").of {
  word = "data-validator", order = 427, summary = "what checks values between steps",
  intro = [[
A data validator checks values that steps pass to each other; a step asks it:

  local validator = ctx.stack.open "data_validator"
  local ok, why, report = validator:validate(batch, { reference = trained_on })

The flavor drift compares the value with the reference, a file of its options or
what the step gives, and has the limits of drift.gate (rille help drift).  A
step that opens a component is not cached.]],
  examples = [[
  rille data-validator list
  rille data-validator flavors
]],
}
