/**
 * A quicker and surer start for kernels that are `python -m` something: the same module, run after a few lines that lie in wait
 * for ipykernel, on which nearly all of them are built. When it is imported, they
 *
 * - keep debugpy from being imported while the kernel starts (a quarter of the start-up time; a notebook can still import it),
 * - make iopub wait for its reader in place of dropping messages (XPUB_NODROP), should ours be held up,
 * - end the control thread before the iopub thread when the kernel exits: the other way round it now and then waits for ever
 *   (see `shutdown.ts`); as an `atexit` handler it comes after all of the user's, because it was registered before them,
 * - read what its own pipe still holds of what programs have written to stdout, which ipykernel leaves lying there,
 * - publish a message of their own, behind everything else, so that its reader knows when it has read all,
 * - leave the kernel's child processes to whoever started the kernel, which ends them once it is gone. ipykernel would end them before
 *   its threads and exit handlers are through, and wait half a minute for one that it ended itself and nobody has asked about since,
 * - keep what exit handlers print: every ten seconds ipykernel closes the pipes of threads that have ended, and Python's main thread
 *   counts as ended while it runs them,
 * - keep the iopub thread from waiting for ever for room in a queue that only itself empties, when many threads print,
 * - let a flush wait until its text is sent, so that a crash right behind it does not take it along; and as long as a slow reader
 *   takes: after ten seconds ipykernel complains in the middle of the outputs,
 * - take what was imported until then out of the garbage collector's rounds, the last one at exit being the longest part of it.
 *
 * Whatever of this fails in some version of ipykernel is left out, and the kernel starts as it would have.
 */

/** A file beside the connection file, by which the kernel says that its iopub drops nothing. */
export const nodropMarker = "nodrop";
/** A file beside it, by which the kernel says that it will publish a last message when it ends. */
export const announcesMarker = "announces";
/** A file beside it, by which the kernel says that it has published its last message, and the type of that message. */
export const lastMarker = "last";
export const lastMessage = "nbjob_last";

// While these lines import what they need, the working directory is not on sys.path: a notebook's own gc.py must not be taken.
const code = `
def boot(module):
    import sys
    path = list(sys.path)
    if path and path[0] == "": del sys.path[0]
    import atexit, gc, importlib.util, os, runpy, threading
    modules = sys.modules
    def patch(app):
        import zmq
        bind, begin, pid = app._bind_socket, app.start, os.getpid()
        def mark(self, name): open(os.path.join(os.path.dirname(self.connection_file), name), "w").close()
        def _bind_socket(self, socket, port):
            if socket.socket_type in (zmq.PUB, zmq.XPUB):
                socket.setsockopt(zmq.XPUB_NODROP, 1)
                mark(self, "${nodropMarker}")
            return bind(self, socket, port)
        def drain(stream): # what programs wrote to the descriptor itself comes through a pipe: to its end, or until it stays empty
            import select
            pipe = os.fstat(stream._fid)
            os.dup2(stream._original_stdstream_copy, stream._original_stdstream_fd)
            for fd in map(int, os.listdir("/dev/fd")): # ipykernel leaves its writing end open
                try:
                    if fd != stream._fid and os.path.samestat(os.fstat(fd), pipe): os.close(fd)
                except OSError: pass
            empty = 0
            while empty < 3 and stream.watch_fd_thread.is_alive():
                stream.watch_fd_thread.join(.02)
                empty = 0 if select.select([stream._fid], [], [], 0)[0] else empty + 1
        def quiet(self, streams):
            for stream in streams:
                try: drain(stream)
                except Exception: pass
            for stream in [sys.stdout, sys.stderr, *streams]: # what threads said last waits in a buffer
                try: stream.flush()
                except Exception: pass
            try:
                if os.getpid() == pid: # and not a fork of the kernel
                    io = self.iopub_thread
                    io.schedule(lambda: setattr(io.socket, "linger", -1)) # its own second is short for a slow reader
                    self.session.send(self.iopub_socket, "${lastMessage}", {})
                    mark(self, "${lastMarker}")
                    sent = threading.Event() # a thread that is stopped leaves the rest of its work undone
                    io.schedule(sent.set)
                    sent.wait(3600)
            except Exception: pass
            try:
                self.control_thread.stop()
                self.control_thread.join(1)
            except Exception: pass
        def start(self):
            if modules.get("debugpy", 0) is None: del modules["debugpy"]
            gc.freeze()
            atexit.register(quiet, self, (sys.stdout, sys.stderr))
            mark(self, "${announcesMarker}")
            return begin(self)
        app._bind_socket, app.start = _bind_socket, start
        async def leave(self): pass
        modules["ipykernel.kernelbase"].Kernel._progressively_terminate_all_children = leave
        streams = modules["ipykernel.iostream"]
        collect, main = streams.IOPubThread._event_pipe_gc, threading.main_thread()
        async def _event_pipe_gc(self):
            if main.is_alive(): await collect(self)
        streams.IOPubThread._event_pipe_gc = _event_pipe_gc
        ask = streams.IOPubThread.schedule
        def schedule(self, f):
            if self.thread is not threading.current_thread(): return ask(self, f)
            self._events.append(f)
            try: self._event_pipe.send(b"", zmq.NOBLOCK)
            except zmq.Again: pass # a thousand wakings are on their way to it
        streams.IOPubThread.schedule = schedule
        def flush(self):
            io = self.pub_thread
            if not io or not io.thread or not io.thread.is_alive() or io.thread is threading.current_thread(): return self._flush()
            sent = threading.Event()
            def publish():
                self._flush()
                if io._events: io._events.append(sent.set) # behind the sending, which it has scheduled, and by the same waking
                else: sent.set()
            io.schedule(publish)
            sent.wait(3600)
        streams.OutStream.flush = flush
    class Wait:
        def find_spec(self, name, path=None, target=None):
            if name != "ipykernel.kernelapp": return None
            sys.meta_path.remove(self)
            spec = importlib.util.find_spec(name)
            run = spec.loader.exec_module
            def exec_module(module):
                modules.setdefault("debugpy", None)
                run(module)
                try: patch(module.IPKernelApp)
                except Exception: pass
            spec.loader.exec_module = exec_module
            return spec
    sys.meta_path.insert(0, Wait())
    if path and path[0] == "": path[0] = os.getcwd()
    sys.path[:] = path
    runpy.run_module(module, run_name="__main__", alter_sys=True)
boot("MODULE")
`.trim();

/** The module of a command line that is plainly `python -m module`, with or without options of Python's own; undefined for any other. */
export function bootableModule([program = "", ...args]: readonly string[]): string | undefined {
  const at = args.indexOf("-m");
  // A script or -c before it would make -m somebody else's option.
  const isFirst = at >= 0 && args.slice(0, at).every((arg) => /^-(?!c)/.test(arg));
  const module = args[at + 1] ?? "";
  const isPlain = isFirst && /(?:^|\/)python[\d.]*$/.test(program) && /^[\w.]+$/.test(module);
  return isPlain ? module : undefined;
}

/** The same command line, started through these lines where it can be. */
export function withBoot(argv: readonly [string, ...string[]]): readonly [string, ...string[]] {
  const module = bootableModule(argv);
  if (module === undefined) return argv;
  const [program, ...args] = argv;
  const at = args.indexOf("-m");
  return [program, ...args.slice(0, at), "-c", code.replace("MODULE", module), ...args.slice(at + 2)];
}
