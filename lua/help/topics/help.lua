-- rille help help
return [[
rille help [COMMAND | TOPIC]

Without a word: all commands and topics.  rille COMMAND -h gives the same as
rille help COMMAND.

Exit codes: 0 fine; 2 there is no such command or topic.

  rille help run
  rille help cache
]]
