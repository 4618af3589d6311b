"""What a report's cells run in: a kernel forked from a warm process, or a cold one, watched
while it works.

To start a kernel and import its libraries costs as much as a report's own work. So on Linux a
kernel is a copy of a process that has imported them and holds no data
(`cxlab.report.run.forkserver`). It is a real Jupyter kernel, spoken to as any other, so that a
report made in it is the same, byte for byte, as one made in a cold kernel.
"""

import atexit
import os
import random
import select
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from typing import Any

import jupyter_client
import nbclient
import numpy as np
import zmq
from jupyter_client.provisioning import LocalProvisioner
from traitlets.config import Config

from cxlab.report.messages import refusal
from cxlab.report.run import processes

CONNECTION = "kernel.json"
# pyplot is imported already in a forked kernel, so the kernel's usual way to the inline pictures
# comes too late there.
# A report's tables are small: texts in Python's own objects are a seventh cheaper there than in
# Arrow's, and say the same.
TEXTS = "__import__('pandas').set_option('mode.string_storage', 'python')"
ARGUMENTS = [
    "--matplotlib=inline",
    "--HistoryManager.enabled=False",
    f"--InteractiveShellApp.exec_lines={TEXTS}",
]
START_SECONDS = 180.0  # that a kernel may take to answer on a busy machine


class Guard(threading.Thread):
    """Ends what this process started when it takes too much memory, or when someone else says so;
    `reason` says why.
    """

    def __init__(self, memory_mb: float) -> None:
        super().__init__(daemon=True)
        self.memory, self.reason, self._done = int(memory_mb * 2**20), "", threading.Event()

    def run(self) -> None:
        while processes.LINUX and not self._done.wait(0.2):
            if processes.memory(processes.descendants(os.getpid()), self.memory) > self.memory:
                self.end(
                    f"its cells took more than {self.memory >> 20} MB of memory; show fewer rows at"
                    " a time, or raise --memory-limit"
                )

    def end(self, reason: str = "") -> None:
        """Nothing that the cells started goes on."""
        self.reason = self.reason or reason
        self._done.set()
        processes.end_descendants()


class _Client(nbclient.NotebookClient):
    """A client that ends a kernel whose cells say more than a report could show, before it fills
    the memory.
    """

    guard: Guard
    most_bytes: int
    said = 0

    def process_message(self, msg: dict, cell: Any, cell_index: int) -> Any:
        content = msg["content"]
        shown = [content.get("text", ""), *content.get("data", {}).values()]
        self.said += sum(len(str(value)) for value in shown)
        if self.said > self.most_bytes:
            msg["content"] = {**content, "text": "", "data": {}}
            if not self.guard.reason:
                self.guard.end(
                    f"its cells printed more than {self.most_bytes >> 20} MB; print less, or raise"
                    " --output-limit"
                )
        return super().process_message(msg, cell, cell_index)


def execute(
    notebook: Any, limits: Mapping[str, float], guard: Guard, kernel: "ForkedKernel | None"
) -> None:
    """Run the cells of a notebook, each numbered by the kernel itself. Raises nbclient's errors."""
    client = _Client(
        notebook,
        km=kernel and kernel.manager(),
        kernel_name="python3",
        timeout=limits["cell_seconds"],
        startup_timeout=START_SECONDS,
        iopub_timeout=60,
        shutdown_kernel="immediate",
        extra_arguments=ARGUMENTS,
        # A cold kernel is spoken to over the machine's network, which others of its users hear: in
        # cipher, where it knows one.
        config=Config(
            KernelManager={"transport_encryption": "auto" if zmq.has("curve") else "disabled"}
        ),
    )
    client.guard, client.most_bytes = guard, int(limits["output_mb"] * 2**20)
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)


class ForkedKernel(subprocess.Popen):
    """A kernel that is a copy of this process, which must have one thread and the job's environment
    and folder. It is a child of it, so that its end is known at once and for certain, and dies with
    it.
    """

    def __init__(self) -> None:
        # what a `Popen` knows of a process that it has not started itself
        self.returncode, self._waitpid_lock = None, threading.Lock()
        self.stdin = self.stdout = self.stderr = None
        starter, (self.ready, tell) = os.getpid(), os.pipe()
        self.pid = os.fork()
        if not self.pid:
            try:
                os.close(self.ready)
                processes.die_with(starter)
                _be_kernel(tell)
            finally:
                os._exit(1)
        os.close(tell)
        self._child_created = True

    def manager(self) -> jupyter_client.AsyncKernelManager:
        """What nbclient asks for a client of this kernel and whether it is alive. Raises
        ReportError if it did not come up.
        """
        said = select.select([self.ready], [], [], START_SECONDS)[0] and os.read(self.ready, 1)
        os.close(self.ready)
        if not said:
            raise refusal(
                "the kernel did not start; try again with --cold, and see whether memory or disk is"
                " full"
            )
        held = jupyter_client.AsyncKernelManager(connection_file=os.path.abspath(CONNECTION))
        held.load_connection_file()
        held.provisioner = LocalProvisioner()
        held.provisioner.process = self
        return held


def as_fresh() -> None:
    """Undo what a copied process shares with the one it was copied from: random states and the
    choice of a temporary folder.
    """
    random.seed()
    np.random.seed()
    tempfile.tempdir = None


def _be_kernel(tell: int) -> None:
    from ipykernel.kernelapp import IPKernelApp  # late: a job that has a cold kernel is none itself

    as_fresh()
    # nobody steps through a report, and to load the debugger takes as long as to write the page
    sys.modules["debugpy"] = None
    sys.argv = ["ipykernel_launcher.py"]
    arguments = ["-f", os.path.abspath(CONNECTION), *ARGUMENTS]
    # A socket in the job's own folder: other users of the machine cannot listen to it. Its path is
    # short because it is relative.
    app = IPKernelApp.instance(transport="ipc", ip="k", parent_handle=os.getppid())
    try:
        app.initialize(arguments)
    except zmq.ZMQError:  # a disk that knows no sockets
        IPKernelApp.clear_instance()
        app = IPKernelApp.instance(parent_handle=os.getppid())
        app.initialize(arguments)
    os.write(tell, b"1")
    os.close(tell)
    app.start()
    atexit._run_exitfuncs()  # os._exit, which must end a forked process, skips them
    os._exit(0)
