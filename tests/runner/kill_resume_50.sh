#!/usr/bin/env bash
# ctest: LABELS long
# ctest: TIMEOUT 3600
set -eu
SIPSIM_KILLS=50 exec /usr/bin/python3 "$SIPSIM_SOURCE/tests/runner/kill_resume_test.py"
