/**
 * A quicker and surer start for IPython's own kernel: the same `ipykernel_launcher`, run after a few lines that
 *
 * - keep debugpy from being imported while the kernel starts (a quarter of the start-up time; a notebook can still import it),
 * - make iopub wait for its reader in place of dropping messages (XPUB_NODROP), should ours be held up,
 * - end the control thread before the iopub thread when the kernel exits: the other way round it now and then waits for ever
 *   (see `shutdown.ts`); as an `atexit` handler it comes after all of the user's, because it was registered before them,
 * - take what was imported until then out of the garbage collector's rounds, the last one at exit being the longest part of it.
 *
 * Whatever of this fails in some version of ipykernel is left out, and the kernel starts as it would have.
 */

/** A file beside the connection file, by which the kernel says that its iopub drops nothing. */
export const nodropMarker = "nodrop";

// The working directory is not on sys.path meanwhile: a notebook's own zmq.py must not be imported here. The launcher drops it too.
const code = `
def boot():
    import sys
    path = list(sys.path)
    if path and path[0] == "": del sys.path[0]
    import atexit, gc, os, runpy
    modules = sys.modules
    try:
        modules.setdefault("debugpy", None)
        import zmq
        from ipykernel.kernelapp import IPKernelApp
        import ipykernel.ipkernel, ipykernel.zmqshell
        try: import ipykernel.debugger
        except ImportError: pass
        bind = IPKernelApp._bind_socket
        def _bind_socket(self, socket, port):
            if socket.socket_type in (zmq.PUB, zmq.XPUB):
                socket.setsockopt(zmq.XPUB_NODROP, 1)
                open(os.path.join(os.path.dirname(self.connection_file), "${nodropMarker}"), "w").close()
            return bind(self, socket, port)
        IPKernelApp._bind_socket = _bind_socket
        def quiet(app):
            try:
                app.control_thread.stop()
                app.control_thread.join(1)
            except Exception: pass
        begin = IPKernelApp.start
        def start(self):
            atexit.register(quiet, self)
            return begin(self)
        IPKernelApp.start = start
    except Exception: pass
    finally:
        if modules.get("debugpy", 0) is None: del modules["debugpy"]
    sys.path[:] = path
    gc.freeze()
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)
boot()
`.trim();

/** True for command lines that are plainly `python -m ipykernel_launcher`, with or without options of Python's own. */
export function canBoot([program = "", ...args]: readonly string[]): boolean {
  const at = args.indexOf("-m");
  // A script or -c before it would make -m somebody else's option.
  const isFirst = at >= 0 && args.slice(0, at).every((arg) => /^-(?!c)/.test(arg));
  return isFirst && args[at + 1] === "ipykernel_launcher" && /(?:^|\/)python[\d.]*$/.test(program);
}

/** The command line that starts ipykernel through these lines, for one of which `canBoot` is true. */
export function withBoot([program, ...args]: readonly [string, ...string[]]): readonly [string, ...string[]] {
  const at = args.indexOf("-m");
  return [program, ...args.slice(0, at), "-c", code, ...args.slice(at + 2)];
}
