"""The parts of benchmarks/service.py, one figure or two each."""
