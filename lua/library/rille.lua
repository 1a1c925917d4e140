---@meta rille
-- Descriptions of `local rille = require "rille"` for editors; this file never runs.  Reference: rille help.

---A type of ports and parameters.  `t.matrix "X"` is a port, `t.number { default = 1 }` is a type with options.
---@class rille.Type
---@overload fun(name: string): rille.Port
---@overload fun(options: rille.TypeOptions): rille.Type

---@class rille.TypeOptions
---@field default any?
---@field doc string?
---@field min number?
---@field max number?
---@field gt number?
---@field lt number?

---A port of a step: a name and a type.
---@class rille.Port
---@overload fun(options: rille.PortOptions): rille.Port

---@class rille.PortOptions
---@field name string? name of its artifacts, instead of PIPELINE::STEP::OUTPUT
---@field tags string[]? tags for new versions of these artifacts
---@field doc string?
---@field kind string?

---@class rille.types
---@field any rille.Type
---@field nil rille.Type
---@field null rille.Type
---@field boolean rille.Type
---@field string rille.Type
---@field bytes rille.Type
---@field secret rille.Type of a parameter: used in keys as a keyed hash, never stored or shown
---@field integer rille.Type
---@field number rille.Type
---@field table rille.Type
---@field array rille.Type
---@field matrix rille.Type
---@field vector rille.Type
---@field frame rille.Type
---@field file rille.Type
---@field dir rille.Type
---@field svm rille.Type
---@field linear rille.Type
---@field tree rille.Type
---@field forest rille.Type
---@field neighbors rille.Type
---@field bayes rille.Type
---@field kmeans rille.Type
---@field pca rille.Type
---@field xgboost rille.Type
---@field transformer rille.Type
---@field deployment rille.Type
---@field classifier rille.Type
---@field artifact rille.Type for inputs: the step receives the artifact itself
---@field list fun(element: rille.Type): rille.Type
---@field any_of fun(types: rille.Type[]): rille.Type
---@field enum fun(values: any[]): rille.Type
---@field [string] rille.Type types defined by rille.interface and rille.materializer

---The last argument of `run`; rille.context() returns it in a running step.
---@class rille.Context
---@field params table<string, any>
---@field step { id: string, name: string }
---@field run { id: string, name: string }
---@field tmpdir string a folder for this step run, removed afterwards
---@field stack rille.Stack the stack of the run
---@field pipeline rille.PastPipeline past runs of this pipeline; the step needs cache = false
---@field model rille.ContextModel? the version of a model that the step works for
---@field tracker rille.Tracker what is logged here goes to the experiment trackers of the stack, as with ctx itself
---@field alerter rille.Alerter sends messages by the alerters of the stack
local Context = {}
---Asks that the run's version of the model is moved to the stage when the run has completed.
---@param model rille.ContextModel|rille.Model|string
---@param stage string
---@param options { metric?: string, better?: "higher"|"lower", reason?: string }?
function Context:promote(model, stage, options) end
---Asks that the version of the model that the run makes is served when the run has completed.
---@param model rille.ContextModel|rille.Model|string
---@param options { name?: string, port?: integer, host?: string, token_env?: string, artifact?: string }?
---@return rille.Deployment
function Context:deploy(model, options) end
---Writes a line to the step's log.
---@param format string
function Context:log(format, ...) end
---@param metrics table<string, number> all values are kept, as a series
---@param step number|{ step: number }|nil defaults to 1, 2, 3, ...
function Context:log_metric(metrics, step) end
---@param params table<string, any>
function Context:log_params(params) end
---@param metadata table<string, any>
function Context:log_metadata(metadata) end
---@param output string optional if the step has one output
---@param metadata table<string, any>
---@overload fun(self, metadata: table<string, any>)
function Context:log_artifact_metadata(output, metadata) end
---Returns a folder for files of the output.
---@param output string?
---@return string
function Context:output_uri(output) end
---@param output string
---@param value any?
---@return { type: string, version: integer }
function Context:output_materializer(output, value) end
---Runs a program.  The step is not cached.
function Context.run(...) end

