"""How is a Spark or Dask job started here? A local master, or a standalone one with two workers on loopback."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyspark

ROOT = Path(__file__).parents[2]
JOBS = ROOT / "examples" / "distributed"
_CLASS = Path(pyspark.__file__).parent / "bin" / "spark-class"
_SUBMIT = _CLASS.with_name("spark-submit")
_WAIT = 90.0


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a Spark process: this interpreter, one address, and nothing left outside the folder."""
    return {
        **os.environ,
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "localhost",
        "SPARK_LOCAL_DIRS": str(folder),
        "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_NO_DAEMONIZE": "1",
    }


def submitted(master: str, folder: Path, *arguments: str) -> str:
    """Run the shipped Spark job to its end, and return what it printed.

    Raises:
        AssertionError: it failed.
    """
    options = ["--master", master, "--driver-memory", "512m", "--conf", "spark.ui.enabled=false"]
    if master.startswith("spark:"):
        options += ["--executor-memory", "512m", "--conf", "spark.driver.host=127.0.0.1"]
    done = subprocess.run(
        [str(_SUBMIT), *options, str(JOBS / "spark_job.py"), *arguments],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@contextmanager
def standalone(folder: Path) -> Iterator[str]:
    """Start a master and two workers of one core each on loopback, and give the address of the master."""
    port, page = _free_port(), _free_port()
    with ExitStack() as started:
        log = folder / "master.log"
        master = ["org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port)]
        started.enter_context(_running([*master, "--webui-port", str(page)], log, folder))
        _wait_for(log, r"I have been elected leader", 1)
        address = f"spark://127.0.0.1:{port}"
        for number in range(2):
            worker = ["org.apache.spark.deploy.worker.Worker", address, "--host", "127.0.0.1", "--cores", "1"]
            own = folder / f"worker-{number}.log"
            started.enter_context(
                _running([*worker, "--memory", "700m", "--webui-port", str(_free_port())], own, folder)
            )
        _wait_for(log, r"Registering worker", 2)
        yield address


@contextmanager
def _running(arguments: list[str], log: Path, folder: Path) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(_CLASS), *arguments], env=environment(folder), stdout=out, stderr=subprocess.STDOUT, cwd=folder
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(log: Path, line: str, times: int) -> None:
    """Wait until a log has a line so many times.

    Raises:
        TimeoutError: it had not, for a long time.
    """
    until = time.monotonic() + _WAIT
    while time.monotonic() < until:
        if len(re.findall(line, log.read_text(encoding="utf-8", errors="replace"))) >= times:
            return
        time.sleep(0.2)
    raise TimeoutError(f"{log.name} never said `{line}`: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
