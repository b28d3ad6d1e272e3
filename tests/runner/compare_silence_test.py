"""As compare_chance_test.py: 20 runs a side and 5, where t tests stand in for randomization and lean on normal
means; and runs of different seeds under one label, so that the paired tests have nothing to find either.
"""
# ctest: LABELS long
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from compare_chance_test import test_is_silent_on_other_seeds_of_the_same  # noqa: E402

if __name__ == "__main__":
    test_is_silent_on_other_seeds_of_the_same(((20, False), (20, True), (5, False), (5, True)))
