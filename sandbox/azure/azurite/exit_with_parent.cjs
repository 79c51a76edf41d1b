// Loaded into Azurite's process before Azurite (node --require): ends it when the process that started it is gone.
//
// The parent holds the other end of this process's standard input. However the parent ends, kill -9 included, the
// system closes that end, and this end reads its end of file. It does nothing else, and leaves Azurite as it is.
"use strict";

const gone = () => process.exit(0);
process.stdin.on("end", gone).on("error", gone).resume();
process.stdin.unref?.(); // must not keep a process alive that Azurite has finished with
