-- rille artifact-store list | describe
return require("rille.show.describe").command "artifact-store"
