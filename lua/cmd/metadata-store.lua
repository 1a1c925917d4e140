-- rille metadata-store list | describe
return require("rille.show.describe").command "metadata-store"
