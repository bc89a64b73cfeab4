/* Included before all of Lua: what WASI's C library lacks. */
#include <stdio.h>
#include <stdlib.h>

#define L_tmpnam 20
#define tmpfile() ((FILE *)NULL)
#define tmpnam(name) ((char *)NULL)
#define system(command) (-1)
