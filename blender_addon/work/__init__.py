# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the backend, when, and where its results go."""
