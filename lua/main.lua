-- main: the command line.  Returns main(argv) -> exit code.
return function(argv)
  local file = argv[1]
  local g = package.loaded._G
  g.arg = { [0] = file, table.unpack(argv, 2) }
  package.path = (file:match "^(.*)/[^/]*$" or ".") .. "/?.lua"
  local chunk, message = loadfile(file, "t", g)
  if not chunk then io.stderr:write("rille: ", message, "\n") return 3 end
  chunk(table.unpack(argv, 2))
  return 0
end
