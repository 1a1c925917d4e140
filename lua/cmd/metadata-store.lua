-- rille metadata-store list | describe
return require("rille.describe").command "metadata-store"