---@class rille.Tracker
local Tracker = {}
---@param metrics table<string, number>
---@param step number|{ step: number }|nil
function Tracker:log_metric(metrics, step) end
---@param params table<string, any>
function Tracker:log_params(params) end
---@param metadata table<string, any>
function Tracker:log_metadata(metadata) end

---@class rille.Alerter
local Alerter = {}
---Sends a message.  A step that does is not cached.
---@param text string
---@param options { title?: string, level?: "info"|"warning"|"error" }?
function Alerter:alert(text, options) end

---@class rille.ContextModel
---@field model string its name
---@field number integer of the version; an error while the version is new
---@field name string? of the version
---@field stage string?
---@field new boolean the run makes a new version
---@field artifacts rille.VersionArtifacts with cache = false, as all that follow
---@field metadata table<string, any>
---@field metrics table<string, number>
---@field tags string[]
---@field runs rille.Run[]
---@field versions table<integer|string, rille.ModelVersion?> those of the model, as of rille.models.NAME
local ContextModel = {}
---@param values table<string, any>
function ContextModel:log_metadata(values) end
---What the model is given when it is served.
---@param data rille.Frame|rille.Array|rille.Signature data like that, or the signature
function ContextModel:log_signature(data) end
---@param artifact rille.Artifact
---@param options { name?: string, kind?: "data"|"model"|"deployment", overwrite?: boolean }?
function ContextModel:link(artifact, options) end

---@class rille.StepFields
---@field doc string?
---@field inputs rille.Port[]?
---@field params table<string, any>? types, or plain defaults
---@field outputs rille.Port[]?
---@field run (fun(...): any)|string|table inputs in order, parameters, context; or a command
---@field cache boolean|"always"|nil
---@field version string|integer|nil part of the key
---@field materializers table?
---@field retries integer?
---@field timeout number? seconds
---@field resources table<string, any>?
---@field on_failure function?
---@field on_success function?
---@field model rille.Model?
---@field depends (string|rille.File|rille.Dir)[]?

---@class rille.StepOptions
---@field id string?
---@field after any[]?
---@field cache boolean?
---@field retries integer?
---@field timeout number? seconds
---@field tracker string|string[]|false|nil the experiment trackers that hear of the step
---@field stack string? the stack whose trackers and alerters hear of the step
---@field [string] any

---A step.  A call in define adds a node; a call elsewhere runs the step through the cache and returns artifacts.
---@class rille.Step
---@field fn function the bare function: a call stores nothing
---@overload fun(...): any
local Step = {}
---Returns a copy of the step with other options.
---@param options rille.StepOptions
---@return rille.Step
function Step:with(options) end
---Adds one node per item of a list.
---@param inputs table<string, any>
---@return rille.Node
function Step:map(inputs) end
---Runs the step as a pipeline would, in a test.
---@param given { inputs?: table, params?: table, pure?: boolean }?
---@return any ...
function Step:test(given) end
---@param name string
---@param fields rille.StepFields
---@return any class
function Step:extend(name, fields) end

---The result of a call of a step in define; represents the step's output, or node.NAME one of several.
---@class rille.Node
---@field [string|integer] rille.Node
local Node = {}
---The outputs of the node, in declared order: local X, y = load():unpack()
---@return rille.Node ...
function Node:unpack() end

---@class rille.PipelineFields
---@field doc string?
---@field params table<string, any>?
---@field inputs rille.Port[]?
---@field slots string[]?
---@field cache boolean?
---@field on_failure function?
---@field on_success function?
---@field on_end (fun(run: rille.Run, ctx: rille.Context))? called once for each run, when it has ended
---@field model rille.Model?
---@field define (fun(...): any)? calls steps to add nodes

---@class rille.RunOptions
---@field params table<string, any>?
---@field inputs table<string, any>?
---@field run_name string? may contain {n} {date} {time} {pipeline}
---@field unlisted boolean?
---@field cache boolean?
---@field tags string[]?
---@field config string|table|nil a YAML file, a table in place of one, or a list of such, the later over the earlier
---@field stack string? the stack to use; else the active one
---@field jobs integer?
---@field execution_mode string?
---@field openlineage string? file or address for events of OpenLineage
---@field resources table<string, any>?
---@field raise boolean? false: return a failed run instead of raising an error

