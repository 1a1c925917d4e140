-- components: pca, columns of numbers as their principal components (rille.pca): pca_1, pca_2, ...
--
-- They stand where the first of the columns stood.  What is learned of a column is
--     { center =, scale =, loadings = { of each component } }, of the first also ratio = { shares of the variance }

local array = require "rille.array"
local columns = require "rille.preprocess.columns"
local errors = require "rille.base.errors"
local values = require "rille.preprocess.values"

local NUMBERS <const> = { number = true }

local pca = {
  name = "pca",
  hint = { string = "make numbers of it by one_hot or ordinal, or leave it out",
    boolean = "make numbers of it by cast" },
  options = { n_components = { kind = "number" }, standardise = { kind = "boolean", default = false } },
}

function pca.check(who, o)
  local n = o.n_components
  if n and not (math.tointeger(n) and n >= 1 or n > 0 and n < 1) then
    errors.raise("%s: n_components is %s, expected an integer from 1, or a share of the variance between 0 and 1", who,
      values.text(n))
  end
end

function pca.kinds() return NUMBERS end
function pca.missing() return "refused" end

-- The columns as a matrix without missing values.
local function as_matrix(who, names, list)
  local made = {}
  for j, c in ipairs(list) do
    c = columns.floats(who, names[j], c)
    local bad = (c * 0):ne(0)
    if #c > 0 and bad:any() then
      local row = bad:astype "i64":argmax()
      local v = c:get(row)
      errors.raise('%s: column "%s", row %d: the value is %s; impute it before', who, names[j], row,
        v ~= v and "missing" or "infinite")
    end
    made[j] = c:reshape(#c, 1)
  end
  return array.concat(made, 2)
end

-- What the columns teach together: learned of each.
function pca.learn_together(who, names, list, o)
  if #names == 0 then return {} end
  local n = o.n_components
  local ok, m = pcall(require("rille.pca").fit, as_matrix(who, names, list),
    { n_components = n and (math.tointeger(n) or n), standardise = o.standardise })
  if not ok then errors.raise("%s: %s", who, (tostring(m):gsub("^.-pca%.fit: ", ""))) end
  local learned = {}
  for j in ipairs(names) do
    learned[j] = { center = m.mean:get(j), scale = m.scale:get(j), loadings = m.components:column(j):totable() }
  end
  learned[1].ratio = m.ratio:totable()
  return learned
end

-- The first column becomes the components, the others nothing.
function pca.names(_, learned)
  local names = {}
  for i in ipairs(learned.ratio and learned.loadings or {}) do names[i] = "pca_" .. i end
  return names
end

local function vector(learned, field)
  local list = {}
  for j, one in ipairs(learned) do list[j] = one[field] end
  return array.from(list, "f64")
end

-- The components of the columns, as columns.
function pca.apply_together(who, names, list, learned)
  local X = as_matrix(who, names, list)
  local Z = #X == 0 and array.zeros { 0, #learned[1].loadings }
    or ((X - vector(learned, "center")) / vector(learned, "scale")):dot(vector(learned, "loadings"))
  local made = {}
  for i = 1, Z.shape[2] do made[i] = Z:column(i):copy() end
  return made
end

-- The columns of which these are the components, as near as those tell.
function pca.invert_together(who, names, list, learned)
  local made = {}
  local Z = as_matrix(who, names, list)
  for j, one in ipairs(learned) do
    made[j] = #Z == 0 and array.zeros(0)
      or Z:dot(array.from(one.loadings, "f64")) * one.scale + one.center
  end
  return made
end

return pca
