-- rille as a rock: the module for a stock Lua 5.4, require "rille".
--
--   luarocks --lua-version 5.4 --tree TREE make .packaging/rille-0.1.0-1.rockspec
--
-- Run from the root of the sources; .packaging/rock-check does it and tries what was installed.  It needs gcc, make and
-- the Debian packages of DEBS in the Makefile, but for those of the batteries svm, linear and http, which it leaves out.
rockspec_format = "3.0"
package = "rille"
version = "0.1.0-1"
source = { url = "git+file://.", tag = "v0.1.0" }
description = {
  summary = "pipelines as Lua scripts, with a cache that knows dependencies",
  detailed = [[
Pipelines, steps and the formats of their results are Lua scripts.  A step is taken from the cache when nothing that it
depends on has changed.]],
  license = "MIT",
}
supported_platforms = { "linux" }
dependencies = { "lua >= 5.4, < 5.5" }
external_dependencies = {
  LZ4 = { header = "lz4.h" },
  NETTLE = { header = "nettle/sha2.h" },
  SQLITE = { header = "sqlite3.h" },
  YAML = { header = "yaml.h" },
  ZLIB = { header = "zlib.h" },
  ZSTD = { header = "zstd.h" },
}
build = {
  type = "make",
  build_target = "rock",
  build_variables = { LUAINC = "-I$(LUA_INCDIR)", CFLAGS = "$(CFLAGS)", B = "build/rock" },
  install_pass = false,
  install = { lib = { rille = "build/rock/rille.so", ["rille.tree"] = "build/rock/tree.so" } },
}
