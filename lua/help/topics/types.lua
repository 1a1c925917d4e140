-- rille help types
return [[
rille types [FILE] [--json]

The types of ports and parameters, what they accept, and which materializer
keeps their values; with FILE also those that this script registers.  In a
script they are local t = rille.types:

  any                         every value that has a materializer, nil too
  nil boolean string bytes    bytes are kept as they are
  null                        rille.null: rille help null
  integer number              1.0 is an integer, 1.5 is not; a number port
                              turns 1 into 1.0, and refuses an integer that
                              1.0 and its like do not hold (past 2^53)
  table                       without a metatable
  array matrix vector frame   of rille.array and rille.frame; a matrix has two
                              dimensions, a vector one
  file dir                    rille.file "data/x.csv", rille.dir "data": paths
                              from the script's folder, hashed by content.  A
                              step gets a value with .path (of a file also
                              .name): io.lines(f.path).  f:read() is the whole
                              file, d:files() the names in a folder.  .path is
                              as it was written; f:absolute() is for what does
                              not start from the script's folder.  Kept with
                              the bytes: executable bits, and links that stay in
                              the folder or lead nowhere (others are taken as
                              what they lead to).  Pipes, sockets and devices
                              cannot be kept; the project's store is left out
  svm linear tree             a model of rille.svm, rille.linear, rille.tree
  classifier                  every value with methods predict and score
  artifact                    of inputs only: the step is handed the artifact
                              itself, whatever its type: a:load(), a.metadata,
                              a.version, a.producer (rille help history); a
                              value of the script becomes one.  Its digest and
                              metadata are in the key; version, name and
                              producer count where the step reads them, and
                              what else is read of it is not cached
  list(T)  enum{...}  any_of{T, U}

  t.matrix "X"                a port of that name
  t.matrix "X" { name = "training data" }
                              a port with options: name, the name under which
                              its artifacts are kept; tags = { "raw" }, which
                              their versions get; doc, kind
  t.number { default = 0.1, min = 0, max = 1 }
                              a type with options: default, doc and the limits
                              min, max, gt, lt
  t.enum { "rbf", "linear", default = "rbf" }

  rille.interface "model" { methods = { "predict" } }   makes the type t.model
  rille.materializer "point" { ... }                    makes the type t.point

A value is checked where it enters or leaves a step; the error names the port,
what was expected and what was found.  A wire that cannot fit is an error at
definition.

  --json   {"items":[{"name","accepts","materializer","version","own","at",
           "doc"}],"next":null}

Exit codes: 0 fine; 2 usage; 3 the script is wrong.

  rille types
  rille types digits.lua
]]
