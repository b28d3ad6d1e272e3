"""Without root, `sipsim live` says that it needs root, and makes nothing."""
import os
import pathlib
import subprocess
import sys

import live

NOBODY = 65534
CONFIG = live.PHONES + live.LIVE


def main():
    if not os.path.exists("/dev/net/tun"):
        live.skip("there is no /dev/net/tun")
    config = pathlib.Path("without_root.toml").absolute()
    config.write_text(CONFIG)
    os.chmod(".", 0o755)
    who = {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}
    for path, what in ((config, "-r"), (live.SOURCE / "topologies", "-x"), (live.SIPSIM, "-x")):
        reached = subprocess.run(["test", what, str(path)], check=False, cwd="/", **who)
        if reached.returncode != 0:
            live.skip(f"a user without rights cannot reach {path}")
    done = subprocess.run(
        [live.SIPSIM, "live", str(config)], capture_output=True, text=True, timeout=30, check=False,
        cwd="/", **who,
    )
    assert done.returncode == 1, f"{done.returncode}: {done.stderr}"
    assert "need root" in done.stderr and "sudo" in done.stderr, done.stderr
    assert not done.stdout, done.stdout


if __name__ == "__main__":
    sys.exit(main())