---@class rille.Pipeline
---@overload fun(steps: table<string, rille.Step>): rille.Pipeline
local Pipeline = {}
---@param options rille.RunOptions?
---@return rille.Run
function Pipeline:run(options) end
---@param options rille.RunOptions?
---@return { id: string, step: string, status: string, reason: string? }[]
function Pipeline:plan(options) end
---@return { hash: string, nodes: table[] }
function Pipeline:spec() end
---@param name string
---@param fields rille.PipelineFields
---@return any class
function Pipeline:extend(name, fields) end

---@class rille.Run
---@field id string
---@field name string
---@field pipeline string
---@field status "running"|"completed"|"failed"|"stopped"
---@field reason string?
---@field number integer
---@field started number seconds since 1970
---@field seconds number?
---@field parameters table<string, any>
---@field tags string[]
---@field stack string
---@field script string?
---@field git { sha: string, dirty: boolean?, remote: string? }? the commit of its code (rille help versions)
---@field extra table?
---@field notes string[] what went wrong beside the steps
---@field steps table<string|integer, rille.StepRun>
---@field metrics table<string, number> of all steps; of a name that several log, that of the last
---@field series table<string, { steps: number[], values: number[], times: integer[] }> the same of metrics logged more
--- than once
---@field models { version: rille.ModelVersion, role: "made"|"shared"|"used"|"read", asked: string? }[]
local Run = {}
---Compares this run with another one.
---@param other rille.Run
---@return table
function Run:diff(other) end
---@return rille.Drawing
function Run:graph() end
---Puts tags on the run.
---@param ... string
---@return integer changed
function Run:tag(...) end
---@param ... string
---@return integer changed
function Run:untag(...) end

---@class rille.StepRun
---@field id string
---@field name string
---@field status "completed"|"cached"|"failed"|"skipped"|"stopped"
---@field reason string?
---@field seconds number
---@field parameters table<string, any>
---@field inputs table<string, rille.Artifact>
---@field outputs table<string, rille.Artifact>
---@field output rille.Artifact the only output
---@field items rille.StepRun[] the items of a map
---@field metrics table<string, number>
---@field series table<string, { steps: number[], values: number[], times: integer[] }> metrics logged more than once;
--- times in milliseconds since the step began
---@field metadata table<string, any>
---@field log string
---@field error string?
---@field key string?
---@field cached_from rille.StepRun?
---@field run rille.Run? from which its other steps are reached

---@class rille.Artifact
---@field id string
---@field digest string
---@field type string
---@field materializer string
---@field size integer bytes
---@field name string?
---@field version integer?
---@field versions rille.Artifact[]
---@field tags string[]
---@field uri string
---@field metadata table<string, any>
---@field preview string
---@field members table[]
---@field producer rille.StepRun?
local Artifact = {}
---Loads the value.
---@param options { as?: string }?
---@return any
function Artifact:load(options) end
---@param member string?
---@return string
function Artifact:bytes(member) end
---Puts tags on the version.
---@param ... string
---@return integer changed
function Artifact:tag(...) end
---@param ... string
---@return integer changed
function Artifact:untag(...) end

---@class rille.RunListing
---@field status string? running, completed, failed or stopped
---@field tag string|string[]|nil with several, all of them
---@field since string|number|nil a date, an age such as "2d", or seconds since 1970
---@field where string? as rille runs --where
---@field sort string? FIELD, the largest first, or FIELD:asc
---@field unlisted boolean?
---@field limit integer?

---@class rille.ArtifactListing
---@field prefix string? names that begin so
---@field name string? names with this text in them
---@field search string? artifacts with this text
---@field type string?
---@field pipeline string?
---@field tag string|string[]|nil with several, all of them
---@field since string|number|nil a date, an age such as "2d", or seconds since 1970
---@field where string? as rille artifact list --where
---@field sort string? FIELD, the largest first, or FIELD:asc
---@field versions boolean? all versions, not only the newest
---@field limit integer?

---@class rille.Artifacts
local Artifacts = {}
---Iterates over artifacts by name: the newest version of each; with a tag, or versions = true, all versions.
---@param options rille.ArtifactListing?
---@return fun(): rille.Artifact?
function Artifacts:each(options) end

