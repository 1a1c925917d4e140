-- rille alerter list | describe | register | update | delete | flavors | test

-- rille alerter test [NAME]
local function test(args)
  local out = require "rille.show.out"
  if args[3] then out.usage "alerter test: name one alerter" end
  for _, name in ipairs { "flavor", "set", "unset" } do
    if args[name] then out.usage("alerter test: --%s has no effect here", name) end
  end
  if args.script then require("rille.run.script_file").library(args.script) end
  return require("rille.show.test_alert").run(args[2])
end

return require("rille.show.component_command").of {
  word = "alerter", order = 424, summary = "where messages about runs are sent",
  more = { test = test },
  synopsis = "rille alerter test [NAME]\n",
  about = [[
  test       send a message now, to see that it arrives; without a name by all
             of the active stack; exit code 1 if one is not delivered
]],
  intro = [[
An alerter sends messages to people (rille help alerts).  A stack may have
several.]],
  examples = [[
  rille alerter register chat --flavor webhook --set 'url=${env:CHAT_URL}'
  rille alerter test chat
]],
}
