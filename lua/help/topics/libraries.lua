-- rille help libraries
return { order = 75, text = [[
Libraries: modules in Lua and in C

  require looks in the script's folder, then in its folder lua_modules, then
  where lua5.4 looks: LUA_PATH and LUA_CPATH (or LUA_PATH_5_4 and
  LUA_CPATH_5_4), or the system's folders.  A library may be required at the top
  of a script or inside a step.

Lua   Steps that use a Lua library are cached, and run again when its code
      changes, unless it does what makes any step impure (rille help cache).

C     rille does not see what C code does, so a step that uses a C module runs
      every time, with a note, unless the module is pure: its results depend
      only on its arguments.  rille knows that bit, cjson, lpeg, mime,
      rex_posix, rex_tre, yaml and zlib are pure, and so is re, which uses lpeg.
      Declare others at the top of the script:
        rille.trust { "struct", "lxp" }     "socket" includes socket.core
      A step that uses a pure module runs again when the module's file, a shared
      library that it is linked with, or a setting of cjson or lpeg changes.
      A file of your project called cjson.so is not the cjson that rille knows.

A step cannot capture an object that C code made (an lpeg pattern, a compiled
regular expression, a zlib stream): build it inside the step.  Nor can it return
one: return a string or a table.  For lists and maps of a class, as of Penlight,
see rille help null.

cjson.encode writes the keys of a map in an order that differs between
processes, so a cached text may have another order than a new one; encode of
rille.json sorts them.

In a standard lua5.4, call rille.trust before require.  Every C module needs it
there, and a step that calls require itself is never cached.
]] }
