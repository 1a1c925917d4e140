-- rille artifact-store list | describe
return require("rille.describe").command "artifact-store"
