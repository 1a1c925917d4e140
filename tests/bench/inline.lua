-- inline: the workloads of w.lua with the steps in this process, one at a time, as a library runs them:
--
--     lua5.4 inline.lua BUILD_FOLDER
package.cpath = arg[1] .. "/?.so"
package.path = ""
require "rille"
local result = dofile "w.lua":run {}
os.exit(result.status == "completed", true)
