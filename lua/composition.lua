-- composition: what lower rooms call of higher ones.  Each function loads its module when it is first called.

require("rille.base.upcalls").provide {
  recover = function(project) return require("rille.record.recovery").run(project) end,

  project_store = function(...) return require("rille.stack.stores").of_project(...) end,
  metadata_opener = function(dir) return require("rille.stack.stores").metadata_opener(dir) end,

  colour_asked = function() return require("rille.project.global_options").color end,

  public_face = function() return require "rille.face" end,

  recipe_carrier = function() return require("rille.execute.command").carry_out end,
  run_step = function(...) return require("rille.run.run_on_call").step(...) end,
  run_pipeline_of_words = function(pipeline, words)
    local command = require "rille.cmd.run"
    local args = require("rille.arguments").parse(words, 1, command.options, "run")
    return require("rille.run.run_on_call").pipeline(pipeline, command.options_in_session(pipeline, args))
  end,
  run_pipeline = function(...) return require("rille.run.run_on_call").pipeline(...) end,
  plan_pipeline = function(...) return require("rille.run.run_on_call").plan(...) end,
  stop_deployment = function(name)
    local found, how = require("rille.stack.deploying").stop(name)
    return found and true or nil, not found and how or nil
  end,
  test_step = function(...) return require("rille.testing").step(...) end,

  draw_pipeline = function(...) return require("rille.show.draw.from_plan").of_pipeline(...) end,
  draw_run = function(run) return require("rille.show.draw.from_run").of_run(run) end,

  run_command = function(argv) return require("rille.commands").run(argv) end,

  new_listener = function() return require("rille.show.console").new() end,
}

return true
