// Node loads this before Azurite (node --require). It ends the process when its parent has ended.
//
// The parent holds the other end of this process's standard input. When the parent ends, even by
// kill -9, the system closes that end, and this end reads its end of file. Azurite is not changed.
"use strict";

const gone = () => process.exit(0);
process.stdin.on("end", gone).on("error", gone).resume();
process.stdin.unref?.(); // must not keep a process alive that Azurite has finished with
