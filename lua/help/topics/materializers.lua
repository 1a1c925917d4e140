-- rille help materializers
return { order = 60, text = [[
Materializers: how a value is kept and read again

Built in: nil, boolean, integer, number, string, bytes, table, list, array,
frame, file, dir, svm, linear, tree.  For a class of your own:

  rille.materializer "point" {          -- makes the type t.point
    class   = Point,                    -- the metatable, or a list of them;
                                        -- or claims = function(v)
    version = 1,                        -- raise it when the format changes
    save = function(v, art)
      art:write("point.txt", v.x .. " " .. v.y)
      art:meta { norm = math.sqrt(v.x ^ 2 + v.y ^ 2) }
    end,
    load = function(art)                -- art.version is that of the format
      local x, y = art:read "point.txt":match "(%S+) (%S+)"
      return point(tonumber(x), tonumber(y))
    end,
    preview = function(v) return ("(%g, %g)"):format(v.x, v.y) end,
    views = {                           -- other ways to load it
      table = function(art) return { art:read "point.txt" } end,
    },
  }

A table may hold values of any type with a materializer, at any depth: each is
kept as its own materializer keeps it, so that a step may return
{ mean = array, model = m, columns = { "a", "b" } } for an output t.table.

save writes any number of members, load reads them:
  art:write(name, bytes)         art:read(name) -> bytes
  art:write_file(name, path)     art:extract(name, path)
  art:meta { name = value }      shown by rille show
  art:text(fmt, ...)             the preview, as does a string that preview
                                 returns; made when saving, never when showing

Loading runs today's code on stored bytes, never code from the store.  What load
returns must be of the class, where the materializer names one; else it fails.

Which one is used: that of the node's option, of the port's own type, of the
value's class, the built-in.  When two cover one class, say which:
  step:with { materializers = M } or { materializers = { output = M } }
  outputs = { t.point "p" }              or by the port's type
A step has the same field, materializers = ...; the artifact records which one
saved it, and that one loads it.

artifact:load { as = "frame" } loads it as something else: by one of its views,
by another materializer of the script, which reads the same members, or as
"bytes" (its one member), "file" or "dir" (copies in a temporary folder).
Built-in views:
  array   frame table list matrix vector     frame   array matrix table list
  table   frame                              list    array matrix vector frame
as may be a name, a type (t.frame) or a materializer.

What is loaded is read only where it is an array, small or large: change a copy,
a:copy().

The code of save and load and the version are part of the key of the steps whose
ports can choose the materializer: a change runs them again.  Views are not: a
step that loads an artifact itself is not cached.
]] }
