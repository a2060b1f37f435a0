"""One heap for all threads: asked for in a process of its own, which keeps it for good."""

import platform
import subprocess
import sys


def test_glibc_takes_it_and_others_need_not():
    code = "from tropdsx.system.heap import share_one_heap; print(share_one_heap())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(platform.libc_ver()[0] == "glibc")
