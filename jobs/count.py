"""The smallest artifact: counts to its first argument, and leaves a file."""

import sys
from pathlib import Path

limit = int(sys.argv[1]) if len(sys.argv) > 1 else 3
for number in range(1, limit + 1):
    print(number)
Path("sum.txt").write_text(f"{sum(range(1, limit + 1))}\n")
