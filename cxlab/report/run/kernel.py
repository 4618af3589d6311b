"""The papermill engine of reports: a kernel forked from a warm process, or a cold one, watched
while it works.

To start a kernel and import its libraries costs as much as a report's own work. So on Linux a
kernel is a copy of a process that has imported them and holds no data
(`cxlab.report.run.forkserver`). It is a real Jupyter kernel, spoken to as any other, so that a
report made in it is the same, byte for byte, as one made in a cold kernel.
"""

import atexit
import json
import os
import queue
import random
import select
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import jupyter_client
import numpy as np
import papermill.clientwrap
import papermill.engines
import zmq
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.provisioning import KernelProvisionerBase
from traitlets.config import Config

from cxlab.errors import ReportError
from cxlab.report.run import processes

NAME = "cxlab"
CONNECTION = "kernel.json"
# pyplot is imported already in a forked kernel, so the kernel's usual way to the inline pictures
# comes too late there.
ARGUMENTS = ["--matplotlib=inline", "--HistoryManager.enabled=False"]
START_SECONDS = 180.0  # that a kernel may take to answer on a busy machine


_CIPHER = "auto" if zmq.has("curve") else "disabled"


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

    def end(self, reason: str) -> None:
        self.reason = self.reason or reason
        processes.end_descendants(os.getpid())

    def finish(self) -> None:
        """The cells have run: nothing that they started goes on."""
        self._done.set()
        processes.end_descendants(os.getpid())


class _Client(papermill.clientwrap.PapermillNotebookClient):
    """papermill's client that ends a kernel whose cells say more than a report could show, before
    it fills the memory.
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
                why = (
                    f"its cells printed more than {self.most_bytes >> 20} MB; print less, or raise"
                    " --output-limit"
                )
                threading.Thread(target=self.guard.end, args=(why,)).start()
        return super().process_message(msg, cell, cell_index)


class Engine(papermill.engines.NBClientEngine):
    """papermill's own engine with our client."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        guard: Guard,
        output_mb: float,
        km: Any,
        cell_seconds: float,
        start_timeout: float,
        **_: Any,
    ) -> Any:
        client = _Client(
            nb_man,
            km=km,
            kernel_name=kernel_name,
            timeout=cell_seconds,
            startup_timeout=start_timeout,
            iopub_timeout=60,
            shutdown_kernel="immediate",
            extra_arguments=ARGUMENTS,
            log=papermill.engines.logger,
            # A cold kernel is spoken to over the machine's network, which others of its users hear:
            # in cipher, where it knows one.
            config=Config(KernelManager={"transport_encryption": _CIPHER}),
        )
        client.guard, client.most_bytes = guard, int(output_mb * 2**20)
        return client.execute()


papermill.engines.papermill_engines.register(NAME, Engine)


class ForkedKernel(KernelProvisionerBase):
    """A kernel that is a copy of this process. It is a child of it, so that its end is known at
    once and for certain.
    """

    def __init__(self, pid: int, ready: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.pid, self.ready = pid, ready
        self.code: int | None = None

    @property
    def has_process(self) -> bool:
        return True

    def wait_ready(self) -> dict[str, Any]:
        """Where to speak to it. Raises ReportError if it did not come up."""
        said = select.select([self.ready], [], [], START_SECONDS)[0] and os.read(self.ready, 1)
        os.close(self.ready)
        if not said:
            raise ReportError(
                "the kernel did not start; try again with --cold, and see whether memory or disk is"
                " full"
            )
        return json.loads(Path(CONNECTION).read_text(encoding="utf-8"))

    async def poll(self) -> int | None:
        if self.code is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # the guard has collected it
                pid, status = self.pid, signal.SIGKILL
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code

    async def wait(self) -> int | None:
        while await self.poll() is None:
            time.sleep(0.01)
        return self.code

    async def send_signal(self, signum: int) -> None:
        if await self.poll() is None:
            os.kill(self.pid, signum)

    async def kill(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)

    terminate = kill

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        return self.connection_info  # it runs already

    async def cleanup(self, restart: bool = False) -> None:
        return None


class _Listener(AsyncKernelClient):
    """A client that goes on as soon as it hears the kernel. Its parent first listens a fifth of a
    second for stray messages, which nbclient passes over.
    """

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        end = time.monotonic() + (timeout or START_SECONDS)
        while time.monotonic() < end:
            self.kernel_info()
            try:
                await self.shell_channel.get_msg(timeout=1)
                # what a cell shows would be lost before this channel is heard
                await self.iopub_channel.get_msg(timeout=0.2)
                return
            except queue.Empty:
                if not await self.is_alive():
                    raise RuntimeError("the kernel ended before its first cell") from None
        raise RuntimeError(f"the kernel did not answer within {timeout or START_SECONDS:g} s")


def fork_kernel() -> ForkedKernel:
    """A kernel in a copy of this process, which must have one thread and the job's environment and
    folder. It dies with this process.
    """
    starter = os.getpid()
    ready, tell = os.pipe()
    pid = os.fork()
    if pid:
        os.close(tell)
        return ForkedKernel(pid, ready)
    try:
        os.close(ready)
        processes.die_with(starter)
        _be_kernel(tell)
    finally:
        os._exit(1)


def manager(kernel: ForkedKernel) -> Any:
    """What nbclient asks for a client of this kernel and whether it is alive."""
    held = jupyter_client.AsyncKernelManager(connection_file=os.path.abspath(CONNECTION))
    held.client_factory = _Listener
    held.load_connection_info(kernel.wait_ready())
    held.provisioner = kernel
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
    file = ["-f", os.path.abspath(CONNECTION)]
    # A socket in the job's own folder: other users of the machine cannot listen to it. Its path is
    # short because it is relative.
    app = IPKernelApp.instance(transport="ipc", ip="k", parent_handle=os.getppid())
    try:
        app.initialize([*file, *ARGUMENTS])
    except zmq.ZMQError:  # a disk that knows no sockets
        IPKernelApp.clear_instance()
        app = IPKernelApp.instance(parent_handle=os.getppid())
        app.initialize([*file, *ARGUMENTS])
    os.write(tell, b"1")
    os.close(tell)
    app.start()
    atexit._run_exitfuncs()  # os._exit, which must end a forked process, skips them
    os._exit(0)
