"""The kernels that notebooks are tested in: copies of a warm process, as those of reports are.

To start a kernel, and to import and use for the first time what every notebook uses, takes longer
than many a notebook's own work. Only Linux has them; elsewhere nbval starts its own.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile

from jupyter_client import BlockingKernelClient
from nbval.kernel import RunningKernel

from cxlab.report.run import processes
from tests.waiting import PATIENCE


class ForkedKernel(RunningKernel):
    """A kernel as nbval asks for one, at work in the notebook's folder."""

    def __init__(self, _name: str, cwd: str, startup_timeout: float) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kernel-")
        file, socket = (os.path.join(self._folder.name, name) for name in ("kernel.json", "k"))
        # no port, which another process might take meanwhile
        self.kc = BlockingKernelClient(connection_file=file, transport="ipc", ip=socket)
        self.kc.write_connection_file()
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.warm_kernel"])
        self._process = context.Process(target=serve, args=(file, cwd))
        self._process.start()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=max(startup_timeout, PATIENCE))
        self._ensure_iopub_up()

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def interrupt(self) -> None:
        os.kill(self._process.pid, signal.SIGINT)

    def stop(self) -> None:
        self.kc.stop_channels()
        self._process.kill()
        self._process.join()
        self._folder.cleanup()


def serve(file: str, cwd: str) -> None:
    """Be the kernel."""
    # late: the process that tests has no use for them
    from ipykernel.kernelapp import IPKernelApp

    from cxlab.report.run.kernel import ARGUMENTS, as_fresh

    processes.die_with(os.getppid())
    as_fresh()
    os.chdir(cwd)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for end in range(3):
        os.dup2(nowhere, end)
    arguments = ["-f", file, *ARGUMENTS]
    sys.argv = ["ipykernel_launcher.py", *arguments]
    app = IPKernelApp.instance(parent_handle=os.getppid())
    app.initialize(arguments)
    app.start()
