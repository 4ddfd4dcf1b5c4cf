"""The parts of the engine "cuda": each in Triton, and as torch operations that need nothing else."""