---@class rille.PastPipeline
---@field name string
---@field runs rille.Run[] runs[1] is the oldest, runs[-1] the newest
local PastPipeline = {}
---Iterates over runs, newest first.
---@param options rille.RunListing?
---@return fun(): rille.Run?
function PastPipeline:each(options) end
---@param options { status?: string, where?: string, tag?: string, since?: string|number }?
---@return rille.Run?
function PastPipeline:latest(options) end

---@class rille.Drawing
local Drawing = {}
---@return string
function Drawing:svg() end
---@return string
function Drawing:html() end
---@return string
function Drawing:dot() end
---@return string
function Drawing:mermaid() end
---@return string
function Drawing:json() end
---@return string
function Drawing:text() end
---@param path string
function Drawing:save(path) end

---@class rille.ModelFields
---@field new_version boolean?
---@field version string|integer|nil a number, name, stage, tag or "latest"; with new_version its own name
---@field description string?
---@field license string?
---@field audience string?
---@field use_cases string?
---@field ethics string?
---@field tags string[]?
---@field metadata table<string, any>?

---@class rille.Model
---@field name string

---@class rille.PastModel
---@field name string
---@field created number
---@field description string?
---@field license string?
---@field audience string?
---@field use_cases string?
---@field ethics string?
---@field versions table<integer|string, rille.ModelVersion?> by number, from the end, by stage, name or tag
---@field moves table[] between stages, oldest first

---What a model is given when it is served.
---@class rille.Signature
---@field input "frame"|"array"
---@field columns rille.SignatureColumn[]? of a frame
---@field width integer? of a matrix
---@field dtype string? of a matrix
---@field missing boolean? of a matrix: may values be missing?

---@class rille.SignatureColumn
---@field name string
---@field dtype "f64"|"f32"|"i64"|"i32"|"u8"|"bool"|"string"|"date"
---@field missing boolean may a value be missing?
---@field categories string[]? of at most 100 that were seen
---@field example string? of strings without categories, and dates
---@field min number? that was seen
---@field max number? that was seen

---@class rille.ModelVersion
---@field model string
---@field number integer
---@field name string?
---@field stage string "none" without one
---@field created number
---@field metadata table<string, any>
---@field signature rille.Signature? what its model is given when it is served
---@field metrics table<string, number> by STEP.NAME
---@field tags string[]
---@field artifacts rille.VersionArtifacts
---@field run rille.Run that made it
---@field runs rille.Run[] that made, shared, used or read it, newest first
local ModelVersion = {}
---@param stage string
---@param options { force?: boolean, reason?: string }? force archives the version that has the stage
---@return boolean moved
function ModelVersion:set_stage(stage, options) end
---@param values table<string, any>
function ModelVersion:log_metadata(values) end
---What its model is given when it is served.
---@param data rille.Frame|rille.Array|rille.Signature data like that, or the signature
function ModelVersion:log_signature(data) end
---@param artifact rille.Artifact
---@param options { name?: string, kind?: "data"|"model"|"deployment", overwrite?: boolean }?
---@return boolean linked
function ModelVersion:link(artifact, options) end
---@param ... string
---@return integer changed
function ModelVersion:tag(...) end
---@param ... string
---@return integer changed
function ModelVersion:untag(...) end

---@class rille.VersionArtifacts
---@field [string] rille.Artifact by name; artifact["1"] is an earlier link
local VersionArtifacts = {}
---@param options { kind?: "data"|"model"|"deployment" }?
---@return fun(): string?, rille.Artifact?
function VersionArtifacts:each(options) end

---@class rille.File
---@field path string
---@field name string
local File = {}
---@return string
function File:read() end
---@return string
function File:absolute() end

---@class rille.Dir
---@field path string
local Dir = {}
---@return string[]
function Dir:files() end
---@return string
function Dir:absolute() end

---@class rille
---@field _VERSION string
---@field types rille.types
---@field null userdata the value of null in a list
---@field Step rille.Step
---@field Pipeline rille.Pipeline
---@field RunFailed table
---@field pipelines table<string, rille.PastPipeline>
---@field artifacts rille.Artifacts
---@field steps table<string, rille.Step>
---@field models table<string, rille.PastModel>
---@field stack rille.Stack the stack of the run, or the active one
local rille = {}

