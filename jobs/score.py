"""How well a straight line of the given slope fits some points: work that a sweep calls with other values each time."""

import os

slope = float(os.environ.get("slope", "1"))
offset = float(os.environ.get("offset", "0"))
points = [(0, 1.0), (1, 2.9), (2, 5.1), (3, 7.0)]

error = sum((slope * x + offset - y) ** 2 for x, y in points) / len(points)
print(f"slope {slope}, offset {offset}")
print(f"nbjob:metric error={error:.4f}")
