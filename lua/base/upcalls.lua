-- upcalls: functions of higher rooms that lower rooms call.
--
-- A lower room cannot require a higher one.  lua/composition.lua provides these functions when the program or
-- the library starts.

---@class rille.upcalls
---@field run_command fun(argv: string[]): integer? a command of the program, as the prompt calls it
---@field recipe_carrier fun(): function gives the function that carries out the recipe of a command
---@field run_step fun(step: table, inputs: table, params: table): ... a step that is called outside of a pipeline
---@field stop_deployment fun(name: string): boolean?, string? ends the server of a deployment
---@field test_step fun(step: table, options: table?): ... step:test
---@field run_pipeline_of_words fun(pipeline: table, words: string[]): table as rille run does with these words
---@field run_pipeline fun(pipeline: table, options: table): table pipeline:run
---@field plan_pipeline fun(pipeline: table, options: table): table[] pipeline:plan
---@field draw_pipeline fun(pipeline: table, options: table): table pipeline:graph
---@field draw_run fun(run: table): table run:graph
---@field public_face fun(): table the module `rille`
---@field new_listener fun(): function what a run of the script tells its events (show/console.lua)
---@field colour_asked fun(): string|false "always", "never" or "auto", as --color says
---@field recover fun(project: table): string[]?, string?, integer? cleans up after dead processes (record/recovery.lua)
---@field project_store fun(own: Store, dir: string): Store the artifact store of a project with stacks
---@field metadata_opener fun(dir: string): function? what opens its metadata; nil: the usual
local upcalls = {}

---@param functions table<string, function>
function upcalls.provide(functions)
  for name, f in next, functions do upcalls[name] = f end
end

return upcalls