---Defines a step: `rille.step "name" { inputs =, params =, outputs =, run = }`.
---@param name string
---@return fun(fields: rille.StepFields): rille.Step
---@overload fun(name: string, fields: rille.StepFields): rille.Step
function rille.step(name) end

---Defines a pipeline: `rille.pipeline "name" { params =, define = }`.
---@param name string
---@return fun(fields: rille.PipelineFields): rille.Pipeline
---@overload fun(name: string, fields: rille.PipelineFields): rille.Pipeline
function rille.pipeline(name) end

---Says for which version of a model a pipeline or a step works: `rille.model "name" { new_version = true }`.
---@param name string
---@return fun(fields: rille.ModelFields): rille.Model
---@overload fun(name: string, fields: rille.ModelFields): rille.Model
function rille.model(name) end

---An existing artifact, as an input.
---@param what { pipeline?: string, artifact?: string, version?: integer|string, tag?: string, id?: string, value?: any,
---  model_artifact?: string, model?: string }
---@return rille.Node
function rille.external(what) end

---Defines the type t.NAME: values that have certain methods.
---@param name string
---@return fun(fields: { methods: string[] }): rille.Type
function rille.interface(name) end

---@class rille.MaterializerFields
---@field class table metatable of the values
---@field version integer?
---@field save fun(value: any, artifact: table)
---@field load fun(artifact: table): any
---@field preview (fun(value: any): string)?
---@field signature (fun(value: any): any)? what a model is given: a frame or a matrix like that, or its signature

---Defines how values of a class are saved and loaded, and the type t.NAME.
---@param name string
---@return fun(fields: rille.MaterializerFields): any
function rille.materializer(name) end

---Returns the context of the running step.
---@return rille.Context
function rille.context() end

---A branch on data, in define.
---@param condition rille.Node
---@param branches { [1]: fun(): any, otherwise?: (fun(): any), id?: string }
---@return any
function rille.when(condition, branches) end

---Draws a run, a step run, an artifact or a pipeline.
---@param what any
---@return rille.Drawing
function rille.show(what) end

---True if this script was started as the program.
---@return boolean
function rille.main() end

---A tracked file, for inputs of type t.file.
---@param path string
---@return rille.File
function rille.file(path) end

---A tracked folder, for inputs of type t.dir.
---@param path string
---@return rille.Dir
function rille.dir(path) end

---An artifact: "PIPELINE::STEP::OUTPUT", with @VERSION or @TAG, or the beginning of a digest.
---@param what string
---@return rille.Artifact
function rille.artifact(what) end

---A module as of a commit of git, with what it requires from its folder there (rille help versions).
---@param what string "MODULE@COMMIT", as in "steps.trainer@e4d3808"
---@return any module what its file returns
function rille.at(what) end

---Declares C modules as pure: steps that use them are cached, with the module's file in the key.
---@param modules string[]
function rille.trust(modules) end

---A component of a stack, as it is configured.
---@class rille.Component
---@field kind string "experiment_tracker"
---@field name string
---@field flavor string
---@field options table<string, any>

---The stack of a run; reading a component that it does not have is an error.
---@class rille.Stack
---@field name string
---@field orchestrator rille.Component
---@field artifact_store rille.Component
---@field metadata_store rille.Component
---@field experiment_tracker rille.Component
---@field alerter rille.Component
---@field model_registry rille.Component
---@field model_deployer rille.Component
---@field data_validator rille.Component
---@field has fun(kind: string): boolean
---@field all fun(kind: string): rille.Component[]
---@field open fun(kind: string): table the object of the component, for the caller to close; not cached in a step

---@class rille.FlavorFields
---@field kind string "alerter"
---@field name string
---@field summary string?
---@field options table<string, any>? types, or plain defaults
---@field secrets string[]? options that are only given as ${env:NAME}
---@field requires string|table|nil packages that have to be installed
---@field path (fun(options: table, env: table): string)?
---@field open fun(options: table, env: table): table?, string?

---Adds a flavor of components (rille help stacks).
---@param fields rille.FlavorFields
function rille.flavor(fields) end

---Opens the store in a standard lua5.4; call it before the first run.
---@param options { store?: string, base?: string, quiet?: boolean }
function rille.open(options) end

return rille
