#!/bin/bash
# The notebook runs from top to bottom on a small result set and shows its figures and findings.
# ctest: TIMEOUT 300
set -euo pipefail

source_dir=${SIPSIM_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
SIPSIM=${SIPSIM:-$source_dir/build/release/sipsim}
export SIPSIM

if ! /usr/bin/python3 -c 'import nbconvert, ipykernel' 2>/dev/null; then
  echo "skipped: jupyter-nbconvert or python3-ipykernel is not installed"
  exit 77
fi
if [ ! -x "$SIPSIM" ]; then
  echo "skipped: no executable $SIPSIM"
  exit 77
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# 60 gateways, not the 50 of the file: the laws are those of what was run.
"$SIPSIM" run "$source_dir/tests/notebook/small.toml" -o "$scratch/results" -j 2 --set fleet.gateways.count=60

# Jupyter keeps its files out of the user's home, python its caches out of the repository.
export HOME=$scratch/home SIPSIM_RESULTS=$scratch/results MPLBACKEND=Agg
export JUPYTER_PLATFORM_DIRS=1 PYDEVD_DISABLE_FILE_VALIDATION=1 PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore
mkdir -p "$HOME"
/usr/bin/python3 -m nbconvert --to notebook --execute --log-level ERROR \
  --ExecutePreprocessor.timeout=200 --output-dir "$scratch" --output executed.ipynb \
  "$source_dir/notebooks/registrar-outage.ipynb"

/usr/bin/python3 - "$scratch/executed.ipynb" <<'PYTHON'
import json
import sys

cells = json.load(open(sys.argv[1], encoding="utf-8"))["cells"]
outputs = [o for c in cells if c["cell_type"] == "code" for o in c["outputs"]]
figures = sum("image/png" in o.get("data", {}) for o in outputs)
text = "".join("".join(o.get("text", [])) for o in outputs)
errors = [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
assert not errors, errors
assert figures == 3, f"{figures} figures instead of 3"
for word in ("REGISTER/s", "recovery to 99 %", "registered share"):
    assert word in text, f"no finding with '{word}'"
# Two REGISTERs of 60 gateways, every 10 min less the lead of 20 s: 2 * 60 / 580 = 0.207/s.
table = "".join("".join(o.get("data", {}).get("text/html", [])) for o in cells[-2]["outputs"])
assert ">0.207<" in table, f"the laws are not of 60 gateways: {table}"
print(f"{figures} figures, {len(outputs)} outputs")
PYTHON
