"""Runs a program on a terminal: terminal.py PROGRAM ARGS... Reads "wait for<TAB>type" lines; \\x03 is Ctrl-C. Prints what it showed."""
import os, pty, sys

steps = [line.rstrip("\n").split("\t") for line in sys.stdin]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
shown, seen = "", 0
while True:
    try:
        chunk = os.read(terminal, 4096)
    except OSError:
        chunk = b""
    if not chunk:
        break
    shown += chunk.decode(errors="replace")
    while steps and (at := shown.find(steps[0][0], seen)) >= 0:
        words, typed = steps.pop(0)
        seen = at + len(words)
        os.write(terminal, typed.encode().decode("unicode_escape").encode())
print(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
