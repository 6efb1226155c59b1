"""Lessons under test run side by side: one thread for each kernel, or they would wait for each other."""
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
