"""Processes of their own that share one start: each is forked from a process that has imported TensorFlow and no more.

To import it takes longer than what most of them do. TensorFlow starts its threads with the first operation.
"""

import atexit
import ctypes
import functools
import gc
import json
import os
import runpy
import socket
import subprocess
import sys
import threading

ADOPT = 36  # PR_SET_CHILD_SUBREAPER of prctl: who waits for the processes, and has their time counted as its own


class Forked:
    """A process as subprocess.Popen starts it with pipes; `python` in front of the words is left out.

    Args:
      words: -m MODULE, -c CODE or a script, and arguments.
      cwd: the folder that it runs in.
      env: its environment; that of the tests if it is None, where XLA compiles as for users.
    """

    def __init__(self, words, cwd, env=None):
        from tests.quick_compiling import as_users_do  # not for the process that forks, which has no tests

        self.returncode, self.texts = None, ["", ""]
        ends = [os.pipe(), os.pipe()]
        env = as_users_do() if env is None else env
        job = {"words": [str(word) for word in words], "cwd": str(cwd), "env": {**env}}
        connection = parent()
        socket.send_fds(connection, [json.dumps(job).encode()], [write for _, write in ends])
        self.pid = int(connection.recv(64))
        for _, write in ends:
            os.close(write)
        self._readers = [threading.Thread(target=self._read, args=(k, read)) for k, (read, _) in enumerate(ends)]
        for reader in self._readers:
            reader.start()

    def _read(self, place, descriptor):
        with open(descriptor, encoding="utf-8") as stream:
            self.texts[place] = stream.read()

    def poll(self):
        """Its exit status, or None while it runs."""
        if self.returncode is None and (ended := os.waitpid(self.pid, os.WNOHANG))[0]:
            self.returncode = os.waitstatus_to_exitcode(ended[1])
        return self.returncode

    def communicate(self):
        """What it said, once it has ended."""
        for reader in self._readers:
            reader.join()
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return tuple(self.texts)


def run(words, cwd, env=None):
    """Returns what subprocess.run would."""
    process = Forked(words, cwd, env)
    out, err = process.communicate()
    return subprocess.CompletedProcess(words, process.returncode, out, err)


@functools.cache
def parent():
    """The connection to the process that forks."""
    ctypes.CDLL(None).prctl(ADOPT, 1, 0, 0, 0)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-P", __file__, str(theirs.fileno())]
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env={**os.environ, "PYTHONPATH": ""})
    theirs.close()
    atexit.register(lambda: (ours.close(), process.wait()))
    return ours


def serve(connection):
    """Forks for each job and tells the number of the process, which does it; ends with the tests."""
    while True:
        told, descriptors, _, _ = socket.recv_fds(connection, 1 << 20, 2)
        if not told:
            os._exit(0)
        read, write = os.pipe()
        between = os.fork()  # it ends at once, so that the process of the tests adopts the one that it forks
        if between == 0:
            if number := os.fork():
                os.write(write, str(number).encode())
                os._exit(0)
            connection.close()
            return begin(json.loads(told), descriptors)
        os.waitpid(between, 0)
        connection.send(os.read(read, 64))
        for descriptor in (read, write, *descriptors):
            os.close(descriptor)


def begin(job, descriptors):
    """What the interpreter does with its words."""
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    for place, descriptor in enumerate([os.open(os.devnull, os.O_RDONLY), *descriptors]):
        os.dup2(descriptor, place)
        os.close(descriptor)
    kind, *rest = job["words"]
    path = [entry for entry in job["env"].get("PYTHONPATH", "").split(os.pathsep) if entry]
    sys.path[:0] = [os.path.dirname(kind) or job["cwd"], *path]
    sys.argv = [kind, *rest]
    if kind == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv = [kind, *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        runpy.run_path(kind, run_name="__main__")


if __name__ == "__main__":
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    gc.disable()
    import pandas  # noqa: F401
    import scipy.stats  # noqa: F401
    import tensorflow  # noqa: F401

    gc.freeze()  # it stays, in all of them
    gc.enable()
    serve(socket.socket(fileno=int(sys.argv[1])))
