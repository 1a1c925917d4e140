/* sys_box.h -- what other faces know of the handles of rille.host.sys: a userdata of this type
 * holds a descriptor, int, of an open folder that may be locked; -1 once it is closed. */
#ifndef SYS_BOX_H
#define SYS_BOX_H

#define SYS_FOLDER "rille.folder handle"

#endif
