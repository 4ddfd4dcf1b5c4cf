"""The backend as a process of its own: takes requests over ZeroMQ, keeps jobs and frames, renders in a worker."""
